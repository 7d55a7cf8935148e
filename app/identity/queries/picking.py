"""The one search for people who can sign in; whoever asks says within which reach."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, literal, or_, select, true
from sqlalchemy.orm import Session, aliased

from app.core.actor import Actor
from app.core.paging import Page, page_by_key
from app.identity.models import Login, Person, Unit
from app.identity.queries.conditions import in_subtree, opens_at
from app.identity.queries.people import people_refs, ref_of
from app.identity.queries.units import scope_path
from app.identity.types import PersonRef, UnitKind

Reach = ColumnElement[bool]  # on the unit of whoever is looked for


def scope_of(session: Session, actor: Actor) -> Reach:
    """Whom the actor may see (R12)."""
    return in_subtree(scope_path(session, actor))


def divisions(ids: Collection[int], *, companies: bool = False) -> Reach:
    """These 州 and 县市, without the operating company, which sees no personal data (R12)."""
    here = Unit.division_id.in_(ids)
    return and_(here, true() if companies else Unit.kind != UnitKind.COMPANY)


def colleagues(path: str) -> Reach:
    """The division that the unit of `path` lies in and those above; nobody of the company (R12)."""
    division = aliased(Unit)
    above = select(division.id).where(literal(path).startswith(division.path))
    return and_(Unit.division_id.in_(above), Unit.kind != UnitKind.COMPANY)


def list_people(
    session: Session,
    *,
    reach: Reach,
    now: datetime,
    q: str = "",
    whole: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[PersonRef]:
    """By user name. `q` is part of a name or the beginning of a user name; `whole`: all of it."""
    words = q.strip()
    statement = people_refs().add_columns(Login.username.label("place")).where(reach, opens_at(now))
    if words or whole:
        statement = statement.where(_called(words) if whole else _named(words))
    page = page_by_key(
        session, statement, key=[Login.username], cursor=cursor, limit=limit, descending=False
    )
    return page.map(ref_of)


def people_by_username(
    session: Session, *, reach: Reach, now: datetime, usernames: Collection[str]
) -> dict[str, PersonRef]:
    """Those who are named; whoever is left out is not within reach, or is not there."""
    wanted = [name.strip().lower() for name in usernames]
    named = people_refs().where(reach, opens_at(now), Login.username.in_(wanted))
    return {ref.username: ref for ref in map(ref_of, session.execute(named))}


def _named(words: str) -> ColumnElement[bool]:
    return or_(
        Person.name.contains(words, autoescape=True),
        Login.username.startswith(words.lower(), autoescape=True),
    )


def _called(words: str) -> ColumnElement[bool]:
    return or_(Person.name == words, Login.username == words.lower())
