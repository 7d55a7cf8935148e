"""What the calendar does to people: positions begin and end, logins run out, on their day."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core import events
from app.identity import queries
from app.identity.models import Appointment, Login
from app.identity.service.sessions import end_sessions
from app.identity.types import PositionGained, PositionLost


def turn_one(session: Session, *, now: datetime) -> bool:
    """One position or login whose day has come; False if there is none.

    Each has a transaction of its own, since it may move many tickets. Safe side by side.
    """
    return _turn_position(session, now) or _turn_login(session, now)


def _turn_position(session: Session, now: datetime) -> bool:
    held = session.scalars(
        select(Appointment)
        .where(Appointment.turns_at <= now)
        .order_by(Appointment.turns_at, Appointment.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Appointment)
    ).first()
    if held is None:
        return False
    is_over = held.ends_at is not None and held.ends_at <= now
    held.turns_at = None if is_over else held.ends_at
    end_sessions(session, person_id=held.person_id, reason="positions", now=now)
    audit.record(
        session,
        now=now,
        actor=None,
        kind="appointment.expired" if is_over else "appointment.begun",
        object=f"person:{held.person_id}",
        data={"position": held.position, "unit": held.unit.code},
    )
    news = PositionLost if is_over else PositionGained
    events.publish(session, news(held.person_id, (f"{held.position}:{held.unit.code}",), now))
    return True


def _turn_login(session: Session, now: datetime) -> bool:
    login = session.scalars(
        select(Login)
        .where(Login.turns_at <= now)
        .order_by(Login.turns_at, Login.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Login)
    ).first()
    if login is None:
        return False
    login.turns_at = None
    end_sessions(session, person_id=login.person_id, reason="disabled", now=now)
    audit.record(session, now=now, actor=None, kind="login.expired", object=f"login:{login.id}")
    keys = tuple(queries.actor_of(session, login.person_id, now).keys)
    events.publish(session, PositionLost(login.person_id, keys, now))
    return True
