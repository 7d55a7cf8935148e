"""States, errors and news of tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from app.core.days import parse_day
from app.core.errors import Conflict, Forbidden, Invalid, Malformed, NotFound

RETURN = "return"  # the outcome of a task that sent its ticket back
HANDED = "transfer"  # the outcome of the row that stays with who handed his task on


class TaskState(StrEnum):
    WAITING = "waiting"  # its turn has not come: somebody else of the visit goes first
    OPEN = "open"
    CLAIMED = "claimed"
    DONE = "done"
    CANCELLED = "cancelled"


_S = TaskState
TRANSITIONS: dict[TaskState, frozenset[TaskState]] = {
    _S.WAITING: frozenset({_S.OPEN, _S.CLAIMED, _S.CANCELLED}),
    _S.OPEN: frozenset({_S.WAITING, _S.CLAIMED, _S.DONE, _S.CANCELLED}),
    _S.CLAIMED: frozenset({_S.WAITING, _S.OPEN, _S.DONE, _S.CANCELLED}),
    _S.DONE: frozenset(),
    _S.CANCELLED: frozenset(),
}
ACTIVE = (TaskState.OPEN, TaskState.CLAIMED)  # somebody can act
UNFINISHED = (TaskState.WAITING, *ACTIVE)


class TaskKind(StrEnum):
    """How somebody came to have a share of a visit."""

    MAIN = "main"  # the diagram names him
    PARALLEL = "parallel"  # 加签: decides beside the others
    AFTER = "after"  # 后加签: decides once who added him has
    BEFORE = "before"  # 前加签: says what he thinks first, and it comes back
    DELEGATE = "delegate"  # 委派: prepares it, and it comes back
    HANDED = "handed"  # 转办: what stays with the giver, to be read


DECIDING = (TaskKind.MAIN, TaskKind.PARALLEL, TaskKind.AFTER)  # whose outcomes count
ADVISING = (TaskKind.BEFORE, TaskKind.DELEGATE)  # whose holder waits for them


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


class Due(StrEnum):
    """How a deadline lies to the day: over, by the next working day, later, none."""

    LATE = "late"
    SOON = "soon"
    LATER = "later"
    NEVER = "never"


DUE_LABELS = {
    Due.LATE: "已超期",
    Due.SOON: "快到期",
    Due.LATER: "以后到期",
    Due.NEVER: "没有时限",
}


class Standing(StrEnum):
    """How a task stands, as lists are narrowed to it."""

    OPEN = "open"
    CLAIMED = "claimed"
    SUSPENDED = "suspended"
    RUNNING = "running"
    ENDED = "ended"
    RETURNED = "returned"
    VOID = "void"


STANDING_LABELS = {
    Standing.OPEN: "没有签收",
    Standing.CLAIMED: "已签收",
    Standing.SUSPENDED: "挂起",
    Standing.RUNNING: "还在办理",
    Standing.ENDED: "已经办完",
    Standing.RETURNED: "我退回的",
    Standing.VOID: "已作废",
}
STANDINGS = {
    Box.TODO: (Standing.OPEN, Standing.CLAIMED, Standing.SUSPENDED),
    Box.CLAIMABLE: (Standing.SUSPENDED,),
    Box.DONE: (Standing.RUNNING, Standing.ENDED, Standing.RETURNED, Standing.VOID),
    Box.COPIED: (Standing.RUNNING, Standing.ENDED),
}
LONGEST_WORDS = 100


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to. Days are the office's, of arrival or of doing, both included."""

    process: str = ""
    since: date | None = None
    until: date | None = None
    due: Due | None = None
    state: Standing | None = None
    person: str = ""
    unit: str = ""
    # What `due` means at a moment.
    due_since: datetime | None = None
    due_until: datetime | None = None

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> "Filters":
        """Raises: Malformed."""
        try:
            due = Due(given["due"]) if given.get("due") else None
            state = Standing(given["state"]) if given.get("state") else None
        except ValueError as error:
            raise Malformed("没有这样的筛选。") from error
        return cls(
            given.get("process", "").strip(),
            parse_day(given.get("from", "")),
            parse_day(given.get("to", "")),
            due,
            state,
            given.get("person", "").strip()[:LONGEST_WORDS],
            given.get("unit", "").strip()[:LONGEST_WORDS],
        )

    @property
    def given(self) -> dict[str, str]:
        """As an address says it, for the next page."""
        named = {
            "process": self.process,
            "person": self.person,
            "unit": self.unit,
            "state": self.state,
            "due": self.due,
            "from": self.since,
            "to": self.until,
        }
        return {name: str(value) for name, value in named.items() if value}


EVERYTHING = Filters()
MOST_COUNTED = 100  # shown as 99+


@dataclass(frozen=True)
class Tally:
    """How many wait for somebody; more than `MOST_COUNTED` are not counted."""

    todo: int
    claimable: int
    late: int
    soon: int
    copied: int


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


class FormOutdated(Conflict):
    """What was right as the form was sent is so no more; `problems` name the rows."""

    code = "form_outdated"

    def __init__(self, problems: Sequence[str]) -> None:
        said = "；".join(one.rstrip("。") for one in problems)
        super().__init__(
            f"申请表填报以后情况变了：{said}。现在不能同意，请退回申请人修改。",
            problems=list(problems),
        )


class NotStandingIn(Conflict):
    """Whoever acted for somebody does so no longer; the task is with another one."""

    code = "not_standing_in"
    message = "您已经不再代办这一件，它也已经办完了。您写的没有提交。"


class TaskAlreadyDone(Conflict):
    code = "already_done"
    message = "这件已经不在办理中：有人办过了，或者申请人撤回了。"


class TaskLapsed(Conflict):
    code = "lapsed"
    message = "这一步过了时限没有办，系统已经按逾期往下走，不能再办。"


class StalePage(Conflict):
    code = "stale"
    message = "您打开页面以后，这件有了变化。请看一下最新的情况再办，您写的还在。"


class NotYourTurn(Conflict):
    code = "not_your_turn"
    message = "还没有轮到您：要等前面的人先办，办完就到您这里。"


class NotOffered(Conflict):
    """The diagram does not offer this button here, or this share has no right to it."""

    code = "not_offered"
    message = "这一步不能这样办。"


class NoSuchSigner(Conflict):
    code = "no_such_signer"
    message = "这个人不在您加签或委派的人里，或者已经办过了，不能减去。"


class NotReturnable(Conflict):
    code = "not_returnable"
    message = "这一步不能退回到那里。"


class UndoesOther(Conflict):
    code = "undoes_other"
    message = "退回要撤销的和您看到的不一样，请再看一遍，确认了再退回。"


class NotWithdrawable(Conflict):
    """`message` says which of the reasons it is."""

    code = "not_withdrawable"
    message = "这一步的办理现在不能撤回。"


@dataclass(frozen=True)
class TaskCompleted:
    instance_id: int
    task_id: int
    outcome: str


# ── many at once ──


class BatchAct(StrEnum):
    """What is done to every task of a batch."""

    CLAIM = "claim"
    AGREE = "agree"
    TRANSFER = "transfer"
    URGE = "urge"  # of tickets, not of tasks: the room above says how


class ItemState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    SKIPPED = "skipped"


ACT_LABELS = {
    BatchAct.CLAIM: "批量签收",
    BatchAct.AGREE: "批量同意",
    BatchAct.TRANSFER: "批量转办",
    BatchAct.URGE: "批量催办",
}
RETRIABLE = (ItemState.REFUSED, ItemState.SKIPPED)
MOST_ITEMS = 500


@dataclass(frozen=True)
class Seen:
    """A task, and the version that the page showed; of 催办 a run, without one."""

    task_id: int
    version: int | None


@dataclass(frozen=True)
class Foreseen:
    """What an act would do with a task; where it cannot be done at once with others, `why`."""

    task_id: int
    version: int
    number: str = ""
    title: str = ""
    node_title: str = ""
    unit_name: str = ""
    requester_name: str = ""
    outcome: str = ""
    label: str = ""
    signs: bool = False
    why: str = ""

    @property
    def is_possible(self) -> bool:
        return not self.why


class BatchNotFound(NotFound):
    code = "batch_not_found"
    message = "没有这一批办理，或者不是您的，或者早已清理。"


class NothingChosen(Invalid):
    code = "nothing_chosen"
    message = "还没有选办件。请回到列表，勾选以后再办。"


class TooManyChosen(Invalid):
    code = "too_many_chosen"
    message = f"一批最多办 {MOST_ITEMS} 件，请分几批办。"


class BatchesRunning(Conflict):
    code = "batches_running"
    message = "您还有几批没有办完。请等它们办完，或者停下其中一批再试。"
