"""Flask add-ons, made once, without logic; the wiring initialises them."""

from typing import Any

from flask import Response, request
from flask_login import LoginManager
from flask_wtf import CSRFProtect


class OurSessions(LoginManager):
    """Our loader alone says who asks: Flask's session and a cookie of this add-on's do not."""

    def _load_user(self) -> None:
        user = self._load_user_from_request(request)  # type: ignore[no-untyped-call]
        self._update_request_context_with_user(user)  # type: ignore[no-untyped-call]

    def _update_remember_cookie(self, response: Response) -> Response:
        return response


login_manager: Any = OurSessions()  # type: ignore[no-untyped-call]
csrf = CSRFProtect()
