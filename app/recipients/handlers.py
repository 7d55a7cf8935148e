"""News from below: a ticket that ended without sending leaves its list to another."""

from sqlalchemy.orm import Session

from app.core import events
from app.processes.models import Instance
from app.processes.types import InstanceEnded
from app.recipients import service


def join() -> None:
    events.subscribe(InstanceEnded, on_instance_ended)


def on_instance_ended(session: Session, event: InstanceEnded) -> None:
    if event.result != "closed":
        ticket = session.get_one(Instance, event.instance_id).number
        service.let_go(session, ticket=ticket)
