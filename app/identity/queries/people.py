"""People: one, and many by their ids. Nothing sealed leaves but what its owner asks.

Whoever is looked for by a name is in `picking`.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, or_, select
from sqlalchemy.orm import Session

from app.core import crypto
from app.core.errors import NotFound
from app.identity.models import Login, Person, Unit
from app.identity.queries.conditions import opens_at
from app.identity.types import PersonRef


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


def people_refs() -> Select[int, str, str, int, str, str]:
    return (
        select(Person.id, Person.name, Login.username, Unit.id, Unit.code, Unit.name)
        .join(Unit, Unit.id == Person.unit_id)
        .outerjoin(Login, Login.person_id == Person.id)
    )


def ref_of(row: Row[Any] | Sequence[Any]) -> PersonRef:
    person_id, name, username, unit_id, unit_code, unit_name = row[:6]
    return PersonRef(person_id, name, username or "", unit_id, unit_code, unit_name)


def working_by_username(
    session: Session, usernames: Collection[str], now: datetime
) -> list[PersonRef]:
    """Those of these who can sign in, in the order given."""
    wanted = {one.strip().lower(): place for place, one in enumerate(usernames)}
    if not wanted:
        return []
    rows = session.execute(people_refs().where(Login.username.in_(wanted), opens_at(now))).all()
    return sorted((ref_of(row) for row in rows), key=lambda one: wanted[one.username])
