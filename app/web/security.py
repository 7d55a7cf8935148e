"""Headers of every answer, cookie flags, and the refusal of forms that another site sends."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, request

from app.core.errors import Forbidden, Malformed

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
# The longest form there is: 60 rows with all their words and a drawn signature need half of it.
FORM_LIMIT = 2_000_000
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
YEAR = 31_536_000
FOR_EVER = f"public, max-age={YEAR}, immutable"


View = TypeVar("View", bound=Callable[..., object])


class ForeignForm(Forbidden):
    code = "foreign_form"
    message = "这次提交不是从本系统的页面发出的，没有接受。"


def init_app(app: Flask, *, secure: bool) -> None:
    app.config.update(
        # Flask's own cookie carries the CSRF token and nothing else.
        SESSION_COOKIE_NAME=cookie_name("form", secure=secure),
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # as long as the browser's session: long forms are normal here
        WTF_CSRF_SSL_STRICT=False,  # office proxies strip Referer; `refuse_foreign` looks at Origin
    )
    app.before_request(bound_forms)

    def widen() -> None:
        view = app.view_functions.get(request.endpoint or "")
        limit = getattr(view, "body_limit", None)
        if limit and request.mimetype == "multipart/form-data":
            request.max_content_length = limit

    app.before_request(widen)  # before anybody reads the form
    app.before_request(refuse_foreign)
    app.before_request(refuse_nul)

    def add_headers(response: Response) -> Response:
        given = {name.lower() for name, _ in response.headers}  # to ask for each costs ten times
        for name, value in HEADERS.items():
            if name.lower() not in given:
                response.headers.add(name, value)
        if secure:
            response.headers.setdefault("Strict-Transport-Security", f"max-age={YEAR}")
        # Set, not defaulted: send_file has already said "no-cache", which may be kept on disk.
        # Built files have their hash in the name.
        is_built = request.endpoint == "static" and response.status_code == HTTPStatus.OK
        response.headers["Cache-Control"] = FOR_EVER if is_built else "no-store"
        return response

    app.after_request(add_headers)


def takes_files(limit: int) -> Callable[[View], View]:
    """So many bytes where files come along; what people type, and all others, keep their limit."""

    def mark(view: View) -> View:
        view.body_limit = limit  # type: ignore[attr-defined]
        return view

    return mark


def cookie_name(name: str, *, secure: bool) -> str:
    """Browsers keep `__Host-` cookies from other hosts and from plain http."""
    return f"__Host-{name}" if secure else name


def bound_forms() -> None:
    """Files may be large, what people type may not; werkzeug's own limit is for multipart alone."""
    if request.mimetype == "application/x-www-form-urlencoded":
        request.max_content_length = FORM_LIMIT


def refuse_foreign() -> None:
    """Unsafe methods come from our own pages; REST carries a token and is asked nothing.

    Raises: ForeignForm.
    """
    if request.method in SAFE or request.path.startswith("/api/"):
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise ForeignForm
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise ForeignForm


def refuse_nul() -> None:
    """No page of ours links to a NUL, and PostgreSQL takes none.

    Raises: Malformed.
    """
    if any("\0" in text for text in (request.path, *request.args.values())):
        raise Malformed
