"""Words of the room, and what can go wrong while something is repaired."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.outbox import Outbox, OutboxState
from app.processes.models import Incident
from app.processes.types import IncidentKind, IncidentState, Resolution

TOPICS: Mapping[str, str] = {
    "documents.batch": "批量打印的下一件",
    "documents.freeze": "生成正式件并盖章",
    "processes.delivery": "把信号或消息交给这件",
    "processes.start": "由定时或消息开始一件",
    "processes.thrown": "发出信号或消息",
    "tickets.notice": "通知办理结果",
}
KINDS: Mapping[IncidentKind, str] = {
    IncidentKind.ACT: "办理没有生效",
    IncidentKind.TIMER: "到时自动办理没有成功",
    IncidentKind.PEOPLE: "没有可以办理的人",
    IncidentKind.OUTBOX: "待发事项没有办成",
}
STATES: Mapping[IncidentState, str] = {
    IncidentState.OPEN: "等待处理",
    IncidentState.RESOLVED: "已经处理",
}
RESOLUTIONS: Mapping[Resolution, str] = {
    Resolution.RETRIED: "再试一次成功了",
    Resolution.HANDED_BACK: "已请办理人再办一次",
    Resolution.MOVED_ON: "办件已经走过这一步",
    Resolution.DISCARDED: "决定不再办理",
}
ROW_STATES: Mapping[OutboxState, str] = {
    OutboxState.WAITING: "等着办",
    OutboxState.HELD: "恢复后扣住",
    OutboxState.DEAD: "多次没有办成",
    OutboxState.DONE: "已经办好",
    OutboxState.DISCARDED: "不再办理",
}


@dataclass(frozen=True)
class IncidentRow:
    """One line of the list, with what it needs of the ticket."""

    incident: Incident
    number: str
    title: str
    unit_name: str

    @property
    def kind_label(self) -> str:
        return KINDS[self.incident.kind]

    @property
    def state_label(self) -> str:
        how = self.incident.resolution
        return RESOLUTIONS[how] if how else STATES[self.incident.state]


@dataclass(frozen=True)
class OutboxRow:
    row: Outbox
    unit_name: str

    @property
    def topic_label(self) -> str:
        return TOPICS.get(self.row.topic, self.row.topic)

    @property
    def state_label(self) -> str:
        return ROW_STATES[self.row.state]


@dataclass(frozen=True)
class Tally:
    """How many rows of a state there are, and since when the oldest waits."""

    state: OutboxState
    count: int
    oldest: datetime | None

    @property
    def label(self) -> str:
        return ROW_STATES[self.state]


@dataclass(frozen=True)
class FieldError:
    path: str
    code: str
    message: str


class IncidentNotFound(NotFound):
    code = "incident_not_found"
    message = "没有这条异常，或者它不在您的查看范围内。"


class RowNotFound(NotFound):
    code = "outbox_not_found"
    message = "没有这一项，或者它不在您的查看范围内。"


class MayNotRepair(Forbidden):
    code = "may_not_repair"
    message = "只有系统管理员能处理异常和待发事项。"


class AlreadyResolved(Conflict):
    code = "already_resolved"
    message = "这条异常已经处理好了，不用再试。"


class AlreadyTried(Conflict):
    code = "already_tried"
    message = "刚刚有人试过一次，情况已经变了。请看最新的原因，再决定要不要试。"


class RowMoved(Conflict):
    code = "outbox_moved"
    message = "这一项的状态已经变了，请看最新的状态再决定。"


class ReasonNeeded(Invalid):
    code = "reason"

    def __init__(self) -> None:
        words = "不再办理要写明理由，以后查得到为什么。最多 500 个字。"
        super().__init__([FieldError("reason", "required", words)])
