"""What documents do when processes have news, and what the outbox brings them."""

from typing import Any

from sqlalchemy.orm import Session

from app.core import events, outbox
from app.core.clock import utcnow
from app.documents import batches, service
from app.processes.types import InstanceEnded


def freeze(session: Session, payload: dict[str, Any]) -> None:
    service.freeze(session, payload, utcnow())


def print_step(session: Session, payload: dict[str, Any]) -> None:
    batches.step(session, payload, utcnow())


def on_died(session: Session, event: outbox.OutboxDied) -> None:
    if event.topic == batches.TOPIC:
        batches.give_up(session, event.row_id, event.at)


def join() -> None:
    """After tickets, so that the originals show the closed state."""
    events.subscribe(InstanceEnded, service.order_documents)
    events.subscribe(outbox.OutboxDied, on_died)
    outbox.register("documents.freeze", freeze)
    outbox.register(batches.TOPIC, print_step)
