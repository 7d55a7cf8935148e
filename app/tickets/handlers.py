"""What tickets do when processes have news."""

from typing import Any

import structlog
from sqlalchemy.orm import Session

from app.core import events
from app.processes.types import InstanceEnded, InstanceReturned, InstanceSubmitted
from app.tickets import service

log = structlog.get_logger()


def join() -> None:
    events.subscribe(InstanceSubmitted, service.follow_submission)
    events.subscribe(InstanceReturned, service.follow_return)
    events.subscribe(InstanceEnded, service.follow_end)


def notice(_session: Session, payload: dict[str, Any]) -> None:
    """The notice stands on the ticket page; channels that leave the house come with notices."""
    log.info("ticket.notice", ticket=payload["ticket"], state=payload["state"])
