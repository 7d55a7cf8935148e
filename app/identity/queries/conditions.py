"""Conditions that many statements share: who holds, which login is open, what lies below."""

from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, func, or_

from app.identity.models import Appointment, Login, LoginSession, Unit
from app.identity.types import LoginState


def holds_at(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    return and_(
        Appointment.starts_at <= now, or_(Appointment.ends_at.is_(None), Appointment.ends_at > now)
    )


def opens_at(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """`Login.is_open` in SQL."""
    return and_(
        Login.state == LoginState.ACTIVE, or_(Login.valid_until.is_(None), Login.valid_until > now)
    )


def lives_at(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """A session that is not over, of an open login; idle ones are over, unless they are tokens."""
    idle = func.make_interval(0, 0, 0, 0, 0, LoginSession.idle_minutes)
    return and_(
        LoginSession.ended_at.is_(None),
        LoginSession.expires_at > now,
        or_(LoginSession.idle_minutes.is_(None), LoginSession.seen_at + idle > now),
        opens_at(now),
    )


def in_subtree(path: str, unit: Any = Unit) -> ColumnElement[bool]:
    """A condition for any query that joins `unit`: the unit of `path` and all below it."""
    condition: ColumnElement[bool] = unit.path.startswith(path, autoescape=True)
    return condition
