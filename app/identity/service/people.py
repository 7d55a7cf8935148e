"""People, their logins and the positions they hold."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core import crypto, events
from app.core.actor import Actor
from app.core.errors import NotFound
from app.identity import dormancy, queries
from app.identity.models import Appointment, Login, Person, Unit
from app.identity.policy import may_hold
from app.identity.service.codes import give_code
from app.identity.service.sessions import end_sessions
from app.identity.types import (
    LastAdministrator,
    LoginState,
    PersonExists,
    Position,
    PositionGained,
    PositionLost,
    PositionsExclude,
    UsernameTaken,
)


def create_person(
    session: Session,
    *,
    actor: Actor | None,
    name: str,
    unit: Unit,
    now: datetime,
    id_number: str = "",
    phone: str = "",
) -> Person:
    """Raises: PersonExists."""
    index = queries.id_index(id_number) if id_number else None
    if index and queries.find_person_by_id_index(session, index):
        raise PersonExists
    person = Person(
        name=name,
        unit_id=unit.id,
        id_index=index,
        id_number=crypto.seal(id_number.strip().upper()) if id_number else None,
        phone=crypto.seal(phone) if phone else None,
        created_at=now,
    )
    session.add(person)
    session.flush()  # callers give the person a login and positions by id
    _record(session, actor, "person.created", f"person:{person.id}", now, unit=unit.code)
    return person


def create_login(
    session: Session,
    *,
    actor: Actor | None,
    person_id: int,
    username: str,
    now: datetime,
    valid_until: datetime | None = None,
) -> str:
    """Open a login and answer the one-time code of its activation. Raises UsernameTaken."""
    name = username.strip().lower()
    if queries.find_login(session, name):
        raise UsernameTaken
    login = Login(
        person_id=person_id,
        username=name,
        state=LoginState.ACTIVE,
        password_hash="",
        password_changed_at=now,
        created_at=now,
        valid_until=valid_until,
        turns_at=valid_until,
    )
    session.add(login)
    session.flush()  # a taken person_id shows here, not at the commit; the code names the login
    _record(session, actor, "login.created", f"login:{login.id}", now)
    return give_code(session, login, now)


def activate_login(session: Session, *, actor: Actor | None, username: str, now: datetime) -> str:
    """Open a disabled login again, with a new one-time code. Raises NotFound."""
    login = queries.get_login(session, username)
    login.state, login.reopened_at = LoginState.ACTIVE, now
    _record(session, actor, "login.activated", f"login:{login.id}", now)
    keys = queries.actor_of(session, login.person_id, now).keys
    events.publish(session, PositionGained(login.person_id, tuple(keys), now))
    return give_code(session, login, now)


def disable_login(session: Session, *, actor: Actor | None, username: str, now: datetime) -> None:
    """Close a login; its sessions end at once. Raises: NotFound, LastAdministrator."""
    login = queries.get_login(session, username)
    _keep_an_administrator(session, login, now)
    login.state = LoginState.DISABLED
    end_sessions(session, person_id=login.person_id, reason="disabled", now=now)
    _record(session, actor, "login.disabled", f"login:{login.id}", now)
    keys = queries.actor_of(session, login.person_id, now).keys
    events.publish(session, PositionLost(login.person_id, tuple(keys), now))


def limit_login(
    session: Session,
    *,
    actor: Actor | None,
    username: str,
    until: datetime | None,
    now: datetime,
) -> None:
    """Until when somebody may sign in (temporary staff, S10); None: no end.

    Raises: NotFound, LastAdministrator.
    """
    login = queries.get_login(session, username)
    if until is not None:
        _keep_an_administrator(session, login, now)
    was_open = login.is_open(now)
    login.valid_until = until
    login.turns_at = until if until and until > now else None
    if not login.is_open(now):
        end_sessions(session, person_id=login.person_id, reason="disabled", now=now)
    end = until.isoformat() if until else ""
    _record(session, actor, "login.limited", f"login:{login.id}", now, until=end)
    if login.is_open(now) is not was_open:
        keys = tuple(queries.actor_of(session, login.person_id, now).keys)
        news = PositionLost if was_open else PositionGained
        events.publish(session, news(login.person_id, keys, now))


def appoint(
    session: Session,
    *,
    actor: Actor | None,
    person_id: int,
    position: Position,
    unit: Unit,
    source: str,
    now: datetime,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Appointment:
    """Give a position, from now or from a later day on. Held already: nothing changes.

    Raises: PositionsExclude.
    """
    unit = queries.living(session, unit)  # what was asked for before a merger comes after it
    # The person's row is the lock of what they hold: two appointments at once are judged in turn.
    session.get(Person, person_id, with_for_update=True)
    held = session.scalars(
        select(Appointment).where(
            Appointment.person_id == person_id,
            Appointment.ends_at.is_(None) | (Appointment.ends_at > now),
        )
    ).all()
    for row in held:
        if row.position is position and row.unit_id == unit.id:
            return row
    if not may_hold(position, (row.position for row in held)):
        raise PositionsExclude
    appointment = Appointment(
        person_id=person_id,
        position=position,
        unit_id=unit.id,
        source=source,
    )
    appointment.lay_down(max(starts_at or now, now), ends_at, now)
    session.add(appointment)
    held_in = {"position": position, "unit": unit.code, "source": source}
    times = {"from": starts_at, "until": ends_at}
    held_in |= {name: at.isoformat() for name, at in times.items() if at}
    _record(session, actor, "appointment.started", f"person:{person_id}", now, **held_in)
    if appointment.holds_at(now):
        end_sessions(session, person_id=person_id, reason="positions", now=now)
        events.publish(session, PositionGained(person_id, (f"{position}:{unit.code}",), now))
    return appointment


def end_appointment(
    session: Session,
    *,
    actor: Actor | None,
    person_id: int,
    position: Position,
    unit: Unit,
    now: datetime,
) -> None:
    """Take a position away from `now` on; the person's sessions end.

    Raises: NotFound, LastAdministrator.
    """
    login = session.scalars(select(Login).where(Login.person_id == person_id)).first()
    if position is Position.SYSTEM_ADMIN and login is not None:
        _keep_an_administrator(session, login, now, unit)
    row = session.scalars(
        select(Appointment)
        .where(
            Appointment.person_id == person_id,
            Appointment.position == position,
            Appointment.unit_id == unit.id,
            Appointment.ends_at.is_(None) | (Appointment.ends_at > now),
        )
        .with_for_update()
    ).first()
    if row is None:
        raise NotFound("这个人现在没有担任这个岗位。")
    # One that has not begun is as if it had never been.
    row.starts_at, row.ends_at, row.turns_at = min(row.starts_at, now), now, None
    end_sessions(session, person_id=person_id, reason="positions", now=now)
    held_in = {"position": position, "unit": unit.code}
    _record(session, actor, "appointment.ended", f"person:{person_id}", now, **held_in)
    events.publish(session, PositionLost(person_id, (f"{position}:{unit.code}",), now))


def store_signature(session: Session, *, actor: Actor, png: bytes, now: datetime) -> None:
    """Keep the actor's own signature, sealed; what was signed before keeps the picture it has.

    The same picture twice is kept once.
    """
    person = session.get_one(Person, actor.person_id, with_for_update=True)
    if queries.stored_signature(session, actor.person_id) == png:
        return
    person.signature_png = crypto.seal(png)
    given = {"sha256": crypto.digest(png)}
    _record(session, actor, "person.signature", f"person:{actor.person_id}", now, **given)


def drop_signature(session: Session, *, actor: Actor, now: datetime) -> None:
    """The actor's own signature is no longer on file. Twice is fine."""
    person = session.get_one(Person, actor.person_id, with_for_update=True)
    if queries.stored_signature(session, actor.person_id) is None:
        return
    person.signature_png = None
    _record(session, actor, "person.signature_dropped", f"person:{actor.person_id}", now)


def _keep_an_administrator(
    session: Session, login: Login, now: datetime, unit: Unit | None = None
) -> None:
    """Nobody takes the last system administrator away from a division (S24): from `unit`'s, or any.

    Raises: LastAdministrator.
    """
    # Of two at once that take two administrators away, the second must see what the first did.
    session.execute(select(func.pg_advisory_xact_lock(dormancy.LOCK)))
    session.refresh(login)
    if login.is_open(now) and dormancy.is_last_admin(session, login.person_id, now, unit):
        raise LastAdministrator


def _record(
    session: Session, actor: Actor | None, kind: str, thing: str, now: datetime, **data: str
) -> None:
    audit.record(session, now=now, actor=actor, kind=kind, object=thing, data=data)
