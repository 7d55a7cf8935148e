"""Reading the chains: a ticket's record, and whether a chain still holds."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import GENESIS, Event


def list_chain(session: Session, chain: str) -> Sequence[Event]:
    return session.scalars(select(Event).where(Event.chain == chain).order_by(Event.seq)).all()


def first_break(session: Session, chain: str) -> Event | None:
    """The first event that was changed, moved or lost its predecessor; None if the chain holds."""
    expected = GENESIS
    for seq, event in enumerate(list_chain(session, chain), start=1):
        whole = event.seq == seq and event.prev_hash == expected
        if not whole or event.hash != event.computed_hash():
            return event
        expected = event.hash
    return None
