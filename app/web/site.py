"""Flask as this site uses it: plain views, and a cookie of its own for forms alone."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from werkzeug.datastructures import ImmutableDict
from werkzeug.routing import IntegerConverter, Map
from werkzeug.routing.converters import DEFAULT_CONVERTERS

GREATEST = 2**63 - 1  # number of a row


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


class RowId(IntegerConverter):
    """An id that no row can have leads nowhere; the database would refuse it as a fault."""

    def __init__(self, map: Map, max: int = GREATEST, **given: Any) -> None:  # noqa: A002
        super().__init__(map, max=max, **given)


class Addresses(Map):
    default_converters = ImmutableDict({**DEFAULT_CONVERTERS, "int": RowId})


class Site(Flask):
    """Our views are plain functions; Flask looks at each hook of each request whether it is not."""

    url_map_class = Addresses
    session_interface = FormCookie()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func
