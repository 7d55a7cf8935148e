"""Words of the room, and what can go wrong while something is repaired."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.outbox import Outbox, OutboxState
from app.processes.models import Incident
from app.processes.types import IncidentKind, IncidentState, Resolution

TOPICS: Mapping[str, str] = {
    "administration.import": "批量导入的下一批人员",
    "documents.batch": "批量打印的下一件",
    "documents.freeze": "生成正式件并盖章",
    "managed.push": "推送到被管系统",
    "processes.delivery": "把信号或消息交给这件",
    "processes.start": "由定时或消息开始一件",
    "processes.thrown": "发出信号或消息",
    "repairs.migrate": "迁移的下一批办件",
    "tickets.notice": "通知办理结果",
}
KINDS: Mapping[IncidentKind, str] = {
    IncidentKind.ACT: "办理没有生效",
    IncidentKind.TIMER: "到时自动办理没有成功",
    IncidentKind.PEOPLE: "没有可以办理的人",
    IncidentKind.OUTBOX: "待发事项没有办成",
    IncidentKind.EVENT: "等来的信号或消息没有办成",
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
    Resolution.REPAIRED: "管理员已经移动或者改正",
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
class Narrowed:
    """What a list of incidents is narrowed to; `same` is one whose cause they share."""

    process: str = ""
    node: str = ""
    kind: IncidentKind | None = None
    same: int | None = None

    @property
    def given(self) -> dict[str, str]:
        """As an address says it, for the next page."""
        named = {"process": self.process, "node": self.node, "kind": self.kind, "same": self.same}
        return {name: str(value) for name, value in named.items() if value}


@dataclass(frozen=True)
class Place:
    """How many open incidents one node of a process has."""

    process: str
    process_title: str
    node: str
    title: str
    count: int


@dataclass(frozen=True)
class SameCause:
    """How many open incidents have this cause; `one` of them stands for all."""

    cause: str
    count: int
    one: int


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


class OwnTicket(Forbidden):
    code = "own_ticket"
    message = "这件是您发起或者经手的，要由另一位系统管理员来处理。"


class StaleRepair(Conflict):
    code = "stale_repair"
    message = "您打开这一页以后，这件已经有了变化，什么也没有改。请看最新的情况，再决定要不要做。"


class AlreadyThere(Conflict):
    code = "already_there"
    message = "这件本来就停在这一步，不用移动。"


class SameVersion(Conflict):
    code = "same_version"
    message = "这件已经按这一版办理。"


class VersionNotPublished(Conflict):
    code = "version_not_published"
    message = "这一版还没有发布，不能把办件换过去。"


class NotRehearsed(Conflict):
    code = "not_rehearsed"
    message = "要先试算一遍，看清楚会丢什么，再按试算的结果迁移。"


class MigrationRunning(Conflict):
    code = "migration_running"
    message = "这一版的办件正在迁移，等它做完再来。"


class NothingToMigrate(Conflict):
    code = "nothing_to_migrate"
    message = "没有要迁移的办件：这一版没有正在办的，或者试算没有一件能换。"


class MigrationNotFound(NotFound):
    code = "migration_not_found"
    message = "没有这次迁移，或者它不在您的查看范围内。"


class RepairRefused(Invalid):
    """Reason, names and values of a repair; each error names its field."""

    code = "repair"

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(list(errors))


@dataclass(frozen=True)
class Share:
    """Somebody's part at a node: what a repair cancels or opens."""

    node: str
    title: str
    who: str


@dataclass(frozen=True)
class Effect:
    """What a move does: parts that end, parts that begin, decisions that are void, the state then.

    `broken` says why an automatic step on the way would fail; nothing else is known then.
    """

    cancels: tuple[Share, ...] = ()
    opens: tuple[Share, ...] = ()
    voids: tuple[Share, ...] = ()
    state: str = ""
    broken: str = ""


@dataclass(frozen=True)
class Difference:
    """What another version means for a ticket: losses forbid it, notes are to be known."""

    losses: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """One variable before and after, as the trail keeps it; personal numbers are masked."""

    name: str
    old: str
    new: str


class MigrationState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


class MovedState(StrEnum):
    """One ticket of a migration; in a rehearsal `moved` means that it could."""

    WAITING = "waiting"
    MOVED = "moved"
    KEPT = "kept"
    SKIPPED = "skipped"


# By whether it was only tried out.
MOVED_STATES: Mapping[bool, Mapping[MovedState, str]] = {
    True: {
        MovedState.WAITING: "还没有轮到",
        MovedState.MOVED: "能换",
        MovedState.KEPT: "不能换",
        MovedState.SKIPPED: "不用换",
    },
    False: {
        MovedState.WAITING: "还没有轮到",
        MovedState.MOVED: "换好了",
        MovedState.KEPT: "没有换",
        MovedState.SKIPPED: "没有轮到就停了",
    },
}
MIGRATION_STATES: Mapping[MigrationState, str] = {
    MigrationState.RUNNING: "正在做",
    MigrationState.DONE: "做完了",
    MigrationState.STOPPED: "中途停下",
}


class NoSuchLeaver(NotFound):
    code = "not_found"
    message = "没有找到这个人，或者不在您的查看范围内。自己离岗，请由另一名系统管理员办理。"


class HandoverChanged(Conflict):
    """Something of what was read is different by now."""

    code = "handover_changed"
    message = "您看的时候，这个人的事有了变化，什么也没有移交。请看一下最新的清单再办。"
