"""People: one, many by their ids, and pickers. Nothing sealed leaves but what its owner asks."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, literal, or_, select, true
from sqlalchemy.orm import Session, aliased

from app.core import crypto
from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.paging import Page, page_by_key
from app.identity.models import Login, Person, Unit
from app.identity.queries.conditions import in_subtree, opens_at
from app.identity.queries.units import scope_path
from app.identity.types import LoginState, PersonRef, UnitKind


def id_index(id_number: str) -> bytes:
    """The blind index that every table uses for ID numbers."""
    return crypto.blind_index("id_number", id_number.strip().upper())


def get_person(session: Session, person_id: int) -> Person:
    """Raises: NotFound."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound
    return person


def find_person_by_id_index(session: Session, index: bytes) -> Person | None:
    return session.scalars(select(Person).where(Person.id_index == index)).first()


def people_by_ids(session: Session, ids: Iterable[int]) -> dict[int, PersonRef]:
    wanted = set(ids)
    if not wanted:
        return {}
    rows = session.execute(people_refs().where(Person.id.in_(wanted))).all()
    return {row[0]: ref_of(row) for row in rows}


def find_person_by_username(session: Session, username: str) -> PersonRef | None:
    row = session.execute(people_refs().where(Login.username == username.strip().lower())).first()
    return ref_of(row) if row else None


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


def list_people(
    session: Session, *, actor: Actor, q: str = "", cursor: str | None = None, limit: int = 50
) -> Page[PersonRef]:
    """People with a login in the actor's scope, by user name; `q` is part of a name."""
    statement = (
        people_refs()
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
    return page.map(ref_of)


def list_colleagues(
    session: Session, path: str, *, q: str = "", limit: int = 20
) -> list[PersonRef]:
    """People who can sign in, of the division that the unit of `path` lies in or of one above;
    nobody of the operating company (R12). `q` is part of a name.
    """
    statement = _colleagues(path).order_by(Person.name, Login.username).limit(limit)
    if q:
        statement = statement.where(
            or_(
                Person.name.contains(q, autoescape=True),
                Login.username.startswith(q.lower(), autoescape=True),
            )
        )
    return [ref_of(row) for row in session.execute(statement)]


def colleagues_by_username(
    session: Session, path: str, usernames: Iterable[str]
) -> dict[str, PersonRef]:
    """Those of `list_colleagues` who are named; whoever is left out is not one, or is not there."""
    wanted = [name.strip().lower() for name in usernames]
    rows = session.execute(_colleagues(path).where(Login.username.in_(wanted))).all()
    return {ref.username: ref for ref in map(ref_of, rows)}


def _colleagues(path: str) -> Select[int, str, str, int, str, str]:
    division = aliased(Unit)
    return (
        people_refs()
        .join(division, Unit.division_id == division.id)
        .where(
            Login.state == LoginState.ACTIVE,
            Unit.kind != UnitKind.COMPANY,
            literal(path).startswith(division.path),
        )
    )


def people_refs() -> Select[int, str, str, int, str, str]:
    return (
        select(Person.id, Person.name, Login.username, Unit.id, Unit.code, Unit.name)
        .join(Unit, Unit.id == Person.unit_id)
        .outerjoin(Login, Login.person_id == Person.id)
    )


def ref_of(row: Row[Any] | Sequence[Any]) -> PersonRef:
    person_id, name, username, unit_id, unit_code, unit_name = row[:6]
    return PersonRef(person_id, name, username or "", unit_id, unit_code, unit_name)


def working(
    session: Session,
    q: str,
    divisions: Collection[int],
    now: datetime,
    *,
    whole: bool = False,
    companies: bool = False,
    limit: int = 50,
) -> list[PersonRef]:
    """People of these counties who can sign in, by the beginning of a name or user name.

    `whole`: only those who are called exactly so. `companies`: of the operating company too, which
    sees no personal data (R12).
    """
    words = q.strip()
    named = Person.name == words if whole else Person.name.startswith(words, autoescape=True)
    login = (
        Login.username == words.lower()
        if whole
        else Login.username.startswith(words.lower(), autoescape=True)
    )
    rows = session.execute(
        people_refs()
        .where(Unit.division_id.in_(divisions), opens_at(now), or_(named, login))
        .where(true() if companies else Unit.kind != UnitKind.COMPANY)
        .order_by(Login.username)
        .limit(limit)
    ).all()
    return [ref_of(row) for row in rows]


def working_by_username(
    session: Session, usernames: Collection[str], now: datetime
) -> list[PersonRef]:
    """Those of these who can sign in, in the order given."""
    wanted = {one.strip().lower(): place for place, one in enumerate(usernames)}
    if not wanted:
        return []
    rows = session.execute(people_refs().where(Login.username.in_(wanted), opens_at(now))).all()
    return sorted((ref_of(row) for row in rows), key=lambda one: wanted[one.username])
