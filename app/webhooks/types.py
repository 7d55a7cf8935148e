"""Words of the room: what is told, states of addresses and deliveries, what is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.core.errors import Conflict, Forbidden, Invalid, NotFound

LONGEST_NAME = 60
LONGEST_URL = 500
MOST_ENDPOINTS = 50  # of one unit; each of them is looked at for each thing that happens
PING = "ping"
# After each attempt that failed: about two days until the tenth. The last only follows one that was
# cut off.
PAUSES = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
MOST_TRIES = len(PAUSES)
PAUSED_AFTER = timedelta(days=3)  # of nothing but failures
OLD_SECRET = timedelta(hours=24)
KEPT = timedelta(days=90)  # deliveries that are over


class Kind(StrEnum):
    """What may be told; the wording of the interface, never changed."""

    TICKET_OPENED = "ticket.opened"
    TICKET_RESUBMITTED = "ticket.resubmitted"
    TICKET_RETURNED = "ticket.returned"
    TICKET_CLOSED = "ticket.closed"
    TASK_OPENED = "task.opened"
    TASK_DECIDED = "task.decided"
    INCIDENT_OPENED = "incident.opened"


KIND_LABELS: Mapping[str, str] = {
    Kind.TICKET_OPENED: "提交了一件",
    Kind.TICKET_RESUBMITTED: "补正后再次提交",
    Kind.TICKET_RETURNED: "退回补正或撤回",
    Kind.TICKET_CLOSED: "一件办完（办结、不予办理、作废）",
    Kind.TASK_OPENED: "到了一个环节，等人办",
    Kind.TASK_DECIDED: "有人办了一个环节",
    Kind.INCIDENT_OPENED: "运行异常，要人处理",
    PING: "试发",
}


class EndpointState(StrEnum):
    ON = "on"
    OFF = "off"
    # Nothing but failures for days: somebody must look and switch it on again.
    PAUSED = "paused"


ENDPOINT_STATES: Mapping[EndpointState, str] = {
    EndpointState.ON: "启用",
    EndpointState.OFF: "停用",
    EndpointState.PAUSED: "自动暂停",
}


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


DELIVERY_STATES: Mapping[DeliveryState, str] = {
    DeliveryState.WAITING: "等着送",
    DeliveryState.DELIVERED: "已送达",
    DeliveryState.UNDELIVERED: "未送达",
}


@dataclass(frozen=True)
class Wanted:
    """What somebody asks for when an address is entered or changed."""

    name: str
    url: str
    kinds: Sequence[str]


@dataclass(frozen=True)
class Told:
    """One thing that happened, as it is told: no answers, no names."""

    id: str
    type: str
    at: datetime
    number: str | None
    process: str | None
    node: str | None
    state: str | None


class EndpointNotFound(NotFound):
    code = "webhook_not_found"
    message = "没有这个推送地址，或者不在您的查看范围内。"


class DeliveryNotFound(NotFound):
    code = "delivery_not_found"
    message = "没有这一次推送，或者已经过了保留期（办完后 90 天）。"


class NotYourEndpoint(Forbidden):
    code = "not_yours"
    message = "推送地址由管这个单位的系统管理员登记。"


class BadEndpoint(Invalid):
    code = "webhook"
    message = "推送地址没有保存，有几处要改。"


class EndpointTwice(Conflict):
    code = "webhook_twice"
    message = "这个单位已经登记过同一个地址，没有再登记。要改通知哪些事，请改那一个。"


class TooManyEndpoints(Conflict):
    code = "webhook_too_many"
    message = f"一个单位最多登记 {MOST_ENDPOINTS} 个推送地址，请先停用并改掉不用的。"


class StaleEndpoint(Conflict):
    code = "stale"
    message = "这个推送地址刚才有人改过。请看一下现在的情况，再决定怎么改。"


class NotSwitchedOn(Conflict):
    code = "webhook_off"
    message = "这个推送地址没有启用，什么也不送。请先启用它，再试发或重发。"


class AlreadyWaiting(Conflict):
    code = "already_waiting"
    message = "它正等着送，不用再点。过几秒钟刷新页面看结果。"
