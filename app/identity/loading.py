"""How a request finds its session: the cookie in the browser, a Bearer token on /api, no mixing.

A cookie is never read on /api, so that no other site's form can act there; a token is never read
elsewhere, so that it cannot open pages.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, Request, current_app, g
from werkzeug.wrappers import Response

from app.config import Settings
from app.core import origin
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.db import glance, reading, transaction
from app.core.errors import NotFound
from app.identity import queries, service, terms
from app.identity.queries import Presence
from app.identity.region import read_region
from app.identity.types import Client, SessionKind
from app.web.actor import set_loader
from app.web.security import cookie_name
from app.web.step_up import note_proof

TOUCH_AFTER = timedelta(minutes=1)
_site: list[str] = []
_asked_by_pages: set[str] = set()


@dataclass(frozen=True)
class Door:
    """What the edge must know of the settings."""

    cookie: str
    secure: bool
    demo: bool
    challenge: str = "challenge"
    base_url: str = ""


def init_app(app: Flask, settings: Settings) -> None:
    secure = settings.base_url.startswith("https://")
    app.extensions["identity"] = Door(
        cookie_name("session", secure=secure),
        secure,
        settings.demo,
        cookie_name("challenge", secure=secure),
        settings.base_url,
    )
    set_loader(load_actor)


def leave_idle(endpoint: str) -> None:
    """Open pages ask this by themselves: no sign that somebody sits there (S14)."""
    _asked_by_pages.add(endpoint)


def door() -> Door:
    found: Door = current_app.extensions["identity"]
    return found


def load_actor(request: Request) -> Actor | None:
    """The actor of the live session that the request carries, with the positions of this moment."""
    kind, token = _token(request)
    if not token:
        return None
    now = utcnow()
    with glance() as connection:
        presence = queries.find_presence(connection, token, now)
    if presence is None or presence.kind is not kind:
        return None
    _note(presence, now)
    actor = presence.actor
    is_stale = now - presence.seen_at >= TOUCH_AFTER
    by_hand = request.endpoint not in _asked_by_pages
    if kind is SessionKind.BROWSER and is_stale and by_hand and actor.session_id is not None:
        _touch(actor.session_id, now)
    return actor


def _note(presence: Presence, now: datetime) -> None:
    """What the rest of the request must know of the session, beside the actor."""
    strict = terms.current()
    positions = [held.position for held in presence.actor.positions]
    g.password_due = strict.password_is_due(presence.password_changed_at, positions, now)
    g.factor_due = strict.needs_second_factor(positions) and not presence.has_second_factor
    g.last_sign_in = presence.last_at
    g.last_ip = presence.last_ip
    note_proof(presence.proved_at)


def client_of(request: Request) -> Client:
    return Client(origin.current().ip or "", request.user_agent.string)


def bearer_token(request: Request) -> str:
    """The token of a REST request; empty if there is none."""
    given = request.authorization
    return given.token or "" if given is not None and given.type == "bearer" else ""


def set_session_cookie(response: Response, token: str) -> None:
    """For the browser's lifetime; how long it really holds is the row's business."""
    at = door()
    response.set_cookie(at.cookie, token, secure=at.secure, httponly=True, samesite="Lax", path="/")


def drop_session_cookie(response: Response) -> None:
    at = door()
    response.delete_cookie(at.cookie, secure=at.secure, httponly=True, samesite="Lax", path="/")


def session_token(request: Request) -> str:
    """What this browser carries; perhaps of a session that is over."""
    return request.cookies.get(door().cookie, "")


def challenge_token(request: Request) -> str:
    return request.cookies.get(door().challenge, "")


def set_challenge_cookie(response: Response, token: str) -> None:
    at = door()
    response.set_cookie(
        at.challenge, token, secure=at.secure, httponly=True, samesite="Lax", path="/"
    )


def drop_challenge_cookie(response: Response) -> None:
    at = door()
    response.delete_cookie(at.challenge, secure=at.secure, httponly=True, samesite="Lax", path="/")


def site_name() -> str:
    """The region's name for every page; read once a process, empty before the import."""
    if not _site:
        try:
            with reading() as session:
                _site.append(read_region(session).site_name)
        except NotFound:
            return ""
    return _site[0]


def _token(request: Request) -> tuple[SessionKind, str]:
    if request.path.startswith("/api/"):
        return SessionKind.TOKEN, bearer_token(request)
    return SessionKind.BROWSER, session_token(request)


def _touch(session_id: int, now: datetime) -> None:
    with transaction() as session:
        service.touch(session, session_id=session_id, now=now)
