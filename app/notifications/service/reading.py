"""Reading what one was told. It is nobody else's business, so it leaves no event."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.notifications.models import Notification
from app.notifications.queries import access_notification


def mark_read(
    session: Session, *, actor: Actor, now: datetime, notification_id: int
) -> Notification:
    """Twice is fine: when it was read first stands. Raises: NotificationNotFound."""
    found = access_notification(session, notification_id, actor)
    if found.read_at is None:
        found.read_at = now
    return found


def mark_all_read(session: Session, *, actor: Actor, now: datetime, until: int) -> int:
    """What the page has shown: what came after `until` stays unread. Answers how many were not."""
    read = (
        update(Notification)
        .where(
            Notification.person_id == actor.person_id,
            Notification.is_shown,
            Notification.read_at.is_(None),
            Notification.id <= until,
        )
        .values(read_at=now)
        .execution_options(synchronize_session=False)
    )
    return session.connection().execute(read).rowcount
