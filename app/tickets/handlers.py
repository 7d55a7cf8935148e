"""What tickets do when processes have news."""

from app.core import events
from app.processes.types import InstanceEnded, InstanceReturned, InstanceSubmitted
from app.tickets import service


def join() -> None:
    events.subscribe(InstanceSubmitted, service.follow_submission)
    events.subscribe(InstanceReturned, service.follow_return)
    events.subscribe(InstanceEnded, service.follow_end)
