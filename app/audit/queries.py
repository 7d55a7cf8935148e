"""Reading the chains: a ticket's record, and whether a chain still holds."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import GENESIS, Event
from app.audit.types import Head


def list_chain(session: Session, chain: str) -> Sequence[Event]:
    return session.scalars(select(Event).where(Event.chain == chain).order_by(Event.seq)).all()


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
