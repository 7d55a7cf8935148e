"""Words of the room: the catalogue as it is shown, states of pushes, what is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from app.core.errors import Conflict, Fault, Forbidden, Invalid, NotFound

TOPIC = "managed.push"  # of the outbox
SILENCE = timedelta(seconds=30)  # after no answer: other pushes do not knock meanwhile
ACTS: Mapping[str, str] = {
    "account.opened": "开户",
    "account.reopened": "恢复账户",
    "account.changed": "变更登记",
    "account.corrected": "更正姓名",
    "account.closed": "注销",
    "account.undone": "撤回开户",
    "account.suspended": "停用",
    "account.resumed": "解除停用",
    "grant.given": "授予岗位",
    "grant.revoked": "收回岗位",
}
# After these the system has to know who it is; of any other act the ID number is enough.
INTRODUCED = frozenset(
    {"account.opened", "account.reopened", "account.changed", "account.corrected"}
)


class PushState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    BY_HAND = "by_hand"


PUSH_STATES: Mapping[PushState, str] = {
    PushState.WAITING: "等着推送",
    PushState.DELIVERED: "已推送",
    PushState.FAILED: "没有送到",
    PushState.BY_HAND: "已人工办理",
}
OVER = frozenset({PushState.DELIVERED, PushState.BY_HAND})


class TemplateKind(StrEnum):
    SET = "set"
    CHANGE = "change"
    STOP = "stop"


TEMPLATE_KINDS: Mapping[TemplateKind, str] = {
    TemplateKind.SET: "设置",
    TemplateKind.CHANGE: "调整",
    TemplateKind.STOP: "停用",
}


@dataclass(frozen=True)
class Permission:
    """One thing that a post may do; `remark` bounds it."""

    permission: str
    remark: str


@dataclass(frozen=True)
class TemplateRow:
    """What a post may do from a day on, as one executed 岗位权限表 left it."""

    kind: TemplateKind
    permissions: tuple[Permission, ...]
    valid_from: date
    valid_to: date | None
    ticket: str
    at: datetime

    @property
    def kind_label(self) -> str:
        return TEMPLATE_KINDS[self.kind]


@dataclass(frozen=True)
class PostRow:
    """A post of a subsystem: how many hold it within reach, what it may do, what it might before.

    `now` is None where nobody has set it, where it was stopped or is not valid today.
    """

    post: str
    label: str
    count: int
    now: TemplateRow | None
    history: tuple[TemplateRow, ...]


@dataclass(frozen=True)
class SubsystemRow:
    subsystem: str
    label: str
    posts: tuple[PostRow, ...]


@dataclass(frozen=True)
class SystemRow:
    """A managed system; `is_pushed`: what is executed goes there by itself, else by hand."""

    key: str
    label: str
    subsystems: tuple[tuple[str, str], ...]
    is_pushed: bool


@dataclass(frozen=True)
class PushRow:
    """One act on its way, as lists show it. `error` is the latest answer, `retries` how often a
    person had it sent again, `outbox` the state of its work, `why` what was said of the hand.
    """

    id: int
    system: str
    act_label: str
    what: str  # the permission, in words
    account_id: int
    name: str
    ticket: str
    row_no: int
    state: PushState
    at: datetime
    over_at: datetime | None
    tries: int
    retries: int
    error: str
    by: str
    why: str
    is_stuck: bool

    @property
    def state_label(self) -> str:
        return PUSH_STATES[self.state]


@dataclass(frozen=True)
class Settings:
    """Where a system is pushed to; nothing of the secret but since when."""

    key: str
    label: str
    url: str
    is_on: bool
    has_secret: bool
    old_until: datetime | None
    version: int


class SystemNotFound(NotFound):
    code = "system_not_found"
    message = "没有这个系统。"


class PushNotFound(NotFound):
    code = "push_not_found"
    message = "没有这一条推送，或者不在您的查看范围内。"


class NotYourSystem(Forbidden):
    code = "not_yours"
    message = "推送地址由上级的系统管理员设置。"


class NotYourPush(Forbidden):
    code = "not_yours"
    message = "推送没有送到的，由系统管理员处理。"


class StaleSystem(Conflict):
    code = "stale"
    message = "推送设置刚才有人改过。请看一下现在的情况，再决定怎么改。"


class NothingToDo(Conflict):
    code = "push_moved"
    message = "这一条推送已经有人处理，或者系统正在推送。请刷新看现在的情况。"


class NoAddress(Conflict):
    code = "no_address"
    message = "还没有填推送地址，不能启用。请先填地址。"


class BadAddress(Invalid):
    code = "managed"
    message = "推送设置没有保存，有几处要改。"

    def __init__(self, errors: Sequence[Fault]) -> None:
        super().__init__(errors)
