"""News from below: a ticket that is cancelled or withdrawn takes its sending with it."""

from sqlalchemy.orm import Session

from app.core import events
from app.processes.types import InstanceEnded
from app.sendings import service


def join() -> None:
    events.subscribe(InstanceEnded, on_instance_ended)


def on_instance_ended(session: Session, event: InstanceEnded) -> None:
    if event.result != "closed":
        service.stop_with_ticket(session, instance_id=event.instance_id, now=event.at)
