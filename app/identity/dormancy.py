"""Logins that nobody uses: how long, what follows, and who must stay (S11, S24). Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Row, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.core.actor import Actor
from app.core.paging import Page, page_by_key
from app.identity.models import Appointment, Login, Person, Unit
from app.identity.queries import in_subtree, scope_path
from app.identity.types import LoginState, Position

DISABLE = timedelta(days=90)
REMOVE = timedelta(days=180)
NOTICE = timedelta(days=30)  # this long before a login is disabled it is on the list
LOCK = 0x5EA1_0A11  # of who judges who is the last administrator
Held = aliased(Appointment)
HeldIn = aliased(Unit)


class Fate(StrEnum):
    """What has become of a login on the list, or will."""

    SOON = "soon"
    DUE = "due"
    KEPT = "kept"
    DISABLED = "disabled"
    REMOVED = "removed"


@dataclass(frozen=True)
class Dormant:
    username: str
    name: str
    unit_name: str
    used_at: datetime
    is_never: bool
    fate: Fate
    next_at: datetime | None  # when it is disabled, or loses its positions


def used_at() -> ColumnElement[datetime]:
    """The last sign-in; who never came counts from the day the login was opened, or again."""
    moments = (Login.created_at, Login.reopened_at, Login.last_login_at)
    return func.greatest(*moments, type_=DateTime(timezone=True))


def is_dormant(now: datetime) -> ColumnElement[bool]:
    """Unused for 90 days, and something is left to take away."""
    return and_(
        used_at() <= now - DISABLE,
        or_(Login.state == LoginState.ACTIVE, exists().where(_held_by_login(now))),
    )


def open_appointments(session: Session, person_id: int, now: datetime) -> Sequence[Appointment]:
    return session.scalars(
        select(Appointment)
        .where(Appointment.person_id == person_id, _holds(Appointment, now))
        .with_for_update()
    ).all()


def is_last_admin(
    session: Session, person_id: int, now: datetime, unit: Unit | None = None
) -> bool:
    """Whether a division, `unit`'s or any, is left without a system administrator who can sign in
    when this person is gone. Ask under `LOCK`.
    """
    other = (
        select(Held.id)
        .join(HeldIn, HeldIn.id == Held.unit_id)
        .join(Login, Login.person_id == Held.person_id)
        .where(
            Held.position == Position.SYSTEM_ADMIN,
            Held.person_id != person_id,
            HeldIn.division_id == Unit.division_id,
            _holds(Held, now),
            Login.state == LoginState.ACTIVE,
            or_(Login.valid_until.is_(None), Login.valid_until > now),
        )
    )
    alone = (
        select(Appointment.id)
        .join(Unit, Unit.id == Appointment.unit_id)
        .where(
            Appointment.person_id == person_id,
            Appointment.position == Position.SYSTEM_ADMIN,
            _holds(Appointment, now),
            ~other.exists(),
        )
    )
    if unit is not None:
        alone = alone.where(Unit.division_id == unit.division_id)
    return session.execute(alone.limit(1)).first() is not None


def list_dormant(
    session: Session, *, now: datetime, actor: Actor | None = None, cursor: str | None = None
) -> Page[Dormant]:
    """In the actor's scope (all for the command line), who is due next first."""
    statement = (
        select(
            Login,
            Person.name,
            Unit.name,
            exists().where(_held_by_login(now)).label("has_positions"),
            used_at().label("place"),
            Login.id,
        )
        .join(Person, Person.id == Login.person_id)
        .join(Unit, Unit.id == Person.unit_id)
        .where(used_at() <= now - DISABLE + NOTICE)
    )
    if actor is not None:
        statement = statement.where(in_subtree(scope_path(session, actor)))
    page = page_by_key(session, statement, key=(used_at(), Login.id), cursor=cursor, limit=50)
    return page.map(lambda row: _told(session, row, now))


def _told(session: Session, row: Row[Any], now: datetime) -> Dormant:
    login, name, unit_name, has_positions, used, _id = tuple(row)
    next_at = None
    if login.state is not LoginState.ACTIVE:
        fate = Fate.DISABLED if has_positions else Fate.REMOVED
        next_at = used + REMOVE if has_positions else None
    elif now < used + DISABLE:
        fate, next_at = Fate.SOON, used + DISABLE
    else:
        fate = Fate.KEPT if is_last_admin(session, login.person_id, now) else Fate.DUE
    return Dormant(
        login.username, name, unit_name, used, login.last_login_at is None, fate, next_at
    )


def _held_by_login(now: datetime) -> ColumnElement[bool]:
    return and_(Held.person_id == Login.person_id, _holds(Held, now))


def _holds(row: Any, now: datetime) -> ColumnElement[bool]:
    return and_(row.starts_at <= now, or_(row.ends_at.is_(None), row.ends_at > now))
