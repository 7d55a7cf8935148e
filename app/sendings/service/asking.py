"""A person wants to know what became of the 未知 ones: their turn is now, the worker asks.

The gateway may take its time, and no page waits for it. What came of it stands on the sending.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core.actor import Actor
from app.sendings import queries, waking
from app.sendings.models import Sending
from app.sendings.types import AskedJustNow, DeliveryState, NothingUnknown, SendingMoved

APART = timedelta(seconds=30)
WAITS = "已经交给后台查询。"


def ask(session: Session, *, actor: Actor, now: datetime, sending_id: int, version: int) -> Sending:
    """Raises: SendingNotFound, NotYourSending, SendingMoved, NothingUnknown, AskedJustNow."""
    found = queries.access_sending(session, sending_id, actor)
    if found.rev != version:
        raise SendingMoved(current=found.state.value)
    unknown = queries.standing_of(session, found).count(DeliveryState.UNKNOWN)
    if found.ended_at is not None or not unknown:
        raise NothingUnknown(current=found.state.value)
    if found.asked_at is not None and found.asked_at <= now < found.asked_at + APART:
        wait = (found.asked_at + APART - now).total_seconds()
        raise AskedJustNow(retry_after=int(wait) + 1)
    found.asked_at, found.asked_note = now, WAITS
    found.rev += 1
    audit.record(
        session,
        now=now,
        actor=actor,
        kind="sending.asked",
        object=f"sending:{found.id}",
        data={"ticket": found.ticket, "unknown": unknown},
    )
    waking.settle_after_commit(session)
    return found
