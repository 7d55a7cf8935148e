"""What a channel does for whoever sends, whichever protocol it speaks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.core.errors import ExternalFailure, Malformed, Unauthenticated


class Outcome(StrEnum):
    """What became of handing over one message."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNSENT = "unsent"  # it never got there, and may be handed over again
    UNKNOWN = "unknown"  # it may have got there: never again by itself


OUTCOMES: Mapping[Outcome, str] = {
    Outcome.ACCEPTED: "已提交",
    Outcome.REFUSED: "网关不收",
    Outcome.UNSENT: "没有提交",
    Outcome.UNKNOWN: "未知",
}


@dataclass(frozen=True)
class Message:
    """`key` is one for each recipient of a sending, for ever; `to` the whole number."""

    key: str
    to: str
    text: str


@dataclass(frozen=True)
class Submitted:
    """`gateway_id` of an accepted one; `code` and `why` of any other."""

    key: str
    outcome: Outcome
    gateway_id: str = ""
    code: str = ""
    why: str = ""


@dataclass(frozen=True)
class Receipt:
    """What became of one part on its way to the phone, in the operator's own word."""

    gateway_id: str
    part: int
    parts: int
    status: str
    at: datetime


@dataclass(frozen=True)
class Reply:
    """What somebody answered to a message. `id` is the gateway's, one for each answer."""

    id: str
    phone: str  # eleven digits
    text: str
    at: datetime


@dataclass(frozen=True)
class News:
    """What a gateway tells by itself, pushed or pulled. `following`: the mark to read on from.

    `unreadable`: where in what was told something stands that nobody can read, as `receipts.3`.
    """

    receipts: tuple[Receipt, ...] = ()
    replies: tuple[Reply, ...] = ()
    following: str = ""
    unreadable: tuple[str, ...] = ()


class Channel(Protocol):
    """HTTP now; CMPP and SMPP keep a connection and push news over it, and fit the same.

    None of them raises for what the other side does, but `news` and `look_up`, which may be
    asked again, and `hear`, which answers the other side.
    """

    @property
    def name(self) -> str:
        """As in the setting."""

    @property
    def most(self) -> int:
        """Messages in one submission."""

    def submit(
        self, batch: str, messages: Sequence[Message], now: datetime
    ) -> Mapping[str, Submitted]:
        """An answer for each key. Called once for a key, unless its outcome was UNSENT."""

    def news(self, after: str, now: datetime) -> News:
        """Receipts and replies since a mark. Raises: GatewaySilent."""

    def hear(self, headers: Mapping[str, str], body: bytes, now: datetime) -> News:
        """The same, as the gateway brought it; names of headers in small letters.

        Raises: NotSigned, Misspoken.
        """

    def look_up(self, keys: Sequence[str], now: datetime) -> Mapping[str, Submitted]:
        """What the gateway knows of keys whose outcome is unknown: accepted, refused, or unsent if
        it never saw them; a key it says nothing about is left out. Raises: GatewaySilent.
        """


class GatewaySilent(ExternalFailure):
    code = "gateway_silent"
    message = "短信网关没有应答，或者答得读不懂。"


class NotSigned(Unauthenticated):
    """Also of a gateway that is not set: nobody learns which there are."""

    code = "not_signed"
    message = "签名不对，或者时间差了五分钟以上。请核对网关的名称、密钥和时钟。"


class Misspoken(Malformed):
    code = "misspoken"
    message = "内容不符合约定：要是 JSON 对象，receipts、replies 是数组，合计不超过 500 条。"
