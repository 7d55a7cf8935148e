"""Reads of what somebody keeps."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.saved.models import Phrases, SavedFilter
from app.saved.types import USUAL, FilterNotFound, Kept, OwnPhrases


def access_filter(session: Session, filter_id: int, actor: Actor) -> SavedFilter:
    """One's own, locked. Raises: FilterNotFound."""
    found = session.get(SavedFilter, filter_id, with_for_update=True)
    if found is None or found.person_id != actor.person_id:
        raise FilterNotFound
    return found


def list_kept(session: Session, actor: Actor, of: str | None = None) -> list[Kept]:
    """In the order they were kept; `of` one list, or of all."""
    statement = select(
        SavedFilter.id,
        SavedFilter.list,
        SavedFilter.name,
        SavedFilter.given,
        SavedFilter.is_default,
    ).where(SavedFilter.person_id == actor.person_id)
    if of is not None:
        statement = statement.where(SavedFilter.list == of)
    rows = session.execute(statement.order_by(SavedFilter.list, SavedFilter.id))
    return [Kept(*row) for row in rows]


def first_seen(kept: Sequence[Kept], asked: Mapping[str, str]) -> dict[str, str] | None:
    """What the bare list shows instead, where somebody wants it so."""
    if asked.keys() - {"box"}:
        return None
    return next((dict(one.given) for one in kept if one.is_default), None)


def phrases_of(session: Session, actor: Actor) -> OwnPhrases:
    """In the order in which they are offered; the usual ones for whoever has none of his own."""
    own = session.get(Phrases, actor.person_id)
    return OwnPhrases(tuple(own.texts), own.rev) if own else OwnPhrases(USUAL, 0)
