"""Reading the chains: a ticket's record, what an auditor searches, and whether a chain holds."""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.audit.models import GENESIS, Event, Seal
from app.audit.sources import joined
from app.audit.types import Filters, Head
from app.core.actor import Actor
from app.core.days import within
from app.core.paging import Page, page_by_key

PAGE = 50


def list_chain(session: Session, chain: str) -> Sequence[Event]:
    return session.scalars(select(Event).where(Event.chain == chain).order_by(Event.seq)).all()


def list_events(
    session: Session, actor: Actor, filters: Filters, *, cursor: str | None, limit: int = PAGE
) -> Page[Event]:
    """Within the actor's reach, newest first.

    Days are found by the moment, everything else by the number: each has the index for its order.
    """
    dated = filters.since or filters.until
    key = (Event.at, Event.id) if dated else (Event.id,)
    statement = select(Event, *key).where(
        joined().reach(session, actor, Event.chain), *_chosen(session, filters)
    )
    page = page_by_key(session, statement, key=key, cursor=cursor, limit=limit)
    return page.map(lambda row: row[0])


def list_about(
    session: Session,
    objects: Sequence[str],
    kinds: Sequence[str],
    *,
    cursor: str | None,
    limit: int = PAGE,
) -> Page[Event]:
    """What was done to these objects, newest first; whoever asks has found them within reach."""
    statement = select(Event, Event.id).where(Event.object.in_(objects), Event.kind.in_(kinds))
    page = page_by_key(session, statement, key=(Event.id,), cursor=cursor, limit=limit)
    return page.map(lambda row: row[0])


def last_seal(session: Session) -> Seal | None:
    return session.scalars(select(Seal).order_by(Seal.n.desc()).limit(1)).first()


def first_break(session: Session, chain: str, head: Head | None = None) -> int | None:
    """The place of the first event that was changed, moved or removed; None if the chain holds.

    Only with its `head` is a chain missed that was cut off or rewritten at its end.
    """
    expected, seq = GENESIS, 0
    for seq, event in enumerate(list_chain(session, chain), start=1):
        is_whole = event.seq == seq and event.prev_hash == expected
        if not is_whole or event.hash != event.computed_hash():
            return seq
        expected = event.hash
    if head is None or (head.audit_seq, head.audit_hash) == (seq, expected):
        return None
    return max(seq, 1) if head.audit_seq <= seq else seq + 1


def _chosen(session: Session, filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.object:
        yield Event.object == filters.object
    if filters.kind:
        yield Event.kind == filters.kind
    if filters.by:
        yield Event.actor_id.in_(joined().people(session, filters.by))
    yield from within(Event.at, filters.since, filters.until)
