"""Words of the sendings: what one is bound to, its states, those of its messages, its errors."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from app.core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany

SILENT_AFTER = timedelta(hours=72)  # without a receipt; then nobody waits for one any more
FEWEST_WORDS, MOST_REASON = 2, 500
DEFAULT_RATE = 100  # segments a second
LEDGER, COSTS = "sendings", "sending-costs"


class SendingState(StrEnum):
    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    DONE = "done"


STATES: Mapping[SendingState, str] = {
    SendingState.READY: "待发送",
    SendingState.RUNNING: "发送中",
    SendingState.PAUSED: "已暂停",
    SendingState.STOPPED: "已停止",
    SendingState.DONE: "已发完",
}
OPEN = frozenset({SendingState.READY, SendingState.RUNNING})


class DeliveryState(StrEnum):
    """Of one number, in the order it passes through them."""

    WAITING = "waiting"
    SUBMITTING = "submitting"  # committed before a byte leaves
    UNKNOWN = "unknown"  # it may have got to the gateway: never again by itself
    SUBMITTED = "submitted"
    DELIVERED = "delivered"
    FAILED = "failed"
    SILENT = "silent"
    REFUSED = "refused"
    UNSUBSCRIBED = "unsubscribed"
    BLACKLISTED = "blacklisted"
    WRONG_NUMBER = "wrong_number"
    TOO_OFTEN = "too_often"
    WITHDRAWN = "withdrawn"


DELIVERY_STATES: Mapping[DeliveryState, str] = {
    DeliveryState.WAITING: "待发送",
    DeliveryState.SUBMITTING: "排队",
    DeliveryState.UNKNOWN: "未知（网关没有说清）",
    DeliveryState.SUBMITTED: "已提交",
    DeliveryState.DELIVERED: "已送达",
    DeliveryState.FAILED: "未送达",
    DeliveryState.SILENT: "未知（没有回执）",
    DeliveryState.REFUSED: "网关不收",
    DeliveryState.UNSUBSCRIBED: "拦截-退订",
    DeliveryState.BLACKLISTED: "拦截-黑名单",
    DeliveryState.WRONG_NUMBER: "拦截-空号",
    DeliveryState.TOO_OFTEN: "拦截-频控",
    DeliveryState.WITHDRAWN: "已撤销",
}
# What a state alone does not tell who sends.
WHY: Mapping[DeliveryState, str] = {
    DeliveryState.TOO_OFTEN: "这个号码一分钟或 24 小时内收到的，已经到了“制度与参数”里的上限",
}
# Whose outcome is still to come: while there is one, its sending has not ended.
PENDING = frozenset({DeliveryState.WAITING, DeliveryState.SUBMITTING, DeliveryState.UNKNOWN})
# The gateway took them; what came of them a receipt says.
TAKEN = frozenset(
    {
        DeliveryState.SUBMITTED,
        DeliveryState.DELIVERED,
        DeliveryState.FAILED,
        DeliveryState.SILENT,
    }
)


@dataclass(frozen=True)
class Approved:
    """What was signed for. The digests are those of the text and of the frozen list."""

    template_id: int
    text_digest: bytes
    list_digest: bytes


@dataclass(frozen=True)
class Tally:
    """So many messages of a sending in one state, for one reason."""

    state: DeliveryState
    reason: str
    messages: int
    segments: int
    billed: int


@dataclass(frozen=True)
class Standing:
    """How far a sending is, in messages; `cost` in 元, to the cent."""

    tallies: tuple[Tally, ...]
    price: Decimal

    def count(self, *states: DeliveryState) -> int:
        return sum(one.messages for one in self.tallies if one.state in states)

    @property
    def total(self) -> int:
        return sum(one.messages for one in self.tallies)

    @property
    def billed(self) -> int:
        return sum(one.billed for one in self.tallies)


@dataclass(frozen=True)
class SendingEnded:
    """Nothing of it waits or is unsettled any more; its books are written."""

    sending_id: int
    ticket: str
    at: datetime


class SendingNotFound(NotFound):
    code = "sending_not_found"
    message = "没有这次发送，或者不在您的查看范围内。"


class NotYourSending(Forbidden):
    code = "not_your_sending"
    message = "暂停、继续和停止由发送单位的经办人、分管领导或市级审核人办理。"


class Voided(Conflict):
    """One character or number is another than what was approved."""

    code = "approval_voided"
    message = "文字或者名单和审批时不一样了，原来的审批作废。请重新申请。"


class SendingMoved(Conflict):
    code = "sending_moved"
    message = "这次发送的状态已经变了，请看最新的状态再办。"


class ReasonMissing(Invalid):
    code = "reason_needed"
    message = "请写明原因。"


class NotEndedYet(Conflict):
    code = "not_ended"
    message = "这次发送还没有结束，结束以后再取归档。"


class NothingUnknown(Conflict):
    code = "nothing_unknown"
    message = "没有状态未知的了，不用查询。"


class AskedJustNow(TooMany):
    code = "asked_just_now"
    message = "刚刚查询过，请半分钟以后再查。"


class TooManyPushes(TooMany):
    code = "too_many_pushes"
    message = "推送太频繁，请稍等一会儿再推；也可以合在一起，一次最多 500 条。"
