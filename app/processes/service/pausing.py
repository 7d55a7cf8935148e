"""A run that an administrator holds: nothing happens to it, and what comes for it waits."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.service import record
from app.core import outbox
from app.core.errors import AppError
from app.identity.queries import actor_of
from app.processes import awaiting, engine
from app.processes.models import HeldEvent, Instance
from app.processes.queries import unit_ref
from app.processes.service import delivering, running
from app.processes.types import IncidentKind, NobodyWaits, StepFailed


def suspend(instance: Instance, now: datetime) -> None:
    instance.suspended_at = now
    instance.rev += 1


def resume(session: Session, *, now: datetime, instance: Instance) -> None:
    """Hand over what came meanwhile, in its order; timers that are due are the sweep's.

    What breaks is an incident: it stays kept, and so does what came after it.
    """
    instance.suspended_at = None
    instance.rev += 1
    try:
        with session.begin_nested():
            hand_over(session, now=now, instance=instance)
    except StepFailed as error:
        running.open_incident(
            session,
            now=now,
            instance=instance,
            node=error.node,
            cause=error.cause,
            detail=error.detail,
            kind=IncidentKind.EVENT,
        )


def hand_over(session: Session, *, now: datetime, instance: Instance) -> None:
    """Everything that is kept for this run, as if it came now. Raises: StepFailed.

    A timer that was due before the next of them goes first.
    """
    kept = session.scalars(
        select(HeldEvent).where(HeldEvent.instance_id == instance.id).order_by(HeldEvent.id)
    ).all()
    for row in kept:
        session.delete(row)
        if instance.due_at is not None and instance.due_at <= row.at and not instance.ended_at:
            running.fire(session, now=now, instance=instance)
        if instance.ended_at:
            _send_on(session, instance, row, now)
        else:
            _deliver(session, instance, row, now)


def _deliver(session: Session, instance: Instance, row: HeldEvent, now: datetime) -> None:
    actor = actor_of(session, instance.requester_id, now)
    record(
        session,
        now=now,
        actor=None,
        kind="event.handed_over",
        object=f"ticket:{instance.number}",
        head=instance,
        data={"event": row.kind, "name": row.name, "came_at": row.at.isoformat()},
    )
    try:
        engine.deliver(session, instance, event=engine.held(row), actor=actor, now=now)
    except NobodyWaits:  # what it was meant for has gone its way meanwhile
        _send_on(session, instance, row, now)
    except StepFailed:
        raise
    except AppError as error:  # nobody is here to read a refusal: it is a person's to repair
        raise StepFailed(instance.id, "", error.text, "") from error


def _send_on(session: Session, instance: Instance, row: HeldEvent, now: datetime) -> None:
    """A message is for one taker: it looks for the next. A signal was for who listens."""
    if row.kind != delivering.MESSAGE:
        return
    parcel = delivering.Parcel(
        key=f"held:{row.id}",
        kind=row.kind,
        name=row.name,
        correlation=row.correlation,
        origin=instance.number,
        division_id=unit_ref(session, instance.unit_id).division_id,
        at=now.isoformat(),
        payload=row.payload,
    )
    outbox.add(
        session,
        awaiting.THROWN,
        asdict(parcel),
        key=parcel.key,
        now=now,
        ticket=instance.number,
    )
