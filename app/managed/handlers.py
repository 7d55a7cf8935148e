"""What the room does when accounts change and deliveries have news, and what the outbox brings."""

from typing import Any

from sqlalchemy.orm import Session

from app.access.types import AccountsActed
from app.core import events, outbox
from app.core.clock import utcnow
from app.managed import service
from app.managed.types import TOPIC


def push(session: Session, payload: dict[str, Any]) -> None:
    service.push(session, payload, utcnow())


def join() -> None:
    events.subscribe(AccountsActed, service.note_acts)
    events.subscribe(outbox.OutboxDied, service.note_death)
    events.subscribe(outbox.OutboxDiscarded, service.note_hand)
    outbox.register(TOPIC, push)
