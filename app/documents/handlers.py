"""What documents do when processes have news, and what the outbox brings them."""

from typing import Any

from sqlalchemy.orm import Session

from app.core import events, outbox
from app.core.clock import utcnow
from app.documents import service
from app.processes.types import InstanceEnded


def freeze(session: Session, payload: dict[str, Any]) -> None:
    service.freeze(session, payload, utcnow())


def join() -> None:
    """After tickets, so that the originals show the closed state."""
    events.subscribe(InstanceEnded, service.order_documents)
    outbox.register("documents.freeze", freeze)
