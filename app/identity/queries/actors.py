"""Who is acting: a person with the positions held at a moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, DateTime, and_, bindparam, select
from sqlalchemy.orm import Session, aliased

from app.core.actor import Actor, Held
from app.core.errors import NotFound
from app.core.statements import Prepared
from app.identity.models import Appointment, Login, LoginSession, Person, SecondFactor, Unit
from app.identity.queries.conditions import holds_at, lives_at
from app.identity.queries.logins import token_hash
from app.identity.types import SessionKind

HeldUnit = aliased(Unit)


@dataclass(frozen=True)
class Presence:
    """A live session and who stands behind it."""

    actor: Actor
    kind: SessionKind
    seen_at: datetime
    proved_at: datetime
    last_at: datetime | None
    last_ip: str | None
    password_changed_at: datetime
    has_second_factor: bool


class _Present(NamedTuple):
    """A row of `_PRESENCE`: one a position that is held."""

    person_id: int
    username: str
    password_changed_at: datetime
    person_name: str
    unit_id: int
    unit_code: str
    unit_name: str
    unit_path: str
    division_id: int
    session_id: int
    kind: SessionKind
    seen_at: datetime
    proved_at: datetime
    last_at: datetime | None
    last_ip: str | None
    confirmed_at: datetime | None
    position: str | None
    held_id: int
    held_code: str
    held_path: str
    held_division: int


def find_presence(session: Session | Connection, token: str, now: datetime) -> Presence | None:
    """The live session of a token with its actor, in one statement; None if there is none."""
    if isinstance(session, Session):
        session.flush()
        session = session.connection()
    given = {"token_hash": token_hash(token), "now": now}
    rows = [_Present._make(row) for row in _PRESENCE.rows(session, given)]
    if not rows:
        return None
    first = rows[0]
    actor = Actor(
        person_id=first.person_id,
        username=first.username,
        name=first.person_name,
        unit_id=first.unit_id,
        unit_code=first.unit_code,
        unit_name=first.unit_name,
        unit_path=first.unit_path,
        division_id=first.division_id,
        positions=frozenset(
            Held(str(row.position), row.held_id, row.held_code, row.held_path, row.held_division)
            for row in rows
            if row.position is not None
        ),
        session_id=first.session_id,
    )
    return Presence(
        actor,
        first.kind,
        first.seen_at,
        first.proved_at,
        first.last_at,
        first.last_ip,
        first.password_changed_at,
        has_second_factor=first.confirmed_at is not None,
    )


def actor_of(session: Session, person_id: int, now: datetime) -> Actor:
    """A person as actor, with the positions held at `now`. Raises NotFound."""
    found = session.execute(
        select(Person.id, Person.name, Login.username, Unit)
        .join(Unit, Unit.id == Person.unit_id)
        .outerjoin(Login, Login.person_id == Person.id)
        .where(Person.id == person_id)
    ).first()
    if found is None:
        raise NotFound
    positions = session.execute(
        select(Appointment.position, Unit)
        .join(Unit, Unit.id == Appointment.unit_id)
        .where(Appointment.person_id == person_id, holds_at(now))
    ).all()
    return _actor(
        found.id, found.username or "", found.name, found.Unit, _held(map(tuple, positions)), None
    )


def _held(rows: Iterable[tuple[Any, ...]]) -> frozenset[Held]:
    return frozenset(
        Held(str(position), unit.id, unit.code, unit.path, unit.division_id)
        for position, unit in rows
        if position is not None
    )


def _actor(
    person_id: int,
    username: str,
    name: str,
    unit: Unit,
    held: frozenset[Held],
    session_id: int | None,
) -> Actor:
    return Actor(
        person_id=person_id,
        username=username,
        name=name,
        unit_id=unit.id,
        unit_code=unit.code,
        unit_name=unit.name,
        unit_path=unit.path,
        division_id=unit.division_id,
        positions=held,
        session_id=session_id,
    )


# Every request and every offer asks these, and putting such a statement together costs more than
# running it: they are made once, with names where values go.
_NOW = bindparam("now", type_=DateTime(timezone=True))
# Columns alone: every request asks this, and a row of a class costs three times its columns.
_PRESENCE = Prepared(
    select(
        Login.person_id,
        Login.username,
        Login.password_changed_at,
        Person.name,
        Unit.id,
        Unit.code,
        Unit.name,
        Unit.path,
        Unit.division_id,
        LoginSession.id,
        LoginSession.kind,
        LoginSession.seen_at,
        LoginSession.proved_at,
        LoginSession.last_at,
        LoginSession.last_ip,
        SecondFactor.confirmed_at,
        Appointment.position,
        HeldUnit.id,
        HeldUnit.code,
        HeldUnit.path,
        HeldUnit.division_id,
    )
    .select_from(LoginSession)
    .join(Login, Login.id == LoginSession.login_id)
    .join(Person, Person.id == Login.person_id)
    .join(Unit, Unit.id == Person.unit_id)
    .outerjoin(SecondFactor, SecondFactor.login_id == Login.id)
    .outerjoin(Appointment, and_(Appointment.person_id == Person.id, holds_at(_NOW)))
    .outerjoin(HeldUnit, HeldUnit.id == Appointment.unit_id)
    .where(LoginSession.token_hash == bindparam("token_hash"), lives_at(_NOW))
)
