"""Keeping a filter, naming it anew, making it the first that is seen, dropping it.

These are a person's own bookmarks: nobody else sees them, so they leave no event.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Malformed
from app.saved.models import SavedFilter
from app.saved.queries import access_filter
from app.saved.types import (
    LISTS,
    LONGEST_NAME,
    LONGEST_WORD,
    MOST_KEPT,
    WORDS,
    NameTaken,
    NoName,
    NothingSet,
    TooManyKept,
)


def keep(
    session: Session, *, actor: Actor, now: datetime, of: str, name: str, given: Mapping[str, str]
) -> int:
    """The same name again is the same filter, with what is set now: a second click adds nothing.

    Raises: Malformed, NoName, NothingSet, TooManyKept.
    """
    words = {word: given[word].strip() for word in WORDS if given.get(word, "").strip()}
    if of not in LISTS or any(len(value) > LONGEST_WORD for value in words.values()):
        raise Malformed
    if not words:
        raise NothingSet
    called = _name(name)
    mine = select(func.count()).where(SavedFilter.person_id == actor.person_id)
    others = mine.where((SavedFilter.list != of) | (SavedFilter.name != called))
    if (session.scalar(others) or 0) >= MOST_KEPT:
        raise TooManyKept
    made = insert(SavedFilter).values(
        person_id=actor.person_id,
        list=of,
        name=called,
        given=words,
        is_default=False,
        created_at=now,
    )
    kept = made.on_conflict_do_update(
        index_elements=["person_id", "list", "name"],
        set_={"given": words},
        where=SavedFilter.given != words,
    )
    same = select(SavedFilter.id).where(
        *(SavedFilter.person_id == actor.person_id, SavedFilter.list == of),
        SavedFilter.name == called,
    )
    written = session.scalars(kept.returning(SavedFilter.id)).first()
    return written or session.scalars(same).one()


def rename(session: Session, *, actor: Actor, filter_id: int, name: str) -> SavedFilter:
    """Raises: FilterNotFound, NoName, NameTaken."""
    found = access_filter(session, filter_id, actor)
    try:
        with session.begin_nested():
            found.name = _name(name)
    except IntegrityError as error:
        raise NameTaken from error
    return found


def make_default(session: Session, *, actor: Actor, filter_id: int, wanted: bool) -> SavedFilter:
    """What the bare list shows: this one, and no other any more. Raises: FilterNotFound."""
    found = access_filter(session, filter_id, actor)
    session.execute(
        update(SavedFilter)
        .where(SavedFilter.person_id == actor.person_id, SavedFilter.list == found.list)
        .where(SavedFilter.is_default, SavedFilter.id != found.id)
        .values(is_default=False)
    )
    found.is_default = wanted
    return found


def drop(session: Session, *, actor: Actor, filter_id: int) -> None:
    """Raises: FilterNotFound."""
    session.delete(access_filter(session, filter_id, actor))


def _name(text: str) -> str:
    name = " ".join(text.replace("\0", "").split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise NoName
    return name
