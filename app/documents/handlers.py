"""What documents do when processes have news, and what the outbox brings them."""

from app.core import events, outbox
from app.documents import service
from app.processes.types import InstanceEnded


def join() -> None:
    """After tickets, so that the originals show the closed state."""
    events.subscribe(InstanceEnded, service.order_documents)
    outbox.register("documents.freeze", service.freeze)
