"""What 督办 does when tickets end."""

from app.core import events
from app.processes.types import InstanceEnded
from app.supervision import service


def join() -> None:
    """After tickets, whose state is closed then."""
    events.subscribe(InstanceEnded, service.follow_end)
