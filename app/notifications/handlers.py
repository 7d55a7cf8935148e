"""What notifications hear."""

from app.audit.models import Event
from app.core import events
from app.identity.types import UnitSucceeded
from app.notifications import service


def join() -> None:
    events.subscribe(Event, service.keep)
    events.subscribe(UnitSucceeded, service.move_channels)
