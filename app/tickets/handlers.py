"""What tickets do when processes have news."""

from typing import Any

import structlog
from sqlalchemy.orm import Session

from app.calendar import seams
from app.calendar.types import CalendarChanged
from app.core import events, outbox
from app.core.clock import utcnow
from app.identity.types import UnitSucceeded
from app.processes.service.delivering import START
from app.processes.types import (
    InstanceEnded,
    InstanceReturned,
    InstanceSubmitted,
    VersionPublished,
)
from app.tasks import service as tasks
from app.tasks.types import BatchAct
from app.tickets import beginning, calling, service

log = structlog.get_logger()


def join() -> None:
    events.subscribe(InstanceSubmitted, service.follow_submission)
    events.subscribe(InstanceReturned, service.follow_return)
    events.subscribe(InstanceEnded, service.follow_end)
    events.subscribe(VersionPublished, published)
    events.subscribe(CalendarChanged, service.order_recount)
    events.subscribe(UnitSucceeded, service.move_drafts)
    seams.configure(seams.Consequences(service.walks_of, service.foresee_recount))
    outbox.register(START, begin)
    outbox.register(service.RECOUNT, recount)
    tasks.register(BatchAct.URGE, service.urge_item, service.foresee_urges)


def published(_session: Session, _event: VersionPublished) -> None:
    """Others may begin something from now on; the other processes hear of it within a minute."""
    beginning.forget()


def begin(session: Session, given: dict[str, Any]) -> None:
    """A start event's moment, or the message it waits for, has come."""
    calling.begin(session, now=utcnow(), given=given)


def recount(session: Session, given: dict[str, Any]) -> None:
    """The next batch of deadlines that a notice moves."""
    service.recount_batch(session, given["recount"], given["step"], utcnow())


def notice(_session: Session, payload: dict[str, Any]) -> None:
    """The notice stands on the ticket page; channels that leave the house come with notices."""
    log.info("ticket.notice", ticket=payload["ticket"], state=payload["state"])
