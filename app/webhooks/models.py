"""Addresses that are told, what happened and is to be told, and each delivery."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    exists,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core import crypto
from app.core.db import Base, enum_column
from app.webhooks.types import (
    MOST_TRIES,
    OLD_SECRET,
    PAUSED_AFTER,
    PAUSES,
    PING,
    DeliveryState,
    EndpointState,
)

CUT_OFF = "推送的进程在中途断了，会再送一次；收的一方按 webhook-id 去掉重复的。"
LONGEST_SILENCE = timedelta(minutes=5)
SLOW_MS = 1000


class Secrets:
    """The secret that signs what is sent, and the one before it for a day; sealed both."""

    secret_sealed: Mapped[bytes]
    old_secret_sealed: Mapped[bytes | None]
    old_until: Mapped[datetime | None]

    def change_secret(self, secret: str, now: datetime) -> None:
        """Both sign for a day, so that the reader can change over."""
        self.old_secret_sealed, self.old_until = self.secret_sealed, now + OLD_SECRET
        self.secret_sealed = crypto.seal(secret)

    def secrets(self, now: datetime) -> list[str]:
        """Those that sign, the current one first."""
        found = [self.secret_sealed]
        if self.old_secret_sealed and self.old_until and now < self.old_until:
            found.append(self.old_secret_sealed)
        return [crypto.unseal(one).decode() for one in found]


class Endpoint(Secrets, Base):
    """One address of another system. `rev` counts what people changed, for pages that are old."""

    __tablename__ = "webhook_endpoint"
    __table_args__ = (
        UniqueConstraint("unit_id", "url"),
        Index("ix_webhook_endpoint_on", "id", postgresql_where=text("state = 'on'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    kinds: Mapped[list[str]] = mapped_column(JSONB)
    state: Mapped[EndpointState] = mapped_column(
        enum_column(EndpointState), default=EndpointState.ON
    )
    rev: Mapped[int] = mapped_column(default=1)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    # What the worker keeps about it.
    failing_since: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)  # without an answer, in a row
    is_slow: Mapped[bool] = mapped_column(default=False)
    tried_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    paused_why: Mapped[str | None] = mapped_column(Text)

    def switch_on(self) -> None:
        """From now on, with a clean slate."""
        self.state, self.failing_since, self.failures, self.is_slow = (
            EndpointState.ON,
            None,
            0,
            False,
        )
        self.next_at = self.paused_at = self.paused_why = None
        self.rev += 1

    def switch_off(self) -> None:
        self.state = EndpointState.OFF
        self.rev += 1

    def pause(self, why: str, now: datetime) -> None:
        self.state, self.paused_at, self.paused_why = EndpointState.PAUSED, now, why
        self.rev += 1

    def rotate(self, secret: str, now: datetime) -> None:
        self.change_secret(secret, now)
        self.rev += 1

    def heard(self, took_ms: int) -> None:
        self.failing_since, self.failures, self.next_at = None, 0, None
        self.is_slow = took_ms > SLOW_MS

    def failed(self, why: str, now: datetime, *, pause: timedelta | None, took_ms: int) -> None:
        """`pause`: it did not answer, or asks to be left alone for so long; no other delivery is
        tried in between. After days of nothing else it is left to a person.
        """
        self.is_slow = took_ms > SLOW_MS
        if self.failing_since is None or self.failing_since > now:
            self.failing_since = now
        if pause is not None:
            self.failures += 1
            grown = min(timedelta(seconds=5 * 2 ** min(self.failures - 1, 10)), LONGEST_SILENCE)
            self.next_at = now + max(grown, pause)
        if now - self.failing_since >= PAUSED_AFTER:
            self.pause(f"连着 {PAUSED_AFTER.days} 天一条也没有送到，最近一次：{why}", now)


class News(Base):
    """What one act left to be told: written only while somebody wants to hear (ADR 105).

    It goes when the worker has made deliveries of it.
    """

    __tablename__ = "webhook_news"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    at: Mapped[datetime]

    @staticmethod
    def written_if() -> ColumnElement[bool]:
        """Asked by the very statement that writes the act."""
        return exists().where(Endpoint.state == text("'on'"))


class Delivery(Base):
    """One message to one address, from its first attempt to its end; replayed, it begins anew.

    Message and body stay what they were: whoever had it already knows it by its id.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "message"),
        Index(
            "ix_webhook_delivery_due",
            *("endpoint_id", "next_at", "id"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_webhook_delivery_log", "endpoint_id", "id"),
        Index("ix_webhook_delivery_state", "endpoint_id", "state", "id"),
        Index("ix_webhook_delivery_done", "done_at", postgresql_where=text("done_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoint.id"))
    message: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    number: Mapped[str | None] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[DeliveryState] = mapped_column(
        enum_column(DeliveryState), default=DeliveryState.WAITING
    )
    tries: Mapped[int] = mapped_column(default=0)
    replays: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    next_at: Mapped[datetime]
    tried_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    status: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(Text)
    took_ms: Mapped[int | None]

    @property
    def is_ping(self) -> bool:
        return self.kind == PING

    @property
    def is_waiting(self) -> bool:
        return self.state is DeliveryState.WAITING

    def begin(self, now: datetime) -> None:
        """Count the attempt before it is made: one that ends its process costs an attempt too."""
        self.tries += 1
        self.tried_at, self.next_at = now, now + PAUSES[min(self.tries, MOST_TRIES) - 1]
        self.error, self.status = CUT_OFF, None

    def delivered(self, status: int, took_ms: int, now: datetime) -> None:
        self.state, self.done_at, self.error = DeliveryState.DELIVERED, now, None
        self.status, self.took_ms = status, took_ms

    def failed(self, why: str, status: int | None, took_ms: int, now: datetime) -> None:
        """Again later and later; a test is not tried again, somebody sits there and looks."""
        self.error, self.status, self.took_ms = why, status, took_ms
        if self.is_ping or self.tries >= MOST_TRIES:
            self.give_up(now)

    def give_up(self, now: datetime) -> None:
        self.state, self.done_at = DeliveryState.UNDELIVERED, now

    def replay(self, now: datetime) -> None:
        self.state, self.tries, self.next_at, self.done_at = DeliveryState.WAITING, 0, now, None
        self.tried_at = None
        self.replays += 1
