"""Reads: what somebody was told, how much of it he has not read."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.paging import Page, page_by_key
from app.notifications.kinds import KINDS
from app.notifications.models import Notification
from app.notifications.types import MOST_COUNTED, NotificationNotFound, Shown

PAGE = 50


def list_notifications(
    session: Session,
    actor: Actor,
    *,
    unread: bool = False,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[Shown]:
    """One's own, the newest first."""
    statement = select(Notification, Notification.id).where(*_own(actor.person_id))
    if unread:
        statement = statement.where(Notification.read_at.is_(None))
    page = page_by_key(session, statement, key=(Notification.id,), cursor=cursor, limit=limit)
    return page.map(lambda row: shown(row[0]))


def count_unread(session: Session, person_id: int) -> int:
    """As far as anybody wants to know: not one by one through ten thousand."""
    few = _unread(person_id).limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(few)) or 0


def access_notification(session: Session, notification_id: int, actor: Actor) -> Notification:
    """One's own, locked. Raises: NotificationNotFound."""
    found = session.scalars(
        select(Notification)
        .where(Notification.id == notification_id, *_own(actor.person_id))
        .with_for_update()
    ).first()
    if found is None:
        raise NotificationNotFound
    return found


def told_of_tasks(session: Session, tasks: Sequence[int]) -> set[tuple[int, int]]:
    """Who has been told of which of these tasks: (task, person)."""
    rows = session.execute(
        select(Notification.task_id, Notification.person_id).where(Notification.task_id.in_(tasks))
    )
    return {(task, person) for task, person in rows if task is not None}


def shown(row: Notification) -> Shown:
    kind = KINDS.get(row.kind)
    return Shown(
        row.id,
        row.kind,
        kind.label if kind else "",
        row.title,
        row.text,
        row.ticket,
        row.href,
        row.at,
        row.read_at,
    )


def _unread(person_id: int) -> Select[int]:
    return select(Notification.id).where(*_own(person_id), Notification.read_at.is_(None))


def _own(person_id: int) -> tuple[ColumnElement[bool], ...]:
    return Notification.person_id == person_id, Notification.is_shown.is_(True)
