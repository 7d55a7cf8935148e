"""Flask as this site uses it: plain views, and a cookie of its own for forms alone."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from werkzeug.routing import IntegerConverter, Map

GREATEST = 2**63 - 1  # that a row can be numbered


class Number(IntegerConverter):
    """`<int:…>`: an address with a greater number than any row has leads nowhere. PostgreSQL would
    answer it with an error.
    """

    def __init__(self, owner: Map, *given: Any, **more: Any) -> None:
        super().__init__(owner, *given, **{"max": GREATEST, **more})


class FormCookie(SecureCookieSessionInterface):
    """Flask's own cookie carries the CSRF token of forms. Under /api there is none: only a Bearer
    token counts there, so it is not read, and whoever writes into it is told.
    """

    def __init__(self) -> None:
        self._made: tuple[object, Any] | None = None

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return None if request.path.startswith("/api/") else super().open_session(app, request)

    def get_signing_serializer(self, app: Flask) -> Any:
        """Made once for a key. Flask makes it anew twice a request."""
        made = self._made
        if made is None or made[0] is not app.secret_key:
            fresh = super().get_signing_serializer(app)
            if fresh is None:
                return None
            self._made = made = app.secret_key, fresh
        return made[1]


class Site(Flask):
    """Our views are plain functions; Flask looks at each hook of each request whether it is not."""

    session_interface = FormCookie()

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.url_map.converters["int"] = Number

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func
