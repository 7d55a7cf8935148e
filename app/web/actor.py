"""Who is asking. Every endpoint needs a login unless it is marked `public`: closed by default.

How a request leads to a person is identity's business; it hands its loader in (`set_loader`).
Flask-Login carries the answer through the request; its own session and remember-me are cut off.
"""

from collections.abc import Callable
from typing import TypeVar

import structlog
from flask import Flask, Request, request
from flask_login import current_user

from app.core.actor import Actor
from app.core.errors import Unauthenticated
from app.extensions import login_manager

View = TypeVar("View", bound=Callable[..., object])
Loader = Callable[[Request], Actor | None]
_loaders: list[Loader] = []


class SignedIn:
    """What Flask-Login asks of a user, around an actor."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def get_id(self) -> str:
        return str(self.actor.person_id)


def set_loader(loader: Loader) -> None:
    _loaders[:] = [loader]


def find_actor() -> Actor | None:
    """The one who asks, or None on a public page without a session."""
    actor: Actor | None = getattr(current_user, "actor", None)
    return actor


def current_actor() -> Actor:
    """Raises: Unauthenticated."""
    actor = find_actor()
    if actor is None:
        raise Unauthenticated
    return actor


def public(view: View) -> View:
    """Open an endpoint to everybody. Stands below the route decorator."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def is_public(app: Flask, endpoint: str) -> bool:
    return endpoint == "static" or getattr(app.view_functions[endpoint], "is_public", False)


def init_app(app: Flask) -> None:
    login_manager.init_app(app)
    login_manager.request_loader(_load)

    def require_login() -> None:
        # No endpoint: an unknown address, which answers 404 by itself.
        if request.endpoint is None or is_public(app, request.endpoint):
            return
        structlog.contextvars.bind_contextvars(actor_id=current_actor().person_id)

    app.before_request(require_login)


def _load(asked: Request) -> SignedIn | None:
    for loader in _loaders:
        actor = loader(asked)
        if actor is not None:
            return SignedIn(actor)
    return None
