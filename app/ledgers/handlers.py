"""News from below: a version describes its books, a ticket that was booked ends without effect."""

from sqlalchemy.orm import Session

from app.core import events
from app.ledgers import booking
from app.processes.types import InstanceEnded, VersionPublished


def on_published(session: Session, event: VersionPublished) -> None:
    booking.describe(session, version_id=event.version_id, now=event.at)


def on_ended(session: Session, event: InstanceEnded) -> None:
    if event.result != "closed":
        booking.undo(session, instance_id=event.instance_id, now=event.at)


def join() -> None:
    events.subscribe(VersionPublished, on_published)
    events.subscribe(InstanceEnded, on_ended)
