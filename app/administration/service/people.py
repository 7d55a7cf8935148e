"""People and their logins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.administration import policy, queries
from app.administration.types import Refused
from app.audit import service as audit
from app.core import crypto
from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound
from app.identity import queries as people
from app.identity import service as identity
from app.identity.models import Login, Person, Unit
from app.identity.types import LoginState, Position

SOURCE = "administration"


@dataclass(frozen=True)
class NewPerson:
    """Who is added, judged already; the positions are held in the person's own unit."""

    name: str
    unit: Unit
    username: str
    phone: str = ""
    id_number: str = ""
    until: datetime | None = None
    positions: Sequence[Position] = ()


def add_person(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    wanted: NewPerson,
    source: str = SOURCE,
) -> tuple[Person, str]:
    """A person with a login and positions, and the one-time code of the activation.

    Raises: PersonExists, UsernameTaken, PositionsExclude, Forbidden.
    """
    if not policy.can_administer(actor):
        raise Forbidden
    for position in wanted.positions:
        refusal = policy.why_not_position(position)
        if refusal is not None:
            raise refusal
    person = identity.create_person(
        session,
        actor=actor,
        name=wanted.name,
        unit=wanted.unit,
        now=now,
        id_number=wanted.id_number,
        phone=wanted.phone,
    )
    code = identity.create_login(
        session,
        actor=actor,
        person_id=person.id,
        username=wanted.username,
        now=now,
        valid_until=wanted.until,
    )
    for position in wanted.positions:
        identity.appoint(
            session,
            actor=actor,
            person_id=person.id,
            position=position,
            unit=wanted.unit,
            source=source,
            now=now,
        )
    return person, code


def change_person(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    person_id: int,
    seen: int,
    name: str,
    unit: Unit,
    phone: str | None,
) -> list[str]:
    """Answers what was changed. `phone` None leaves the number as it is, "" takes it away.

    Positions stay where they are held. Raises: NotFound, Forbidden, StalePerson, Refused.
    """
    person = queries.access_to_keep(session, person_id, actor, now, seen=seen).person
    facts: dict[str, str] = {}
    changed: list[str] = []
    if name != person.name:
        changed.append("姓名")
        facts |= {"from": person.name, "to": name}
        person.name = name
    if phone is not None and phone != (
        crypto.unseal(person.phone).decode() if person.phone else ""
    ):
        changed.append("手机号")  # which one, the trail does not say
        person.phone = crypto.seal(phone) if phone else None
    if unit.id != person.unit_id:
        changed.append("单位")
        moved = f"{person.unit.name} → {unit.name}"
        facts |= {"unit": moved}
        person.unit_id = unit.id
        # What somebody sees depends on the unit.
        identity.end_sessions(session, person_id=person.id, reason="positions", now=now)
    if not changed:
        raise Refused(("name", "和原来一样，没有要改的。"))
    audit.record(
        session,
        now=now,
        actor=actor,
        kind="person.changed",
        object=f"person:{person.id}",
        data={"changed": "、".join(changed), **facts},
    )
    return changed


def open_login(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    person_id: int,
    seen: int,
    username: str,
    until: datetime | None = None,
) -> str:
    """For somebody without one; answers the one-time code.

    Raises: NotFound, Forbidden, StalePerson, UsernameTaken.
    """
    kept = queries.access_to_keep(session, person_id, actor, now, seen=seen)
    if kept.login is not None:
        raise Refused(("username", "这个人已经有登录账号。"))
    return identity.create_login(
        session, actor=actor, person_id=person_id, username=username, now=now, valid_until=until
    )


def disable_login(
    session: Session, *, actor: Actor, now: datetime, person_id: int, seen: int
) -> None:
    """Sessions end, open tasks go to others. Raises: …, LastAdministrator."""
    login = _login(queries.access_to_keep(session, person_id, actor, now, seen=seen))
    if login.state is LoginState.ACTIVE:
        identity.disable_login(session, actor=actor, username=login.username, now=now)


def enable_login(
    session: Session, *, actor: Actor, now: datetime, person_id: int, seen: int
) -> str:
    """Answers a new one-time code. Raises: NotFound, Forbidden, StalePerson."""
    kept = queries.access_to_keep(session, person_id, actor, now, seen=seen)
    login = _login(kept)
    _may_have_code(session, kept, login)
    return identity.activate_login(session, actor=actor, username=login.username, now=now)


def send_code(session: Session, *, actor: Actor, now: datetime, person_id: int, seen: int) -> str:
    """The old password and all sessions end. Raises: NotFound, Forbidden, StalePerson."""
    kept = queries.access_to_keep(session, person_id, actor, now, seen=seen)
    login = _login(kept)
    _may_have_code(session, kept, login)
    return identity.reset_password(session, actor=actor, username=login.username, now=now)


def limit_login(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    person_id: int,
    seen: int,
    until: datetime | None,
) -> None:
    """Raises: NotFound, Forbidden, StalePerson, LastAdministrator."""
    login = _login(queries.access_to_keep(session, person_id, actor, now, seen=seen))
    identity.limit_login(session, actor=actor, username=login.username, until=until, now=now)


def _login(kept: queries.Kept) -> Login:
    if kept.login is None:
        raise NotFound("这个人没有登录账号。")
    return kept.login


def _may_have_code(session: Session, kept: queries.Kept, login: Login) -> None:
    has_factor = people.has_second_factor(session, login.id)
    refusal = policy.why_no_code(kept.held, has_second_factor=has_factor)
    if refusal is not None:
        raise refusal
