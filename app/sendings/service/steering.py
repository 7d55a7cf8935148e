"""暂停, 继续, 停止: by people, with a reason. What is being handed over is still booked."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core.actor import Actor
from app.core.errors import Fault
from app.sendings import queries, waking
from app.sendings.models import Sending
from app.sendings.service import ending, moving
from app.sendings.types import (
    FEWEST_WORDS,
    MOST_REASON,
    ReasonMissing,
    SendingMoved,
    SendingState,
)

WITH_TICKET = "申请没有办成，没有发出的不再发。"


def pause(
    session: Session, *, actor: Actor, now: datetime, sending_id: int, version: int, reason: str
) -> Sending:
    """Raises: SendingNotFound, NotYourSending, SendingMoved, ReasonMissing."""
    found = _access(session, actor, sending_id, version, reason)
    found.move(SendingState.PAUSED, now)
    return _note(session, actor, found, "sending.paused", reason, now)


def resume(
    session: Session, *, actor: Actor, now: datetime, sending_id: int, version: int
) -> Sending:
    """Raises: SendingNotFound, NotYourSending, SendingMoved."""
    found = _access(session, actor, sending_id, version, None)
    if found.state is not SendingState.PAUSED:
        raise SendingMoved(current=found.state.value)
    found.move(SendingState.RUNNING if found.started_at else SendingState.READY, now)
    found.quiet_until = None
    waking.wake_after_commit(session)
    return _note(session, actor, found, "sending.resumed", "", now)


def stop(
    session: Session, *, actor: Actor, now: datetime, sending_id: int, version: int, reason: str
) -> Sending:
    """For good: none of those that wait goes any more.

    Raises: SendingNotFound, NotYourSending, SendingMoved, ReasonMissing.
    """
    found = _access(session, actor, sending_id, version, reason)
    found.move(SendingState.STOPPED, now)
    _note(session, actor, found, "sending.stopped", reason, now)
    moving.withdraw(session, found, now)
    ending.end_if_over(session, found, now)
    return found


def _access(
    session: Session, actor: Actor, sending_id: int, version: int, reason: str | None
) -> Sending:
    found = queries.access_sending(session, sending_id, actor)
    if found.rev != version:
        raise SendingMoved(current=found.state.value)
    if reason is not None and not FEWEST_WORDS <= len(reason.strip()) <= MOST_REASON:
        told = f"请写明原因（{FEWEST_WORDS} 到 {MOST_REASON} 个字）。"
        raise ReasonMissing([Fault("reason", "reason", told)])
    return found


def _note(
    session: Session, actor: Actor, found: Sending, kind: str, reason: str, now: datetime
) -> Sending:
    found.reason, found.changed_by_id = reason.strip(), actor.person_id
    audit.record(
        session,
        now=now,
        actor=actor,
        kind=kind,
        object=f"sending:{found.id}",
        data={"ticket": found.ticket, "reason": reason.strip()},
    )
    return found


def stop_with_ticket(session: Session, *, instance_id: int, now: datetime) -> None:
    """Nobody has approved any more what still waits."""
    found = session.scalars(
        select(Sending).where(Sending.instance_id == instance_id).with_for_update()
    ).first()
    if found is None or found.ended_at is not None or found.state is SendingState.STOPPED:
        return
    found.move(SendingState.STOPPED, now)
    found.reason, found.changed_by_id = WITH_TICKET, None
    moving.withdraw(session, found, now)
    ending.end_if_over(session, found, now)
