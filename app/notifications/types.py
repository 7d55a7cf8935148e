"""How people are told, how often it is tried, and what goes wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany

MOST_COUNTED = 100  # more of them are 99+
MOST_TRIES = 8
LONGEST_ADDRESS = 254
LONGEST_NAME = 20
LONGEST_URL = 500
MOST_TOGETHER = 50
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


class Sent(StrEnum):
    """What became of an attempt. DOWN: the line is to blame, not what goes over it."""

    DONE = "done"
    REFUSED = "refused"
    LATER = "later"
    DOWN = "down"


@dataclass(frozen=True)
class Result:
    sent: Sent
    why: str = ""


@dataclass(frozen=True)
class Parcel:
    """One message to one reader, with everything that goes out: `ids` are its deliveries."""

    line: str
    message_id: str
    to: str
    name: str
    title: str
    text: str
    at: datetime
    ids: tuple[int, ...]

    @property
    def is_many(self) -> bool:
        return len(self.ids) > 1


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
class DeliveryRow:
    """A line of the log: what went to whom by which way, and what became of it."""

    id: int
    title: str
    ticket: str | None
    person: str
    unit: str
    way: str
    state: DeliveryState
    attempts: int
    retries: int
    error: str | None
    created_at: datetime
    due_at: datetime
    done_at: datetime | None

    @property
    def state_label(self) -> str:
        return DELIVERY_LABELS[self.state]


@dataclass(frozen=True)
class ChannelRow:
    id: int
    name: str
    unit: str
    version: int
    closed_at: datetime | None


class NotificationNotFound(NotFound):
    code = "notification_not_found"
    message = "没有这条通知。"


class BadChoice(Invalid):
    code = "choice"
    message = "没有存，有几处要改。"


class StaleChoices(Conflict):
    code = "stale"
    message = "通知设置刚才在另一个窗口里改过。请看一下现在的，再改。"


class TooManyCodes(TooMany):
    code = "too_many_codes"
    message = "今天已经发了五封确认邮件，请明天再试，或者请系统管理员看邮件是不是发不出去。"


class WrongCode(Invalid):
    code = "code"
    message = "确认码不对，请照邮件里的六位数字填。"


class CodeOver(Conflict):
    code = "code_over"
    message = "这个确认码不能用了（过了一天，或者填错了五次）。请把邮箱再存一次，会发一封新的。"


class MayNotWatch(Forbidden):
    code = "not_yours"
    message = "发送记录和群聊由系统管理员管。"


class DeliveryNotFound(NotFound):
    code = "delivery_not_found"
    message = "没有这条发送记录，或者不在您的查看范围内。"


class DeliveryMoved(Conflict):
    code = "delivery_moved"
    message = "这一条已经有人重发了，或者不用重发。请刷新看现在的情况。"


class BadChannel(Invalid):
    code = "channel"
    message = "群聊没有存，有几处要改。"


class ChannelNotFound(NotFound):
    code = "channel_not_found"
    message = "没有这个群聊，或者不归您管。"


class ChannelClosed(Conflict):
    code = "channel_closed"
    message = "这个群聊已经停用了。"


class UnknownKind(Exception):
    """A fault of the program: what it tells of stands in no table."""


class UnknownPlace(Exception):
    """A fault of the program: a text with a placeholder that is not among those allowed."""
