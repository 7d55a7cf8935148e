"""How people are told, how often it is tried, and what goes wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.core.errors import NotFound

MOST_COUNTED = 100  # more of them are 99+
MOST_TRIES = 8
LONGEST_ADDRESS = 254
LONGEST_NAME = 20
MAIL = "mail"
CHAT = "chat"


class Way(StrEnum):
    """How somebody hears of one kind of thing outside Banjian."""

    ONCE = "once"
    DIGEST = "digest"
    NEVER = "never"


WAY_LABELS: Mapping[Way, str] = {
    Way.ONCE: "马上发",
    Way.DIGEST: "汇总到每天一封",
    Way.NEVER: "不发",
}


class DeliveryState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    # Nobody is there any more to be told, or he wants it no longer.
    DROPPED = "dropped"


DELIVERY_LABELS: Mapping[DeliveryState, str] = {
    DeliveryState.WAITING: "等着发",
    DeliveryState.SENT: "已发出",
    DeliveryState.FAILED: "未送达",
    DeliveryState.DROPPED: "不再发",
}


@dataclass(frozen=True)
class Shown:
    """A notification as its reader sees it; `href` leads to what it is about."""

    id: int
    kind: str
    label: str
    title: str
    text: str
    ticket: str | None
    href: str
    at: datetime
    read_at: datetime | None


@dataclass(frozen=True)
class Fault:
    """One thing to mend; the shape of `forms.FieldError`."""

    path: str
    code: str
    message: str


class NotificationNotFound(NotFound):
    code = "notification_not_found"
    message = "没有这条通知。"


class UnknownKind(Exception):
    """A fault of the program: what it tells of stands in no table."""


class UnknownPlace(Exception):
    """A fault of the program: a text with a placeholder that is not among those allowed."""
