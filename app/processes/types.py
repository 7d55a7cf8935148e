"""States, errors and news of running processes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.core.errors import Conflict, ExternalFailure, Forbidden, Invalid, NotFound


class VersionState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class IncidentState(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"


class IncidentKind(StrEnum):
    """What broke, and so what trying again means."""

    ACT = "act"  # a person's act was undone; only that person can do it again
    TIMER = "timer"
    PEOPLE = "people"  # a node without anybody who may take it
    OUTBOX = "outbox"
    EVENT = "event"  # a signal or message that was kept; what followed from it was undone


class Resolution(StrEnum):
    RETRIED = "retried"
    HANDED_BACK = "handed_back"
    MOVED_ON = "moved_on"  # the ticket went past it, or ended
    DISCARDED = "discarded"
    REPAIRED = "repaired"  # an administrator moved the ticket, or went on by another version


class ProcessNotFound(NotFound):
    code = "process_not_found"
    message = "没有这项业务，或者它还没有发布。"


class DefinitionRefused(Invalid):
    """The bundle cannot be accepted; the errors name element, reason and remedy.

    `findings` are all the lint has to say, warnings too, as POST /processes/lint answers them.
    """

    code = "definition_refused"
    message = "流程定义有问题，改好再上传。"

    def __init__(self, errors: Sequence[Any], findings: Sequence[Mapping[str, str]] = ()) -> None:
        super().__init__(errors)
        self.facts = {"findings": list(findings)}


class MayNotUpload(Forbidden):
    code = "may_not_upload"
    message = "只有流程设计员能上传流程。"


class MayNotPublish(Forbidden):
    code = "may_not_publish"
    message = "只有流程发布员能发布流程。"


class SecondPersonNeeded(Forbidden):
    code = "second_person"
    message = "这个版本是您上传的，要由另一位流程发布员发布。"


class AlreadyPublished(Conflict):
    code = "already_published"
    message = "这一版已经发布了。"


class OtherInForce(Conflict):
    code = "other_in_force"
    message = "您打开页面以后，在用的版本换了。请看一下和现在在用的有什么不同，再发布。"


class AlreadyMoved(Conflict):
    """The visit is no longer open: somebody was faster, or the ticket was taken back."""

    code = "already_moved"
    message = "这一步已经不在办理中了，请看一下最新的状态。"


class Suspended(Conflict):
    code = "suspended"
    message = "这件由系统管理员挂起了，恢复以后才能接着办。办件页面上写着原因。"

    def __init__(self) -> None:
        super().__init__(current="suspended")


class NobodyWaits(Conflict):
    code = "nobody_waits"
    message = "没有办件在等这个信号或消息。"


class NoStarter(Conflict):
    """A ticket that begins by itself needs somebody whose it is."""

    code = "no_starter"
    message = (
        "由定时或消息开始的办件没有申请人：请在开始事件上写 starter=position:岗位@单位代码，"
        "并让这个岗位有人。"
    )


class NotMovable(Conflict):
    code = "not_movable"
    message = "这个办件不能移到所选的节点：节点不存在、不能停留，或在没有打开的调用里。"


class NotSigned(Conflict):
    """An operation that gives rights was reached by a way on which not everybody has signed."""

    code = "not_signed"

    def __init__(self, instance_id: int, node: str, title: str, missing: list[str]) -> None:
        self.instance_id, self.node = instance_id, node
        names = "、".join(f"“{name}”" for name in missing)
        super().__init__(
            f"“{title}”要等{names}对这一次提交作出决定才能生效，现在没有有效的决定，所以没有办。"
            "请系统管理员把这件移回那一步，或者退回申请人。",
            missing=missing,
        )


class WouldLose(Conflict):
    """`losses` name the nodes where something is open that the other version does not have."""

    code = "would_lose"
    message = "换到这个版本会丢掉正在办理的内容，所以没有换。"

    def __init__(self, losses: list[str]) -> None:
        super().__init__(f"{self.message}{'；'.join(losses)}。" if losses else None, losses=losses)


class StepFailed(ExternalFailure):
    """An operation or expression broke: nothing was changed, an incident will be opened."""

    code = "incident"
    message = "这一步没有办成：系统执行时出了异常，已经记为待处理的异常，您填的内容没有丢。"

    def __init__(self, instance_id: int, node: str, cause: str, detail: str) -> None:
        super().__init__(node=node)
        self.instance_id, self.node, self.cause, self.detail = instance_id, node, cause, detail


@dataclass(frozen=True)
class UnitRef:
    """The unit a ticket belongs to, as operations and checks need it."""

    id: int
    code: str
    name: str
    path: str
    division_id: int


@dataclass(frozen=True)
class VersionPublished:
    """A version came into force; its predecessor, if any, is retired."""

    version_id: int
    key: str
    number: int
    at: datetime


@dataclass(frozen=True)
class VisitOpened:
    """A token entered a user node, or waits at the start event for the form to be filled."""

    instance_id: int
    visit: str
    node: str
    round: int
    at: datetime


@dataclass(frozen=True)
class InstanceSubmitted:
    """第n次提交 was accepted; `visit` is the visit of the start form that it closed."""

    instance_id: int
    submission: int
    visit: str
    person_id: int
    at: datetime


@dataclass(frozen=True)
class VisitsCancelled:
    """These visits (keys) are over without an outcome."""

    instance_id: int
    visits: tuple[str, ...]
    at: datetime


@dataclass(frozen=True)
class InstanceReturned:
    """All tokens went back to `node`; whatever was open elsewhere is void."""

    instance_id: int
    node: str
    at: datetime


@dataclass(frozen=True)
class InstanceEnded:
    """`result` is the `result` property of the end event: closed (default), refused, cancelled."""

    instance_id: int
    result: str
    at: datetime


@dataclass(frozen=True)
class IncidentOpened:
    instance_id: int
    incident_id: int


@dataclass(frozen=True)
class InstanceMoved:
    """A step of a run that has open incidents: `nodes` are behind it now."""

    instance_id: int
    nodes: frozenset[str]
    is_over: bool
    at: datetime


@dataclass(frozen=True)
class OfferAgain:
    """Nobody could take `node`: look again who may. A subscriber that finds nobody raises."""

    instance_id: int
    node: str
    at: datetime
