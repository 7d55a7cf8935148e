"""Reads: what somebody was told and chose, and for administrators what left the house."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.crypto import unseal
from app.core.days import midnight
from app.core.paging import Page, page_by_key
from app.identity.models import Person, Unit
from app.identity.queries import get_unit, ids_of, in_subtree, scope_path
from app.notifications import policy
from app.notifications.kinds import KINDS
from app.notifications.models import (
    Channel,
    Delivery,
    Line,
    Notification,
    Preference,
    Untold,
)
from app.notifications.types import (
    CHAT,
    MAIL,
    MOST_COUNTED,
    MOST_TRIES,
    ChannelNotFound,
    ChannelRow,
    DeliveryNotFound,
    DeliveryRow,
    DeliveryState,
    MayNotWatch,
    NotificationNotFound,
    Shown,
)
from app.tickets.models import Ticket

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


def count_untold(session: Session) -> int:
    """Acts of which nobody is told any more: each of all tries has failed."""
    given_up = select(func.count()).select_from(Untold).where(Untold.tries >= MOST_TRIES)
    return session.scalar(given_up) or 0


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


def preference_of(session: Session, person_id: int) -> Preference | None:
    return session.get(Preference, person_id)


def lock_preference(session: Session, actor: Actor) -> Preference:
    """One's own, locked; made where there is none, so that two first choices wait in line."""
    session.execute(
        insert(Preference)
        .values(person_id=actor.person_id, choices={}, tries=0, rev=1)
        .on_conflict_do_nothing()
    )
    return session.get_one(
        Preference, actor.person_id, with_for_update=True, populate_existing=True
    )


def address_of(preference: Preference | None) -> str:
    sealed = preference.address_sealed if preference else None
    return unseal(sealed).decode() if sealed else ""


def count_codes(session: Session, actor: Actor, kind: str, now: datetime) -> int:
    """How many of these somebody was told within a day."""
    told = select(func.count()).where(
        Notification.person_id == actor.person_id,
        Notification.kind == kind,
        Notification.at > now - timedelta(days=1),
    )
    return session.scalar(told) or 0


def list_channels(session: Session, actor: Actor) -> Sequence[Channel]:
    """Those open ones that people of one's unit may choose: of the unit, and of those above it."""
    codes = get_unit(session, actor.unit_id).path.strip("/").split("/")
    return session.scalars(
        select(Channel)
        .join(Unit, Unit.id == Channel.unit_id)
        .where(Unit.code.in_(codes), Channel.closed_at.is_(None))
        .order_by(Channel.name, Channel.id)
    ).all()


def list_kept_channels(session: Session, actor: Actor) -> list[ChannelRow]:
    """Those that an administrator looks after, open ones first. Raises: MayNotWatch."""
    _refuse(actor)
    rows = session.execute(
        select(Channel, Unit.name)
        .join(Unit, Unit.id == Channel.unit_id)
        .where(in_subtree(scope_path(session, actor)))
        .order_by(Channel.closed_at.is_not(None), Unit.path, Channel.id)
        .limit(MOST_COUNTED)
    )
    return [ChannelRow(one.id, one.name, unit, one.rev, one.closed_at) for one, unit in rows]


def access_channel(session: Session, channel_id: int, actor: Actor) -> Channel:
    """Locked. Raises: MayNotWatch, ChannelNotFound."""
    _refuse(actor)
    found = session.scalars(
        select(Channel)
        .join(Unit, Unit.id == Channel.unit_id)
        .where(Channel.id == channel_id, in_subtree(scope_path(session, actor)))
        .with_for_update(of=Channel)
    ).first()
    if found is None:
        raise ChannelNotFound
    return found


@dataclass(frozen=True)
class LogFilter:
    """What the log is narrowed by."""

    way: str = ""
    state: DeliveryState | None = None
    person: str = ""
    day: date | None = None


EVERYTHING = LogFilter()


def list_deliveries(
    session: Session,
    actor: Actor,
    asked: LogFilter = EVERYTHING,
    *,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[DeliveryRow]:
    """To people within reach, the newest first. Raises: MayNotWatch."""
    _refuse(actor)
    statement = (
        select(Delivery, Notification, Person.name, Unit.name, Channel.name, Delivery.id)
        .join(Notification, Notification.id == Delivery.notification_id)
        .join(Person, Person.id == Delivery.person_id)
        .join(Unit, Unit.id == Person.unit_id)
        .outerjoin(Channel, Delivery.line == func.concat(f"{CHAT}:", Channel.id))
        .where(in_subtree(scope_path(session, actor)), *_narrowed(session, asked))
        .where(_is_open(Notification.ticket))
    )
    page = page_by_key(session, statement, key=(Delivery.id,), cursor=cursor, limit=limit)
    return page.map(_logged)


def list_down(session: Session, actor: Actor) -> Sequence[Line]:
    """Lines that do not answer: the mail server concerns everybody who watches, a chat its keepers.

    Raises: MayNotWatch.
    """
    _refuse(actor)
    kept = [f"{CHAT}:{one.id}" for one in list_kept_channels(session, actor)]
    return session.scalars(select(Line).where(Line.line.in_([MAIL, *kept]))).all()


def access_delivery(session: Session, delivery_id: int, actor: Actor) -> Delivery:
    """Locked. Raises: MayNotWatch, DeliveryNotFound."""
    _refuse(actor)
    found = session.scalars(
        select(Delivery)
        .join(Person, Person.id == Delivery.person_id)
        .join(Unit, Unit.id == Person.unit_id)
        .join(Notification, Notification.id == Delivery.notification_id)
        .where(Delivery.id == delivery_id, in_subtree(scope_path(session, actor)))
        .where(_is_open(Notification.ticket))
        .with_for_update(of=Delivery)
    ).first()
    if found is None:
        raise DeliveryNotFound
    return found


def _is_open(number: Any) -> ColumnElement[bool]:
    """What was told of a confidential ticket is nobody else's to read (R14)."""
    secret = select(Ticket.number).where(Ticket.is_confidential)
    found: ColumnElement[bool] = number.is_(None) | number.not_in(secret)
    return found


def _narrowed(session: Session, asked: LogFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.way:
        found.append(
            Delivery.line == MAIL if asked.way == MAIL else Delivery.line.startswith(f"{CHAT}:")
        )
    if asked.state is not None:
        found.append(Delivery.state == asked.state)
    if asked.person:
        found.append(Delivery.person_id.in_(ids_of(session, asked.person)))
    if asked.day is not None:
        since = midnight(asked.day)
        found += [Delivery.created_at >= since, Delivery.created_at < since + timedelta(days=1)]
    return found


def _logged(row: tuple[Delivery, Notification, str, str, str | None, int]) -> DeliveryRow:
    one, told, person, unit, channel, _ = row
    return DeliveryRow(
        one.id,
        told.title,
        told.ticket,
        person,
        unit,
        "邮件" if one.line == MAIL else f"群聊：{channel or ''}",
        one.state,
        one.attempts,
        one.retries,
        one.error,
        one.created_at,
        one.due_at,
        one.done_at,
    )


def _refuse(actor: Actor) -> None:
    if not policy.can_watch(actor):
        raise MayNotWatch
