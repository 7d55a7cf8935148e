"""The end of a sending: nothing waits, nothing is unsettled. Then its books are written, once.

What the gateway never said anything about is waited for as long as for a receipt.
"""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.core import events, outbox
from app.processes import awaiting
from app.processes.queries import unit_ref
from app.processes.service import delivering
from app.sendings.models import Delivery, Sending
from app.sendings.queries import standing_of
from app.sendings.service import books
from app.sendings.types import (
    SILENT_AFTER,
    DeliveryState,
    SendingEnded,
    SendingState,
)

MESSAGE = "sending-ended"  # what a process waits for; its correlation is the ticket's number


def end_if_over(session: Session, sending: Sending, now: datetime) -> bool:
    """The caller holds its lock."""
    if sending.ended_at is not None:
        return False
    standing = standing_of(session, sending)
    if standing.count(DeliveryState.WAITING, DeliveryState.SUBMITTING):
        return False
    if standing.count(DeliveryState.UNKNOWN) and _may_be_settled(session, sending, now):
        return False
    if sending.state is not SendingState.STOPPED:
        sending.move(SendingState.DONE, now)
    sending.ended_at = now
    session.flush()
    tell_process(session, sending, now)
    events.publish(session, SendingEnded(sending.id, sending.ticket, now))
    books.append(session, sending, standing, now)
    return True


def tell_process(session: Session, sending: Sending, now: datetime) -> None:
    """Its ticket goes on, if the diagram waits for the end; one that does not wait is not told."""
    unit = unit_ref(session, sending.unit_id)
    if not delivering.takers(session, MESSAGE, sending.ticket, unit.division_id):
        return
    parcel = delivering.Parcel(
        key=f"{MESSAGE}:{sending.token}",
        kind=delivering.MESSAGE,
        name=MESSAGE,
        correlation=sending.ticket,
        origin=f"sending:{sending.id}",
        division_id=unit.division_id,
        at=now.isoformat(),
        payload={"sending_state": sending.state.value},
    )
    outbox.add(
        session,
        awaiting.THROWN,
        asdict(parcel),
        key=parcel.key,
        now=now,
        ticket=sending.ticket,
    )


def _may_be_settled(session: Session, sending: Sending, now: datetime) -> bool:
    young = exists().where(
        Delivery.sending_id == sending.id,
        Delivery.state == DeliveryState.UNKNOWN,
        Delivery.submitted_at > now - SILENT_AFTER,
    )
    return bool(session.scalar(select(young)))
