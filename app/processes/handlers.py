"""What processes do with their rows of the outbox."""

from typing import Any

from sqlalchemy.orm import Session

from app.core import outbox
from app.core.clock import utcnow
from app.processes import awaiting
from app.processes.service import delivering


def join() -> None:
    outbox.register(awaiting.THROWN, carry)
    outbox.register(delivering.DELIVERY, hand_over)


def carry(session: Session, given: dict[str, Any]) -> None:
    delivering.carry(session, now=utcnow(), given=given)


def hand_over(session: Session, given: dict[str, Any]) -> None:
    delivering.hand_over(session, now=utcnow(), given=given)
