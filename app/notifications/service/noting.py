"""From what is on record to who is told of it (ADR 104).

An act adds one row that names its event, in the statement that writes the act; the worker finds
out afterwards who is to be told. So an act costs the same however many hear of it.
"""

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.core.masking import masked
from app.core.outbox import pause_after
from app.notifications.models import Untold
from app.notifications.service import acts
from app.notifications.service.telling import notify
from app.notifications.types import MOST_TRIES

FAR = timedelta(days=1)


def keep(session: Session, event: Event) -> None:
    """Heard of every event, within its transaction."""
    if event.kind in acts.TOLD:
        session.add(Untold(chain=event.chain, seq=event.seq))


def claim(session: Session, now: datetime) -> int | None:
    """The next act to tell of. The try is counted before it is made, so that one which ends its
    process costs a try too.
    """
    row = session.scalars(
        select(Untold)
        .where(
            Untold.tries < MOST_TRIES,
            # Later than any pause: written before the clock went back.
            or_(Untold.again_at.is_(None), Untold.again_at <= now, Untold.again_at > now + FAR),
        )
        .order_by(Untold.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return None
    row.tries += 1
    row.again_at = now + pause_after(row.tries)
    return row.id


def tell_of(session: Session, untold_id: int, now: datetime) -> None:
    """Tell everybody, and forget that it is to be told."""
    row = session.get(Untold, untold_id, with_for_update=True)
    if row is not None:
        _tell(session, row, now)
        session.delete(row)


def note_failure(session: Session, untold_id: int, reason: str) -> None:
    row = session.get(Untold, untold_id, with_for_update=True)
    if row is not None:
        row.error = masked(reason)[:2000]


def _tell(session: Session, row: Untold, now: datetime) -> None:
    event = session.scalars(
        select(Event).where(Event.chain == row.chain, Event.seq == row.seq)
    ).first()
    if event is None:  # out of a backup from between
        return
    for news in acts.TOLD[event.kind](session, event, now):
        others = set(news.people) - {event.actor_id}
        notify(
            session,
            kind=news.kind,
            people=others,
            key=news.key or f"{event.chain}/{event.seq}:{news.kind}",
            facts={"person": event.actor_name, **news.facts},
            now=now,
            ticket=news.ticket,
            task_id=news.task_id,
        )
