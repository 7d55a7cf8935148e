"""States, errors and news of tasks."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.errors import Conflict, Forbidden, NotFound

RETURN = "return"  # the outcome of a task that sent its ticket back


class TaskState(StrEnum):
    OPEN = "open"
    CLAIMED = "claimed"
    DONE = "done"
    CANCELLED = "cancelled"


TRANSITIONS: dict[TaskState, frozenset[TaskState]] = {
    TaskState.OPEN: frozenset({TaskState.CLAIMED, TaskState.DONE, TaskState.CANCELLED}),
    TaskState.CLAIMED: frozenset({TaskState.OPEN, TaskState.DONE, TaskState.CANCELLED}),
    TaskState.DONE: frozenset(),
    TaskState.CANCELLED: frozenset(),
}
ACTIVE = (TaskState.OPEN, TaskState.CLAIMED)


class VisitState(StrEnum):
    OPEN = "open"
    DECIDED = "decided"
    CANCELLED = "cancelled"


class Box(StrEnum):
    """What a person may list."""

    TODO = "todo"
    CLAIMABLE = "claimable"
    DONE = "done"
    COPIED = "copied"


@dataclass(frozen=True)
class Outcome:
    """An answer a node allows; `is_final` refuses the request and asks for a second thought."""

    value: str
    label: str

    @property
    def is_refusal(self) -> bool:
        return self.value in {"reject", "refuse"}


@dataclass(frozen=True)
class Wrong:
    """An error beside a field of the decision; the shape of forms.FieldError."""

    path: str
    code: str
    message: str


class TaskNotFound(NotFound):
    code = "task_not_found"
    message = "没有找到这件待办，或者它不归您看。"


class NotYourTask(Forbidden):
    code = "not_yours"
    message = "这一步不由您办理。"


class TaskAlreadyClaimed(Conflict):
    code = "already_claimed"
    message = "这件已经有人签收了。"


class TaskAlreadyDone(Conflict):
    code = "already_done"
    message = "这件已经不在办理中：有人办过了，或者申请人撤回了。"


class StalePage(Conflict):
    code = "stale"
    message = "您打开页面以后，这件有了变化。请看一下最新的情况再办，您写的还在。"


class NotReturnable(Conflict):
    code = "not_returnable"
    message = "这一步不能退回到那里。"


@dataclass(frozen=True)
class TaskCompleted:
    instance_id: int
    task_id: int
    outcome: str
