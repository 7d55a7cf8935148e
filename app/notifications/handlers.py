"""What notifications hear."""

from app.audit.models import Event
from app.core import events
from app.notifications import service


def join() -> None:
    events.subscribe(Event, service.keep)
