"""Sendings, one row for each number of one, receipts part by part, and what is known of gateways.

A delivery's row is there before the first byte leaves and never goes: (sending, n) and the number
are unique in it, so no number can be written to twice.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Numeric, SmallInteger, Text, text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from app.config import SmsGateway
from app.core.db import Base, enum_column
from app.messaging.text.types import Text as Filed
from app.messaging.types import Operator, operator_of
from app.sendings.types import OPEN, DeliveryState, SendingMoved, SendingState

MOVES = {
    SendingState.READY: {
        SendingState.RUNNING,
        SendingState.PAUSED,
        SendingState.STOPPED,
        SendingState.DONE,
    },
    SendingState.RUNNING: {SendingState.PAUSED, SendingState.STOPPED, SendingState.DONE},
    SendingState.PAUSED: {
        SendingState.READY,
        SendingState.RUNNING,
        SendingState.STOPPED,
        SendingState.DONE,
    },
}


class Sending(Base):
    """An approved message to a frozen list. Its lock is the lock of all that is counted for it."""

    __tablename__ = "sending"
    __table_args__ = (
        Index("ix_sending_open", "not_before", "id", postgresql_where=text("ended_at IS NULL")),
        Index("ix_sending_unit", "unit_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), unique=True)
    ticket: Mapped[str] = mapped_column(Text)
    list_id: Mapped[int] = mapped_column(ForeignKey("recipient_list.id"), unique=True)
    template_id: Mapped[int] = mapped_column(ForeignKey("message_template.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))  # asked for it, and pays
    # Begins each message's key at the gateway. Not the id: after a restored backup that one may be
    # given a second time, and a gateway answers a key it knows without sending.
    token: Mapped[str] = mapped_column(Text, unique=True)
    bound: Mapped[bytes]  # see binding
    gateway: Mapped[str] = mapped_column(Text)  # empty: none was set yet
    price: Mapped[Decimal] = mapped_column(Numeric(10, 5))  # 元, of one segment
    rate: Mapped[int]  # segments a second
    # By operator (`word_of`) what its numbers get: {"mobile": {"template", "signature", "body"}}.
    texts_kept: Mapped[dict[str, Any]] = mapped_column("texts")
    text_digest: Mapped[bytes]
    list_digest: Mapped[bytes]
    total: Mapped[int]  # numbers
    segments: Mapped[int]
    state: Mapped[SendingState] = mapped_column(enum_column(SendingState))
    not_before: Mapped[datetime]
    quiet_until: Mapped[datetime | None]  # the gateway took nothing; it is left alone until then
    reason: Mapped[str] = mapped_column(Text, server_default="")
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime]
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]  # when something last went to the gateway
    ended_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]  # when a person last wanted the gateway asked
    asked_note: Mapped[str] = mapped_column(Text, server_default="")  # what came of it
    rev: Mapped[int] = mapped_column(default=1)

    @property
    def texts(self) -> dict[Operator | None, Filed]:
        """As they were approved. None: for numbers whose operator nobody knows."""
        kept = self.texts_kept.items()
        return {operator_of(key): Filed(one["signature"], one["body"]) for key, one in kept}

    @property
    def signatures(self) -> str:
        """Those that stand before its texts; mostly one."""
        return "、".join(dict.fromkeys(one.signature for one in self.texts.values()))

    def key(self, n: int) -> str:
        """One for each number of the list, for ever."""
        return f"{self.token}-{n}"

    def move(self, state: SendingState, now: datetime) -> None:
        """Raises: SendingMoved."""
        if self.ended_at is not None or state not in MOVES.get(self.state, ()):
            raise SendingMoved(current=self.state.value)
        self.state, self.changed_at = state, now
        self.rev += 1

    def pause_for(self, reason: str, now: datetime) -> None:
        """The system itself sees that a person must look first. Raises: SendingMoved."""
        self.move(SendingState.PAUSED, now)
        self.reason, self.changed_by_id = reason, None

    def take_gateway(self, found: SmsGateway | None) -> None:
        """With what it costs there, from now on."""
        if found is not None:
            self.gateway, self.price, self.rate = found.name, found.price, found.rate

    def begin(self, now: datetime) -> None:
        self.started_at = now
        self.move(SendingState.RUNNING, now)

    @property
    def is_steerable(self) -> bool:
        return self.ended_at is None and self.state is not SendingState.STOPPED

    @property
    def is_open(self) -> bool:
        return self.state in OPEN and self.ended_at is None


class Delivery(Base):
    """One number of a sending. Its phone stands in the frozen list, under the same n."""

    __tablename__ = "sending_delivery"
    __table_args__ = (
        Unique("sending_id", "phone_ref"),
        # What is to be taken next, what hangs, and pages of one state.
        Index("ix_sending_delivery_state", "sending_id", "state", "n"),
        # Without a receipt so far, the oldest first.
        Index(
            "ix_sending_delivery_silent",
            "submitted_at",
            postgresql_where=text("state = 'submitted'"),
        ),
        Index("ix_sending_delivery_gateway_id", "gateway_id"),
        # Which message somebody answers: the last one to his number.
        Index("ix_sending_delivery_phone", "phone_ref", "sending_id"),
    )

    sending_id: Mapped[int] = mapped_column(ForeignKey("sending.id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    phone_ref: Mapped[bytes]
    bound: Mapped[bytes]  # see binding
    state: Mapped[DeliveryState] = mapped_column(
        enum_column(DeliveryState), server_default=DeliveryState.WAITING.value
    )
    reason: Mapped[str] = mapped_column(Text, server_default="")  # a channels.Reason, or nothing
    segments: Mapped[int] = mapped_column(SmallInteger)
    billed: Mapped[int] = mapped_column(SmallInteger, server_default="0")  # segments
    batch: Mapped[str | None] = mapped_column(Text)
    gateway_id: Mapped[str | None] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text, server_default="")  # the gateway's or operator's word
    why: Mapped[str] = mapped_column(Text, server_default="")
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    submitted_at: Mapped[datetime | None]
    looked_at: Mapped[datetime | None]  # when the gateway was last asked what became of it
    settled_at: Mapped[datetime | None]


class SendingTally(Base):
    """How many messages of a sending are in a state, kept in the act that moves them."""

    __tablename__ = "sending_tally"

    sending_id: Mapped[int] = mapped_column(ForeignKey("sending.id"), primary_key=True)
    state: Mapped[DeliveryState] = mapped_column(enum_column(DeliveryState), primary_key=True)
    reason: Mapped[str] = mapped_column(Text, primary_key=True)
    messages: Mapped[int]
    segments: Mapped[int]
    billed: Mapped[int]


class PartReceipt(Base):
    """The last word on one part. It may come before its message's number at the gateway is booked,
    so it hangs on that number.
    """

    __tablename__ = "sending_receipt"
    __table_args__ = (
        Index("ix_sending_receipt_unmatched", "got_at", postgresql_where=text("NOT is_matched")),
    )

    gateway: Mapped[str] = mapped_column(Text, primary_key=True)
    gateway_id: Mapped[str] = mapped_column(Text, primary_key=True)
    part: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    parts: Mapped[int] = mapped_column(SmallInteger)
    status: Mapped[str] = mapped_column(Text)
    rank: Mapped[int] = mapped_column(SmallInteger)  # a higher one replaces a lower one
    at: Mapped[datetime]
    got_at: Mapped[datetime]
    is_matched: Mapped[bool] = mapped_column(server_default=text("false"))


class GatewayMark(Base):
    """Where the receipts of a gateway were read up to, and until when its rate is used up."""

    __tablename__ = "sending_gateway"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    mark: Mapped[str] = mapped_column(Text, server_default="")
    used_until: Mapped[datetime]


class SendingReply(Base):
    """What somebody answered, kept once; of the last message to his number, if there was one."""

    __tablename__ = "sending_reply"
    __table_args__ = (
        Unique("gateway", "gateway_id"),
        Index("ix_sending_reply_sending", "sending_id", "id"),
        Index("ix_sending_reply_unit", "unit_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    gateway: Mapped[str] = mapped_column(Text)
    gateway_id: Mapped[str] = mapped_column(Text)
    phone: Mapped[bytes]
    text_sealed: Mapped[bytes]  # people write their names and numbers
    is_refusal: Mapped[bool]
    sending_id: Mapped[int | None] = mapped_column(ForeignKey("sending.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))  # that sent it
    at: Mapped[datetime]
    got_at: Mapped[datetime]


class GatewayPush(Base):
    """How often a gateway came by itself since a moment: one that runs wild waits."""

    __tablename__ = "sending_push"

    gateway: Mapped[str] = mapped_column(Text, primary_key=True)
    since: Mapped[datetime]
    count: Mapped[int]
