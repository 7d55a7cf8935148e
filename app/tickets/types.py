"""States of a ticket and the rows and views that screens and REST show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from app.core.days import parse_day
from app.core.errors import Conflict, Fault, Forbidden, Invalid, Malformed, NotFound, TooMany
from app.identity.types import PersonRef
from app.outages.types import Paper
from app.tasks.types import LONGEST_WORDS, Due


class TicketState(StrEnum):
    DRAFT = "draft"
    RUNNING = "running"
    RETURNED = "returned"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    ARCHIVED = "archived"


LABELS = {
    TicketState.DRAFT: "草稿",
    TicketState.RUNNING: "办理中",
    TicketState.RETURNED: "退回补正",
    TicketState.SUSPENDED: "挂起",
    TicketState.WITHDRAWN: "已撤回",
    TicketState.REFUSED: "不予办理",
    TicketState.CANCELLED: "已作废",
    TicketState.CLOSED: "办结",
    TicketState.ARCHIVED: "已归档",
}
_S = TicketState
TRANSITIONS: dict[TicketState, frozenset[TicketState]] = {
    _S.DRAFT: frozenset({_S.RUNNING, _S.CANCELLED, _S.CLOSED, _S.REFUSED}),
    _S.RUNNING: frozenset(
        {_S.RETURNED, _S.WITHDRAWN, _S.SUSPENDED, _S.REFUSED, _S.CANCELLED, _S.CLOSED}
    ),
    _S.RETURNED: frozenset({_S.RUNNING, _S.SUSPENDED, _S.REFUSED, _S.CANCELLED, _S.CLOSED}),
    _S.WITHDRAWN: frozenset({_S.RUNNING, _S.CANCELLED}),
    _S.SUSPENDED: frozenset({_S.RUNNING, _S.RETURNED, _S.REFUSED, _S.CANCELLED, _S.CLOSED}),
    _S.REFUSED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.CLOSED: frozenset({_S.ARCHIVED}),
    _S.ARCHIVED: frozenset(),
}
MAX_COMMENT = 1000
MAX_NOTE = 500
MAX_TOLD = 50  # people at once
MAX_LINKS = 20
MOST_SUGGESTED = 5
COMMENT_STANDS_AFTER = timedelta(minutes=2)
COMMENTS_CLOSE_AFTER = timedelta(days=30)
AT_REQUESTER = (TicketState.DRAFT, TicketState.RETURNED, TicketState.WITHDRAWN)


@dataclass(frozen=True)
class DraftPage:
    """Which open page writes a draft: its key, the stamp it was opened on, how often it wrote."""

    key: str
    base: str
    turn: int

    @property
    def stamp(self) -> str:
        return f"{self.key}:{self.turn}"


class LinkKind(StrEnum):
    """What the other ticket is to the one it was linked on."""

    PREVIOUS = "previous"
    SUPPLEMENT = "supplement"
    RELATED = "related"
    SPLIT = "split"  # made by the system alone: the forms that one typed form became


# As the ticket calls the other one on which the link was made, and the other way round.
LINK_LABELS = {
    LinkKind.PREVIOUS: ("前一件", "后一件"),
    LinkKind.SUPPLEMENT: ("补充件", "所补充的件"),
    LinkKind.RELATED: ("相关件", "相关件"),
    LinkKind.SPLIT: ("同时分出的表", "同时分出的表"),
}
CHOSEN_KINDS = (LinkKind.PREVIOUS, LinkKind.SUPPLEMENT, LinkKind.RELATED)


class TicketBox(StrEnum):
    MINE = "mine"
    UNIT = "unit"
    ALL = "all"


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to. Days are the office's, of the last change, both included."""

    state: TicketState | None = None
    process: str = ""
    since: date | None = None
    until: date | None = None
    due: Due | None = None
    person: str = ""
    unit: str = ""
    # Of the deadline of the whole ticket, where `due` is of its steps.
    whole: Due | None = None
    whole_since: date | None = None
    whole_until: date | None = None
    # What `due` and `whole` mean at a moment.
    now: datetime | None = None
    soon_ends: datetime | None = None

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> "Filters":
        """Raises: Malformed."""
        try:
            state = TicketState(given["state"]) if given.get("state") else None
            due = Due(given["due"]) if given.get("due") else None
            whole = Due(given["whole"]) if given.get("whole") else None
        except ValueError as error:
            raise Malformed("没有这样的筛选。") from error
        return cls(
            state,
            given.get("process", "").strip(),
            parse_day(given.get("from", "")),
            parse_day(given.get("to", "")),
            due,
            given.get("person", "").strip()[:LONGEST_WORDS],
            given.get("unit", "").strip()[:LONGEST_WORDS],
            whole,
            parse_day(given.get("whole_from", "")),
            parse_day(given.get("whole_to", "")),
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
            "whole": self.whole,
            "whole_from": self.whole_since,
            "whole_to": self.whole_until,
            "from": self.since,
            "to": self.until,
        }
        return {name: str(value) for name, value in named.items() if value}


EVERYTHING = Filters()


class Turn(StrEnum):
    """What turned a ticket."""

    SUBMITTED = "submitted"
    RETURNED = "returned"
    ENDED = "ended"


@dataclass(frozen=True)
class TicketTurned:
    """A ticket was sent, sent back (to `node`), or is over; its state says what it is now."""

    instance_id: int
    turn: Turn
    state: TicketState
    submission: int
    at: datetime
    node: str | None = None


class TicketNotFound(NotFound):
    code = "ticket_not_found"
    message = "没有找到这件，或者它不在您的查看范围内。"


class NotYourTicket(Forbidden):
    code = "not_yours"
    message = "这件不是您发起的，不能由您这样办理。"


class MayNotStart(Forbidden):
    code = "may_not_start"
    message = "您的岗位不能发起这项业务。"


class MayNotCall(Forbidden):
    code = "may_not_call"
    message = "信号和消息只能由流程测试员发送。"


class WrongState(Conflict):
    code = "wrong_state"
    message = "这件现在的状态不能这样办理，请看一下最新的状态。"


class NothingTicked(Invalid):
    code = "nothing_ticked"
    message = "请回到列表，先勾选要导出的办件，一次最多 200 件。"


class DraftElsewhere(Conflict):
    code = "draft_elsewhere"
    message = (
        "这件刚才在另一个窗口里改过。您在这里填的还在，没有存。再按一次按钮或者接着填，就以这里的为准；"
        "要先看那边存下的，请在“草稿”或“我发起的”里另开一页。"
    )


class OtherPerson(Conflict):
    code = "other_person"
    message = "现在登录的是另一位同事，这一页是别人打开的，没有存。请用打开这一页的账号重新登录。"


class TooLate(Conflict):
    code = "too_late"
    message = "已经有人办理过，不能撤回了。需要改动的，请联系正在办理的人退回。"


class CommentsClosed(Conflict):
    code = "comments_closed"
    message = "这件还没有提交，或者结束已经超过 30 天，不能再留言。需要说明的，请另发起一件。"


class CommentStands(Conflict):
    code = "comment_stands"
    message = "留言超过 2 分钟就不能撤回了。需要更正的，请再留一条。"


class CommentNotFound(NotFound):
    code = "comment_not_found"
    message = "没有找到这条留言，或者它不是您写的。"


class NobodyNamed(Invalid):
    """Who cannot be told of this ticket and who is not there answer alike (R12)."""

    code = "not_a_choice"
    message = "没有找到这个人，或者他不在这件的查看范围内，请从列表里选。"

    def __init__(self, places: Sequence[int] = ()) -> None:
        super().__init__([Fault(f"to.{n}", self.code, self.message) for n in places], self.message)


class MayNotLink(Forbidden):
    code = "not_yours"
    message = "关联办件由申请人和办理这件的人来做。您可以留言，请他们关联。"


class MayNotUnlink(Forbidden):
    code = "not_yours"
    message = "取消关联由当初关联的人或者系统管理员来做；同一张表分出的不能取消。"


class LinkNotFound(NotFound):
    code = "link_not_found"
    message = "没有找到这个关联，或者那一件不在您的查看范围内。"


class NothingToLink(Invalid):
    """A number that is missing and one out of reach answer alike (R12)."""

    def __init__(self, code: str = "not_a_choice", message: str = "") -> None:
        said = message or "没有找到这一件，或者它不在您的查看范围内，请核对编号。"
        super().__init__([Fault("to", code, said)], said)


class LinkedOtherwise(Conflict):
    code = "linked_otherwise"
    message = "这两件已经关联过。要改成别的关系，请先取消原来的关联。"


class TooManyLinks(Conflict):
    code = "too_many_links"
    message = f"一件最多关联 {MAX_LINKS} 件。请先取消不用的关联。"


class MayNotUrge(Forbidden):
    code = "not_yours"
    message = "催办由申请人和他的单位领导来做。您可以留言，请办理的人看。"


class NobodyWaits(Conflict):
    code = "nobody_waits"
    message = "这件现在没有等别人办的步骤，不用催办。"


class UrgedTooSoon(Conflict):
    """`message` says who was it, and when it may be done again."""

    code = "urged_too_soon"
    message = "刚催过，过一会儿才能再催。"


class NotYourReveal(Forbidden):
    code = "not_yours"
    message = "完整的号码只给申请人和经办人看。"


class NoReason(Invalid):
    code = "reason"
    message = "请写明为什么要看完整的号码（2 到 200 个字），会记入审计。"

    def __init__(self) -> None:
        super().__init__([Fault("reason", self.code, self.message)], self.message)


class NothingToReveal(NotFound):
    code = "nothing_to_reveal"
    message = "这一行没有这个号码。"


class TooManyReveals(TooMany):
    code = "too_many_reveals"
    message = "今天查看完整号码的次数已经用完，已记入审计。确有需要请联系审计员。"


@dataclass(frozen=True)
class SplitPart:
    """One of the forms that a typed one would become: what its head says, how many rows it has."""

    label: str
    rows: int


@dataclass(frozen=True)
class Linked:
    """Another ticket as one that it is linked with shows it, to somebody who may see both."""

    id: int
    number: str
    title: str
    state: TicketState
    kind: LinkKind
    is_turned: bool  # linked on the other one
    by_id: int
    by_name: str
    at: datetime
    removed_at: datetime | None = None

    @property
    def label(self) -> str:
        return LINK_LABELS[self.kind][self.is_turned]

    @property
    def state_label(self) -> str:
        return LABELS[self.state]


@dataclass(frozen=True)
class TicketRow:
    """One line of 我发起 or 单位全部."""

    number: str
    title: str
    process: str
    process_title: str
    state: TicketState
    state_label: str
    requester_name: str
    unit_name: str
    submission: int
    created_at: datetime
    submitted_at: datetime | None
    updated_at: datetime
    here_label: str = ""
    paper_at: datetime | None = None  # 补录


@dataclass(frozen=True)
class RoadStep:
    """One step of the strip; `state` is done, here or next."""

    node: str
    title: str
    state: str
    names: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Said:
    """One line of the timeline; `kind` is done, back, sys, talk or now."""

    kind: str
    title: str
    name: str
    at: datetime | None
    text: str = ""
    seq: int = 0
    hash: str = ""
    event: str = ""  # its kind in the audit trail
    is_decision: bool = True  # what people said and did; the rest stands in the log
    is_void: bool = False  # decided, and returned over or taken back since
    comment: int = 0  # the id of what somebody said beside it
    is_withdrawn: bool = False  # by whoever said it
    may_withdraw: bool = False  # still, by the reader
    filled: tuple[tuple[str, str], ...] = ()  # what the form of the step was filled with


@dataclass(frozen=True)
class Box:
    """An opinion or result box of the form, filled or waiting."""

    node: str
    label: str
    opinion: str = ""
    name: str = ""
    at: datetime | None = None
    signatures: tuple[bytes, ...] = ()
    here: bool = False
    sign: str = ""
    half: bool = False
    foot: str = ""
    filled: tuple[tuple[str, str], ...] = ()  # with whom, where several did


@dataclass(frozen=True)
class SheetList:
    """One table of a form that people fill row by row.

    `sensitive` has for each column the name under which a masked number is asked for, or nothing.
    After an amendment: what each cell was (None: the same), a new row as a whole None.
    """

    label: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()
    sensitive: tuple[str, ...] = ()
    rows_were: tuple[tuple[str | None, ...] | None, ...] = ()
    rows_gone: tuple[tuple[str, ...], ...] = ()

    @property
    def change_count(self) -> int:
        cells = [was for row in self.rows_were if row is not None for was in row]
        return (
            sum(was is not None for was in cells)
            + sum(row is None for row in self.rows_were)
            + len(self.rows_gone)
        )


@dataclass(frozen=True)
class Sheet:
    """The form as it is read on screen: labels, values, the rows of its lists, the boxes."""

    title: str
    fields: tuple[tuple[str, str], ...] = ()
    lists: tuple[SheetList, ...] = ()
    # After an amendment: what each field was (None: the same).
    fields_were: tuple[str | None, ...] = ()

    @property
    def change_count(self) -> int:
        return sum(was is not None for was in self.fields_were) + sum(
            one.change_count for one in self.lists
        )


@dataclass(frozen=True)
class TicketView:
    """A ticket as one actor may see it."""

    number: str
    process: str
    version: int
    process_title: str
    title: str
    state: TicketState
    state_label: str
    submission: int
    requester_id: int
    requester_name: str
    requester_username: str
    unit_code: str
    unit_name: str
    created_at: datetime
    submitted_at: datetime | None
    closed_at: datetime | None
    answers: Mapping[str, Any]
    variables: Mapping[str, Any]
    sheet: Sheet
    boxes: tuple[Box, ...]
    road: tuple[RoadStep, ...]
    timeline: tuple[Said, ...]
    tasks: tuple[Any, ...]
    incidents: tuple[Any, ...]
    actions: tuple[str, ...]
    people: tuple[PersonRef, ...]  # who asked for it, and whoever has or had a step of it
    notices: tuple[str, ...] = field(default_factory=tuple)
    links: tuple[Linked, ...] = ()
    result: str = ""
    paper: Paper | None = None  # 补录: what it was asked for on
    entered_at: datetime | None = None  # and when it was sent the first time


# ── deadlines ──


@dataclass(frozen=True)
class DeadlineNear:
    """A moment beside a deadline has come. `people` have it, or may take it; `visit_id` is None
    where the whole ticket is due.
    """

    instance_id: int
    number: str
    title: str
    visit_id: int | None
    tasks: tuple[int, ...]
    what: str  # the step, or 整件
    due_at: datetime
    light: str
    people: tuple[int, ...]
    at: datetime


@dataclass(frozen=True)
class DeadlineEscalated(DeadlineNear):
    """It is over: the next leader is told, and decides nothing by it. `leaders` may be nobody."""

    leaders: tuple[int, ...] = ()
