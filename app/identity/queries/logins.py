"""Logins and their sessions."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from app.core.errors import NotFound
from app.identity.models import Appointment, Login, LoginSession, Person, SecondFactor, Unit
from app.identity.queries.conditions import holds_at, lives_at
from app.identity.types import LoginState

HeldUnit = aliased(Unit)
Division = aliased(Unit)


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def find_login(session: Session, username: str) -> Login | None:
    return session.scalars(select(Login).where(Login.username == username.strip().lower())).first()


def get_login(session: Session, username: str) -> Login:
    """Raises: NotFound."""
    login = find_login(session, username)
    if login is None:
        raise NotFound("没有这个用户名。")
    return login


def can_sign_in(session: Session, person_id: int, now: datetime) -> bool:
    """The login is neither disabled nor over."""
    login = session.scalars(select(Login).where(Login.person_id == person_id)).first()
    return login is not None and login.is_open(now)


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
