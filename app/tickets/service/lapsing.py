"""过时不候: a step whose time is over is not waited for any more, and the token goes on undecided.

The diagram says when (`lapse`) and how it goes on: a signal is caught on the boundary of the step.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from app.audit.service import note
from app.calendar.periods import day_of
from app.core.errors import AppError
from app.identity.queries import actor_of
from app.processes import engine
from app.processes.models import HeldEvent, Instance
from app.processes.service import running
from app.processes.types import IncidentKind, StepFailed
from app.tasks.models import Visit

LAPSED = "ticket.lapsed"


def lapse(session: Session, visit: Visit, instance: Instance, now: datetime) -> None:
    """Nobody acts here: what follows is done in the requester's name. Raises: StepFailed."""
    due = day_of(visit.due_at).isoformat() if visit.due_at else ""
    note(session, instance, LAPSED, now=now, actor=None, what=visit.title, due=due, names="")
    actor = actor_of(session, instance.requester_id, now)
    try:
        engine.deliver(session, instance, event=_signal(visit), actor=actor, now=now)
    except StepFailed:
        raise
    except AppError as error:  # nobody is here to read a refusal: it is a person's to repair
        raise StepFailed(instance.id, visit.node, error.text, "") from error


def give_up(session: Session, *, visit_id: int, error: StepFailed, now: datetime) -> None:
    """What breaks is an incident; the signal is kept for whoever tries again."""
    visit = session.get_one(Visit, visit_id, with_for_update=True)
    instance = session.get_one(Instance, error.instance_id, with_for_update=True)
    visit.due_next_at = None
    event = _signal(visit)
    session.add(
        HeldEvent(instance_id=instance.id, kind=event.kind, name=event.name, payload={}, at=now)
    )
    running.open_incident(
        session,
        now=now,
        instance=instance,
        node=error.node,
        cause=error.cause,
        detail=error.detail,
        kind=IncidentKind.EVENT,
    )


def _signal(visit: Visit) -> engine.Event:
    return engine.Event("signal", engine.lapsed(visit.node), None, {})
