"""Timers: the beat wakes this job, the database says what is due."""

from celery import shared_task

from app.core.clock import utcnow
from app.core.db import transaction
from app.processes.queries import get_instance
from app.processes.service import running
from app.processes.types import IncidentKind, StepFailed

BATCH = 100


@shared_task(name="fire_timers", expires=60)  # type: ignore[untyped-decorator]
def fire_timers() -> int:
    """Fire what is due, the earliest first, each instance in a transaction of its own.

    Safe to run twice and side by side: an instance is claimed with SKIP LOCKED and its due time
    moves with the step. One that breaks is an incident and waits for a person.
    """
    for fired in range(BATCH):
        try:
            with transaction() as session:
                if not running.fire_due(session, now=utcnow()):
                    return fired
        except StepFailed as error:
            with transaction() as session:
                instance = get_instance(session, error.instance_id, lock=True)
                running.open_incident(
                    session,
                    now=utcnow(),
                    instance=instance,
                    node=error.node,
                    cause=error.cause,
                    detail=error.detail,
                    kind=IncidentKind.TIMER,
                )
                instance.due_at = None  # else it would break again at once, for ever
    return BATCH
