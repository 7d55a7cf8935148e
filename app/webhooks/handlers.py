"""What happens to tickets is noted in the act's own transaction, if anybody wants to hear it."""

from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from app.core import events
from app.core.clock import utcnow
from app.core.db import after_commit
from app.processes import engine
from app.processes.models import Incident, Instance
from app.processes.types import IncidentOpened, VisitOpened
from app.tasks.models import Task
from app.tasks.types import TaskCompleted
from app.tickets.types import TicketTurned, Turn
from app.webhooks import waking
from app.webhooks.models import News
from app.webhooks.service import new_message
from app.webhooks.types import Kind

KEY = "webhooks.news"
TURNS = {Turn.RETURNED: Kind.TICKET_RETURNED, Turn.ENDED: Kind.TICKET_CLOSED}


def join() -> None:
    """After tickets: what is told is what has become of it."""
    events.subscribe(TicketTurned, on_ticket)
    events.subscribe(VisitOpened, on_visit)
    events.subscribe(TaskCompleted, on_task)
    events.subscribe(IncidentOpened, on_incident)


def on_ticket(session: Session, event: TicketTurned) -> None:
    sent = Kind.TICKET_RESUBMITTED if event.submission > 1 else Kind.TICKET_OPENED
    kind = TURNS.get(event.turn, sent)
    at = event.at.isoformat()
    note(session, event.instance_id, kind, at, node=event.node, state=event.state.value)


def on_visit(session: Session, event: VisitOpened) -> None:
    """A ticket that waits at its start form is at the requester's: that is told of the ticket."""
    instance = session.get_one(Instance, event.instance_id)
    if event.node == engine.load(session, instance.version_id).start.id:
        return
    at = event.at.isoformat()
    note(session, event.instance_id, Kind.TASK_OPENED, at, node=event.node, state="open")


def on_task(session: Session, event: TaskCompleted) -> None:
    task = session.get_one(Task, event.task_id)
    at = (task.done_at or utcnow()).isoformat()
    note(
        session,
        event.instance_id,
        Kind.TASK_DECIDED,
        at,
        node=task.node,
        state=event.outcome,
    )


def on_incident(session: Session, event: IncidentOpened) -> None:
    incident = session.get_one(Incident, event.incident_id)
    at = incident.created_at.isoformat()
    note(session, event.instance_id, Kind.INCIDENT_OPENED, at, node=incident.node, state="open")


def note(session: Session, instance_id: int, kind: Kind, at: str, **facts: Any) -> None:
    """One row for all that an act has to tell, as long as nothing of it is written (ADR 105)."""
    item = {"id": new_message(), "type": kind.value, "at": at, "instance": instance_id, **facts}
    news = session.info.get(KEY)
    if news is not None and inspect(news).pending:
        news.items.append(item)
        return
    news = News(items=[item], at=utcnow())
    session.info[KEY] = news
    session.add(news)

    def wake() -> None:
        if news.id is not None:  # else nobody wanted to hear it
            waking.wake()

    after_commit(session, wake)
