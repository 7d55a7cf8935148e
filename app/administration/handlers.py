"""What the outbox brings to the room."""

from typing import Any

from sqlalchemy.orm import Session

from app.administration import service
from app.administration.service.importing import TOPIC
from app.core import events, outbox
from app.core.clock import utcnow
from app.core.outbox import OutboxDied


def import_step(session: Session, payload: dict[str, Any]) -> None:
    service.step(session, payload, utcnow())


def on_died(session: Session, event: OutboxDied) -> None:
    if event.topic == TOPIC:
        service.give_up(session, event.row_id, event.at)


def join() -> None:
    events.subscribe(OutboxDied, on_died)
    outbox.register(TOPIC, import_step)
