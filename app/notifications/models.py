"""Acts nobody was told of yet, what people are told, what they chose, and what left the house."""

from datetime import datetime, time
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, enum_column
from app.notifications.types import DeliveryState


class Untold(Base):
    """An act on record of which nobody was told yet; written with the act, gone once it is told.

    It names the event by its place in its chain, which is known before anything is written.
    """

    __tablename__ = "untold"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    chain: Mapped[str] = mapped_column(Text)
    seq: Mapped[int]
    tries: Mapped[int] = mapped_column(default=0)
    again_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)


class Notification(Base):
    """One person is told of one thing. `key` makes it one, however often the telling is tried."""

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("person_id", "key"),
        Index("ix_notification_person", "person_id", "id", postgresql_where=text("is_shown")),
        Index(
            "ix_notification_unread",
            "person_id",
            "id",
            postgresql_where=text("is_shown AND read_at IS NULL"),
        ),
        Index("ix_notification_ticket", "ticket", postgresql_where=text("ticket IS NOT NULL")),
        Index("ix_notification_task", "task_id", postgresql_where=text("task_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    href: Mapped[str] = mapped_column(Text)
    ticket: Mapped[str | None] = mapped_column(Text)
    task_id: Mapped[int | None] = mapped_column(BigInteger)
    # False: its reader wants this kind by mail alone.
    is_shown: Mapped[bool] = mapped_column(default=True)
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class Channel(Base):
    """A chat of a unit that administrators opened; people may choose it. The address is sealed."""

    __tablename__ = "notification_channel"
    __table_args__ = (Index("ix_notification_channel_unit", "unit_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[str] = mapped_column(Text)
    url_sealed: Mapped[bytes]
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    rev: Mapped[int] = mapped_column(default=1)


class Preference(Base):
    """What somebody chose. No row: the usual. `choices`: kind → {page, mail, chat}."""

    __tablename__ = "notification_preference"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    address_sealed: Mapped[bytes | None]
    address_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    # Wrong codes since the address was written.
    tries: Mapped[int] = mapped_column(default=0)
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("notification_channel.id"))
    choices: Mapped[dict[str, Any]]
    digest_at: Mapped[time | None]
    quiet_from: Mapped[time | None]
    quiet_until: Mapped[time | None]
    rev: Mapped[int] = mapped_column(default=1)


class Delivery(Base):
    """One notification on its way out by one line (`mail`, `chat:7`).

    `message_id` stands before the first attempt and never changes, so that a reader who gets it
    twice sees it once. Those of a digest share one.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("notification_id", "line"),
        Index("ix_delivery_due", "due_at", "id", postgresql_where=text("state = 'waiting'")),
        Index(
            "ix_delivery_message",
            "message_id",
            postgresql_where=text("state = 'waiting' AND message_id IS NOT NULL"),
        ),
        Index("ix_delivery_created", "created_at", "id"),
        Index("ix_delivery_person", "person_id", "id"),
        Index("ix_delivery_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    notification_id: Mapped[int] = mapped_column(ForeignKey("notification.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    line: Mapped[str] = mapped_column(Text)
    is_digest: Mapped[bool] = mapped_column(default=False)
    state: Mapped[DeliveryState] = mapped_column(
        enum_column(DeliveryState), default=DeliveryState.WAITING
    )
    message_id: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
    retries: Mapped[int] = mapped_column(default=0)  # how often a person sent it on its way again
    error: Mapped[str | None] = mapped_column(Text)
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]

    def begin(self, message_id: str, lease: datetime, cut_off: str) -> None:
        """If nothing more is heard of the attempt, it was cut off and comes again after `lease`."""
        self.message_id, self.due_at, self.error = message_id, lease, cut_off
        self.attempts += 1

    def sent(self, now: datetime) -> None:
        self.state, self.done_at, self.error = DeliveryState.SENT, now, None

    def wait(self, why: str, until: datetime) -> None:
        self.error, self.due_at = why, until

    def fail(self, why: str, now: datetime) -> None:
        self.state, self.error, self.done_at = DeliveryState.FAILED, why, now

    def drop(self, why: str, now: datetime) -> None:
        self.state, self.error, self.done_at = DeliveryState.DROPPED, why, now

    def send_again(self, now: datetime) -> None:
        """All attempts anew, in a message of its own."""
        self.state, self.attempts, self.due_at = DeliveryState.WAITING, 0, now
        self.message_id, self.done_at = None, None
        self.retries += 1


class Line(Base):
    """A line that did not answer: one try at a time until it does. No row: all is well."""

    __tablename__ = "delivery_line"

    line: Mapped[str] = mapped_column(Text, primary_key=True)
    failures: Mapped[int]
    down_since: Mapped[datetime]
    again_at: Mapped[datetime]
    error: Mapped[str] = mapped_column(Text)
