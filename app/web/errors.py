"""How errors look: one table from class to status, shared by pages and REST (RFC 9457)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlsplit

import structlog
from flask import (
    Flask,
    Response,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError, RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from app.core.errors import (
    AppError,
    Conflict,
    ErrorAt,
    ExternalFailure,
    Forbidden,
    Invalid,
    Malformed,
    NotAcceptable,
    NotFound,
    TooLarge,
    TooMany,
    Unauthenticated,
)
from app.web.links import local_path

log = structlog.get_logger()
View = TypeVar("View", bound=Callable[..., object])

STATUS: dict[type[AppError], int] = {
    Malformed: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    NotAcceptable: 406,
    Conflict: 409,
    TooLarge: 413,
    Invalid: 422,
    TooMany: 429,
    ExternalFailure: 503,
}
HTTP_WORDS: dict[int, tuple[str, str]] = {
    400: ("malformed", "请求的格式读不懂。"),
    404: ("not_found", "没有找到这个页面，地址可能写错了。"),
    405: ("method_not_allowed", "这个地址不支持这样的操作。"),
    413: ("too_large", "提交的内容太大了，没有收下。"),
    415: ("unsupported_type", "不支持这种格式的内容。"),
    500: ("internal", "系统出了问题，刚才的操作没有生效。请稍后再试，还不行请把编号告诉管理员。"),
}
# The connection may have ended between the COMMIT and its answer: nobody here can know.
DATABASE_GONE = (
    "暂时连不上数据库，还不能确定刚才的操作有没有生效。请稍后刷新看一看，没有生效再做一次。"
)
CSRF_MESSAGE = "页面打开得太久，或者浏览器关掉了 Cookie。请返回上一页刷新后再提交，填的内容在下面。"
AGAIN = "again"
MISHAPS = frozenset({400, 401, 429, 500, 503})  # nothing was wrong with what was typed
BUTTONS = frozenset({"act", "add_row", "remove_row", "remove_file", "paste"})
SECRETS = frozenset(
    {
        *("csrf_token", "password", "current", "new", "again", "otp", "code", "proof"),
        "own-signature",
    }
)


@dataclass(frozen=True)
class Shown:
    """An error as templates and REST see it."""

    status: int
    code: str
    message: str
    errors: tuple[ErrorAt, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def current(self) -> Any:
        return self.facts.get("current")


def set_watch(app: Flask, watch: Callable[[AppError], None]) -> None:
    """Called with every error of ours before it is answered; what it does must not fail."""
    app.extensions["watch"] = watch


def set_rival(app: Flask, find: Callable[[Mapping[str, Any]], Any]) -> None:
    """Asked on the page of a conflict, with what stands in the address: who was faster, or None."""
    app.extensions["rival"] = find


def init_app(app: Flask, *, login_endpoint: str) -> None:
    def refuse(error: AppError) -> AnyResponse:
        app.extensions.get("watch", _nothing)(error)
        shown = show(error)
        is_visit = request.method in ("GET", "HEAD") and not wants_json()
        if isinstance(error, Unauthenticated) and is_visit:
            return _to_login(url_for(login_endpoint, next=_way_back()))
        return answer(shown)

    app.register_error_handler(AppError, refuse)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(InternalServerError, _internal)
    app.register_error_handler(OperationalError, _database_gone)


def _nothing(_error: AppError) -> None:
    """Nobody watches."""


def status_of(error: AppError) -> int:
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def show(error: AppError) -> Shown:
    """An error that has no place in the table is a fault of ours: 500."""
    try:
        status = status_of(error)
    except StopIteration:
        log.exception("error.unmapped", code=error.code)
        return Shown(500, *HTTP_WORDS[500])
    errors = error.errors if isinstance(error, Invalid) else ()
    return Shown(status, error.code, error.text, errors, error.facts)


def answer(shown: Shown) -> Response:
    """The error as problem details or as a page, whichever was asked for."""
    response = _problem(shown) if wants_json() else _page(shown)
    if shown.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    if "retry_after" in shown.facts:
        response.headers["Retry-After"] = str(shown.facts["retry_after"])
    return response


def wants_json() -> bool:
    if request.path.startswith("/api/"):
        return True
    best = request.accept_mimetypes.best_match(
        ["text/html", "application/json", "application/problem+json"]
    )
    return best is not None and best != "text/html"


def typed() -> list[tuple[str, str]]:
    """What a refused form brought, to be shown back; never passwords or drawings."""
    if request.method != "POST" or _is_too_large():
        return []
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if value.strip()
        and name not in SECRETS
        and not name.startswith("draft-")
        and not value.startswith("data:")
    ]


def shows_again(view: View) -> View:
    """Its page can be had back with everything that was typed: `act` is then AGAIN."""
    view.shows_again = True  # type: ignore[attr-defined]
    return view


def resend(shown: Shown) -> list[tuple[str, str]]:
    """The fields that bring a form back after a mishap that was none of its own; no drawings."""
    view = current_app.view_functions.get(request.endpoint or "")
    is_mishap = shown.status in MISHAPS or shown.code == "other_person"
    if (
        _is_too_large()
        or not is_mishap
        or request.method != "POST"
        or not hasattr(view, "shows_again")
    ):
        return []
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in SECRETS | BUTTONS and not value.startswith("data:")
    ]


def _csrf(error: CSRFError) -> Response:
    log.info("csrf.refused", reason=error.description)
    return answer(Shown(400, "csrf", CSRF_MESSAGE))


def _http(error: HTTPException) -> AnyResponse:
    status = error.code or 500
    if status < HTTPStatus.BAD_REQUEST:  # a redirect of the router
        return error.get_response()
    phrase = HTTPStatus(status).phrase
    code, message = HTTP_WORDS.get(status, (phrase.lower().replace(" ", "_"), "没有办成。"))
    response = answer(Shown(status, code, message))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _internal(_error: InternalServerError) -> Response:
    return answer(Shown(500, *HTTP_WORDS[500]))  # Flask has logged the cause


def _database_gone(error: OperationalError) -> Response:
    log.error("database.gone", cause=type(error.orig).__name__)
    return answer(Shown(503, ExternalFailure.code, DATABASE_GONE))


def _problem(shown: Shown) -> Response:
    errors = [{"path": e.path, "code": e.code, "message": e.message} for e in shown.errors]
    body = {
        **shown.facts,
        "type": "about:blank",
        "title": HTTPStatus(shown.status).phrase,
        "status": shown.status,
        "code": shown.code,
        "detail": shown.message,
        "request_id": g.get("request_id", ""),
    }
    if errors or shown.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        body["errors"] = errors
    response = jsonify(body)
    response.status_code = shown.status
    response.mimetype = "application/problem+json"
    return response


def _page(shown: Shown) -> Response:
    try:
        html = render_template(
            [f"errors/{shown.status}.html", "errors/error.html"],
            error=shown,
            mine=_mine(),
            rival=_rival(shown),
            typed=typed(),
            resend=resend(shown),
            again=AGAIN,
            request_id=g.get("request_id", ""),
            way_back=_page_before(),
        )
    except Exception:
        # The frame of the page needs the database too; without it a plain sentence still comes.
        log.exception("error.page_failed", status=shown.status)
        html = (
            f'<!doctype html><html lang="zh-CN"><title>办件</title><p>{escape(shown.message)}</p>'
        )
    return make_response(html, shown.status)


def _rival(shown: Shown) -> Any:
    find = current_app.extensions.get("rival", lambda _values: None)
    return find(request.view_args or {}) if shown.status == HTTPStatus.CONFLICT else None


def _mine() -> dict[str, str] | None:
    """The words of a decision that was not saved."""
    if _is_too_large():
        return None
    words = {key: request.form.get(f"own-{key}", "").strip() for key in ("opinion", "reason")}
    return words if any(words.values()) else None


def _is_too_large() -> bool:
    """A body that was refused for its size cannot be read for the page either."""
    try:
        request.form  # noqa: B018 - reads it
    except RequestEntityTooLarge:
        return True
    return False


def _page_before() -> str:
    """The page that was asked for, or the one that a refused form stands on."""
    if request.method == "GET":
        return local_path(request.full_path.rstrip("?"))
    before = urlsplit(request.referrer or "")
    return local_path(before.path) if before.netloc == request.host else "/"


def _to_login(url: str) -> AnyResponse:
    if request.headers.get("HX-Request"):
        # htmx would put the login page into a corner of the old one.
        response = make_response("", HTTPStatus.UNAUTHORIZED)
        response.headers["HX-Redirect"] = url
        return response
    return redirect(url)


def _way_back() -> str | None:
    return request.full_path.rstrip("?") if request.path != "/" else None
