"""News from below: a run that ends waits to be counted."""

from app.core import events
from app.insight import service
from app.processes.types import InstanceEnded


def join() -> None:
    events.subscribe(InstanceEnded, service.note_closing)
