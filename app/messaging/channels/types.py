"""What a channel does for whoever sends, whichever protocol it speaks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.core.errors import ExternalFailure


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


class Channel(Protocol):
    """HTTP now; CMPP and SMPP keep a connection and push receipts, and fit the same three.

    None of them raises for what the other side does, but `receipts` and `look_up`, which may be
    asked again.
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

    def receipts(self, after: str, now: datetime) -> tuple[list[Receipt], str]:
        """Those since a mark, and the next mark. Raises: GatewaySilent."""

    def look_up(self, keys: Sequence[str], now: datetime) -> Mapping[str, Submitted]:
        """What the gateway knows of keys whose outcome is unknown: accepted, refused, or unsent if
        it never saw them; a key it says nothing about is left out. Raises: GatewaySilent.
        """


class GatewaySilent(ExternalFailure):
    code = "gateway_silent"
    message = "短信网关没有应答，或者答得读不懂。"
