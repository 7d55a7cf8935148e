"""Reads of identity: who is acting, who holds a position, which unit is above, pickers."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    DateTime,
    Row,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from app.core import crypto
from app.core.actor import Actor, Held
from app.core.errors import NotFound
from app.core.paging import Page, page_by_key
from app.core.writing import settle
from app.identity.models import Appointment, Login, LoginSession, Person, SecondFactor, Unit
from app.identity.types import (
    Holder,
    LoginState,
    NoSuchUnit,
    PersonRef,
    Position,
    SessionKind,
    UnitKind,
)

HeldUnit = aliased(Unit)
Division = aliased(Unit)


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


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def id_index(id_number: str) -> bytes:
    """The blind index that every table uses for ID numbers."""
    return crypto.blind_index("id_number", id_number.strip().upper())


def find_presence(session: Session | Connection, token: str, now: datetime) -> Presence | None:
    """The live session of a token with its actor, in one statement; None if there is none."""
    rows = session.execute(_PRESENCE, {"token_hash": token_hash(token), "now": now}).all()
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


def can_sign_in(session: Session, person_id: int, now: datetime) -> bool:
    """The login is neither disabled nor over."""
    login = session.scalars(select(Login).where(Login.person_id == person_id)).first()
    return login is not None and login.is_open(now)


def holders(
    session: Session, position: Position | str, unit: Unit | int, now: datetime
) -> list[Holder]:
    """Who holds `position` in exactly this unit and can sign in."""
    unit_id = unit if isinstance(unit, int) else unit.id
    given = {"now": now, "position": position, "unit_id": unit_id}
    return _holders(session, _HOLDERS_IN_UNIT, given)


def holders_same_level(
    session: Session, position: Position | str, division_id: int, now: datetime
) -> list[Holder]:
    """Who holds `position` in the 州 or 县市 itself and its offices, never below it.

    Townships have no administrators of their own (E23A §7): their division is the county, so
    the county's are found for them.
    """
    given = {"now": now, "position": position, "division_id": division_id}
    return _holders(session, _HOLDERS_AT_LEVEL, given)


def unit_above(session: Session, unit: Unit) -> Unit | None:
    return None if unit.parent_id is None else session.get(Unit, unit.parent_id)


def get_unit(session: Session, unit_id: int) -> Unit:
    """Raises: NoSuchUnit."""
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise NoSuchUnit
    return unit


def unit_by_code(session: Session, code: str) -> Unit:
    """Raises: NoSuchUnit."""
    unit = find_unit_by_code(session, code)
    if unit is None:
        raise NoSuchUnit
    return unit


def find_unit_by_code(session: Session, code: str) -> Unit | None:
    return session.scalars(select(Unit).where(Unit.code == code)).first()


def get_person(session: Session, person_id: int) -> Person:
    """Raises: NotFound."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound
    return person


def find_person_by_id_index(session: Session, index: bytes) -> Person | None:
    return session.scalars(select(Person).where(Person.id_index == index)).first()


def find_login(session: Session, username: str) -> Login | None:
    return session.scalars(select(Login).where(Login.username == username.strip().lower())).first()


def get_login(session: Session, username: str) -> Login:
    """Raises: NotFound."""
    login = find_login(session, username)
    if login is None:
        raise NotFound("没有这个用户名。")
    return login


def has_second_factor(session: Session, login_id: int) -> bool:
    factor = session.get(SecondFactor, login_id)
    return factor is not None and factor.confirmed_at is not None


def live_sessions(session: Session, login: Login, now: datetime) -> list[LoginSession]:
    """The newest first."""
    rows = session.scalars(
        select(LoginSession)
        .join(Login, Login.id == LoginSession.login_id)
        .where(LoginSession.login_id == login.id, lives_at(now))
        .order_by(LoginSession.created_at.desc(), LoginSession.id.desc())
    )
    return list(rows)


def lock_live_session(
    session: Session, session_id: int | None, now: datetime
) -> LoginSession | None:
    """None if it is over."""
    return session.scalars(
        select(LoginSession)
        .join(Login, Login.id == LoginSession.login_id)
        .where(LoginSession.id == session_id, lives_at(now))
        .with_for_update(of=LoginSession)
        .execution_options(populate_existing=True)
    ).first()


def why_ended(session: Session, token: str) -> str | None:
    """The reason that stands beside a session that is over; "idle" if it simply ran out."""
    row = session.scalars(
        select(LoginSession).where(LoginSession.token_hash == token_hash(token))
    ).first()
    return None if row is None else row.end_reason or "idle"


def people_by_ids(session: Session, ids: Iterable[int]) -> dict[int, PersonRef]:
    wanted = set(ids)
    if not wanted:
        return {}
    rows = session.execute(_people().where(Person.id.in_(wanted))).all()
    return {row[0]: _ref(row) for row in rows}


def find_person_by_username(session: Session, username: str) -> PersonRef | None:
    row = session.execute(_people().where(Login.username == username.strip().lower())).first()
    return _ref(row) if row else None


def ids_of(session: Session, words: str) -> Sequence[int]:
    """Everybody whose user name or name this is: several may bear one name."""
    return session.scalars(
        select(Person.id)
        .outerjoin(Login, Login.person_id == Person.id)
        .where(or_(Login.username == words.strip().lower(), Person.name == words.strip()))
    ).all()


def phone_of(session: Session, person_id: int) -> str:
    """The clear phone number, for forms that the person fills; empty if none is known."""
    sealed = session.scalar(select(Person.phone).where(Person.id == person_id))
    return crypto.unseal(sealed).decode() if sealed else ""


def stored_signature(session: Session, person_id: int) -> bytes | None:
    """The PNG of the signature a person keeps here."""
    sealed = session.scalar(select(Person.signature_png).where(Person.id == person_id))
    return crypto.unseal(sealed) if sealed else None


def scope_path(session: Session, actor: Actor) -> str:
    """The subtree an actor may see (R12): the 州 all, a 县市 its own, township and company own."""
    unit = get_unit(session, actor.unit_id)
    if unit.kind in (UnitKind.TOWNSHIP, UnitKind.COMPANY):
        return unit.path
    return get_unit(session, unit.division_id).path


def list_people(
    session: Session, *, actor: Actor, q: str = "", cursor: str | None = None, limit: int = 50
) -> Page[PersonRef]:
    """People with a login in the actor's scope, by user name; `q` is part of a name."""
    statement = (
        _people()
        .add_columns(Login.username.label("place"))
        .where(Login.state == LoginState.ACTIVE, in_subtree(scope_path(session, actor)))
    )
    if q:
        statement = statement.where(
            or_(
                Person.name.contains(q, autoescape=True),
                Login.username.startswith(q.lower(), autoescape=True),
            )
        )
    page = page_by_key(
        session, statement, key=[Login.username], cursor=cursor, limit=limit, descending=False
    )
    return page.map(_ref)


def list_units(
    session: Session, *, actor: Actor, q: str = "", cursor: str | None = None, limit: int = 50
) -> Page[Unit]:
    """Units in the actor's scope, in the order of the tree; `q` is part of a name or a code."""
    statement = select(Unit).add_columns(Unit.path).where(in_subtree(scope_path(session, actor)))
    if q:
        statement = statement.where(
            or_(Unit.name.contains(q, autoescape=True), Unit.code.startswith(q, autoescape=True))
        )
    page = page_by_key(
        session, statement, key=[Unit.path], cursor=cursor, limit=limit, descending=False
    )
    return page.map(lambda row: row[0])


def in_subtree(path: str, unit: Any = Unit) -> ColumnElement[bool]:
    """A condition for any query that joins `unit`: the unit of `path` and all below it."""
    condition: ColumnElement[bool] = unit.path.startswith(path, autoescape=True)
    return condition


@dataclass(frozen=True)
class DemoLogin:
    username: str
    name: str
    unit_name: str
    unit_code: str
    division_name: str
    positions: tuple[tuple[str, str], ...]  # position, unit code


def list_demo_logins(session: Session, now: datetime) -> list[DemoLogin]:
    """Everybody who can sign in, with positions, in the order they were brought in."""
    rows = session.execute(
        select(
            Login.username,
            Person.name,
            Unit.name,
            Unit.code,
            Division.name.label("division"),
            Appointment.position,
            HeldUnit.code.label("held"),
        )
        .join(Person, Person.id == Login.person_id)
        .join(Unit, Unit.id == Person.unit_id)
        .join(Division, Division.id == Unit.division_id)
        .outerjoin(Appointment, and_(Appointment.person_id == Person.id, holds_at(now)))
        .outerjoin(HeldUnit, HeldUnit.id == Appointment.unit_id)
        .where(Login.state == LoginState.ACTIVE)
        .order_by(Person.id, Appointment.id)
    ).all()
    found: dict[str, DemoLogin] = {}
    for username, name, unit_name, unit_code, division, position, held in rows:
        known = found.get(username, DemoLogin(username, name, unit_name, unit_code, division, ()))
        added = ((str(position), held),) if position else ()
        found[username] = replace(known, positions=known.positions + added)
    return list(found.values())


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


def _holders(
    session: Session, statement: Select[*tuple[Any, ...]], given: dict[str, Any]
) -> list[Holder]:
    settle(session, Appointment, Login, Person, Unit)
    rows = session.connection().execute(statement, given).all()
    return [Holder(_ref(row), str(row[6]), row[7], row[8]) for row in rows]


def _people() -> Select[int, str, str, int, str, str]:
    return (
        select(Person.id, Person.name, Login.username, Unit.id, Unit.code, Unit.name)
        .join(Unit, Unit.id == Person.unit_id)
        .outerjoin(Login, Login.person_id == Person.id)
    )


def _ref(row: Row[Any] | Sequence[Any]) -> PersonRef:
    person_id, name, username, unit_id, unit_code, unit_name = row[:6]
    return PersonRef(person_id, name, username or "", unit_id, unit_code, unit_name)


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
_PRESENCE = (
    select(
        Login.person_id,
        Login.username,
        Login.password_changed_at,
        Person.name.label("person_name"),
        Unit.id.label("unit_id"),
        Unit.code.label("unit_code"),
        Unit.name.label("unit_name"),
        Unit.path.label("unit_path"),
        Unit.division_id,
        LoginSession.id.label("session_id"),
        LoginSession.kind,
        LoginSession.seen_at,
        LoginSession.proved_at,
        LoginSession.last_at,
        LoginSession.last_ip,
        SecondFactor.confirmed_at,
        Appointment.position,
        HeldUnit.id.label("held_id"),
        HeldUnit.code.label("held_code"),
        HeldUnit.path.label("held_path"),
        HeldUnit.division_id.label("held_division"),
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
_HOLDERS = (
    _people()
    .add_columns(Appointment.position, HeldUnit.id, HeldUnit.code)
    .join(Appointment, Appointment.person_id == Person.id)
    .join(HeldUnit, HeldUnit.id == Appointment.unit_id)
    .where(
        holds_at(_NOW),
        opens_at(_NOW),
        Appointment.position == bindparam("position"),
    )
    .order_by(Appointment.starts_at, Appointment.id)
)
_HOLDERS_IN_UNIT = _HOLDERS.where(Appointment.unit_id == bindparam("unit_id"))
_HOLDERS_AT_LEVEL = _HOLDERS.where(
    HeldUnit.division_id == bindparam("division_id"), HeldUnit.kind != UnitKind.TOWNSHIP
)
