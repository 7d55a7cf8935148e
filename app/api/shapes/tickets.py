"""Tickets: what starts one, what is said of one."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from app.api.shapes.attachments import AttachmentShape
from app.api.shapes.base import Answer, Answers, Body, ListQuery, Moment, Query
from app.api.shapes.documents import DocumentShape
from app.api.shapes.outages import PaperBody, PaperShape
from app.api.shapes.rules import BasisShape, TakenShape
from app.api.shapes.talking import LinkShape, ToldShape
from app.api.shapes.tasks import LIGHTS, Light, TaskBrief
from app.processes.changes import shown
from app.processes.models import NodeLog
from app.tickets.dues import Counted, DueLine, Moved
from app.tickets.types import Said, TicketRow

TicketStateName = Literal[
    "draft",
    "running",
    "returned",
    "suspended",
    "withdrawn",
    "refused",
    "cancelled",
    "closed",
    "archived",
]


class TicketsQuery(ListQuery):
    box: Literal["mine", "unit", "all"] = "mine"
    state: TicketStateName | None = None
    whole: Literal["late", "soon", "later", "never"] | None = Field(
        default=None, description="整件的时限，值同 due（due 看没有办完的各步）"
    )
    whole_from: date | None = Field(default=None, description="整件在这一天或以后到期")
    whole_to: date | None = Field(default=None, description="整件在这一天或以前到期")


class NewTicket(Body):
    process: Annotated[str, Field(max_length=200)]
    answers: Answers | None = None
    attachments: list[str] = Field(
        default=[], max_length=100, description="POST /attachments 得到的 id"
    )
    draft: bool = Field(default=False, description="true：只存草稿，不提交")
    variables: Answers | None = Field(
        default=None, description="只用于没有申请表的流程，由流程测试员"
    )
    paper: PaperBody | None = Field(
        default=None, description="补录停机期间的纸质件；第一次提交以后不变"
    )


class SignalBody(Body):
    name: str = Field(min_length=1, max_length=200, description="信号的名称")
    payload: Answers = Field(default={}, description="写进这件的变量；outcome 之类由系统写的不能设")


class MessageBody(Body):
    name: str = Field(min_length=1, max_length=200, description="消息的名称")
    correlation: Annotated[str, Field(max_length=500)] | int | None = Field(
        default=None, description="关联值；等着别的关联值的办件收不到"
    )
    payload: Answers = Field(default={}, description="写进收到的那件的变量")


class ReasonBody(Body):
    reason: str = Field(default="", max_length=500)


class RevealBody(Body):
    row: int = Field(ge=0, description="第几行，从 1 起；0 表示不在列表里的字段")
    field: str = Field(max_length=100, description="如 id_number、phone")
    reason: str = Field(max_length=500, description="为什么要看，2 到 200 个字")


class Revealed(Answer):
    row: int
    field: str
    value: str


class AnswersBody(Body):
    answers: Answers | None = Field(default=None, description="不给就提交已存的草稿")
    reason: str = Field(default="", max_length=500)


class Requester(Answer):
    username: str
    name: str


class TicketLine(Answer):
    number: str
    process: str
    process_title: str
    title: str
    state: TicketStateName
    submission: int
    requester: str
    unit: str
    here: str = Field(description="现在在哪一步、谁的手里")
    paper_at: Moment | None = Field(description="补录的件：纸上申请的时间")
    created_at: Moment
    submitted_at: Moment | None
    updated_at: Moment

    @classmethod
    def of(cls, row: TicketRow) -> "TicketLine":
        return cls(
            number=row.number,
            process=row.process,
            process_title=row.process_title,
            title=row.title,
            state=row.state.value,
            submission=row.submission,
            requester=row.requester_name,
            unit=row.unit_name,
            here=row.here_label,
            paper_at=row.paper_at,
            created_at=row.created_at,
            submitted_at=row.submitted_at,
            updated_at=row.updated_at,
        )


class SaidShape(Answer):
    """One line of the timeline. `kind`: done, back, sys, talk or now."""

    kind: str
    title: str
    name: str
    at: Moment | None
    text: str
    seq: int = Field(description="审计链上的序号；0 表示正在等待")
    hash: str
    comment: int | None = Field(description="留言的 id，撤回时用")
    withdrawn: bool = Field(description="写的人撤回了")

    @classmethod
    def of(cls, said: Said) -> "SaidShape":
        return cls(
            kind=said.kind,
            title=said.title,
            name=said.name,
            at=said.at,
            text=said.text,
            seq=said.seq,
            hash=said.hash,
            comment=said.comment or None,
            withdrawn=said.is_withdrawn,
        )


class Deadline(Answer):
    what: str = Field(description="哪一步；整件的时限是“整件”")
    due_at: Moment
    light: Light | None = Field(description=LIGHTS)
    left: str = Field(description="剩几个工作日")
    estimate: bool = Field(description="暂估：有一年的放假通知还没有录入")
    why: str = Field(description="怎么算的：跳过了哪些休息日")

    @classmethod
    def of(cls, due: DueLine) -> "Deadline":
        shown = due.shown
        return cls(
            what=due.what,
            due_at=shown.at,
            light=shown.light.value,
            left=shown.left,
            estimate=shown.is_estimate,
            why=shown.why,
        )


class DeadlineChange(Answer):
    before: Moment
    after: Moment
    estimate: bool
    at: Moment
    notice: str = Field(description="依据的放假通知的文号")

    @classmethod
    def of(cls, one: Moved) -> "DeadlineChange":
        return cls(
            before=one.before,
            after=one.after,
            estimate=one.is_estimate,
            at=one.at,
            notice=one.notice,
        )


class DeadlineHistory(Answer):
    """A deadline with how it was found."""

    what: str
    rule: str = Field(description="几个工作日，从哪天起")
    since: Moment = Field(description="从这时起算")
    unit: str = Field(description="按哪个单位的日历")
    due_at: Moment
    estimate: bool
    skipped: list[date] = Field(description="跳过的休息日")
    pauses: list[list[Moment | None]] = Field(description="停表和恢复的时刻；null：还停着")
    noon: str = Field(description="最后一天为什么到中午为止；空：不是")
    changes: list[DeadlineChange]
    closed_at: Moment | None
    in_time: bool | None = Field(description="没有办完的为 null")

    @classmethod
    def of(cls, one: Counted) -> "DeadlineHistory":
        return cls(
            what=one.what,
            rule=one.rule,
            since=one.since,
            unit=one.unit,
            due_at=one.due_at,
            estimate=one.is_estimate,
            skipped=list(one.skipped),
            pauses=[list(pause) for pause in one.pauses],
            noon=one.noon,
            changes=[DeadlineChange.of(change) for change in one.changes],
            closed_at=one.closed_at,
            in_time=one.in_time,
        )


class TicketIncident(Answer):
    id: int
    node: str
    state: str
    created_at: Moment


class PartShape(Answer):
    """Another ticket that the same typed form became."""

    number: str
    title: str
    state: TicketStateName


class TicketShape(Answer):
    number: str
    process: str
    process_title: str
    version: int
    title: str
    state: TicketStateName
    rev: int = Field(description="办件每变一次加一；修复时带上它，别人先动了就答 409")
    submission: int = Field(description="第 n 次提交；草稿是 0")
    requester: Requester
    unit: str = Field(description="单位代码")
    unit_name: str
    answers: Answers = Field(
        description="申请人读到完整的号码；其他人的是隐去中间的，用 reveal 逐个查看"
    )
    variables: Answers
    tasks: list[TaskBrief]
    timeline: list[SaidShape]
    documents: list[DocumentShape]
    copies: list[ToldShape] = Field(description="抄送过谁，最近的在前；留言里请看的人也在内")
    links: list[LinkShape] = Field(description="关联的办件，只有您看得到的那些")
    split: list[PartShape] = Field(
        description="同一张表分成几件时，分出的其他各件，您看得到的那些；没有分的为空"
    )
    attachments: list[AttachmentShape] = Field(description="申请和办理中附上的文件")
    deadlines: list[Deadline]
    numbers: list[TakenShape] = Field(description="这件编的号，作废的也在内")
    rules: list[BasisShape] = Field(description="依据：提交时有效的那一版，以后不变")
    incidents: list[TicketIncident]
    actions: list[str] = Field(description="现在您能做的：submit resubmit withdraw cancel")
    notices: list[str] = Field(description="提交时系统代为修正的地方")
    result: str = Field(description="办结后给申请人的话")
    paper: PaperShape | None = Field(description="补录的件：纸上的时间；空：不是补录的")
    created_at: Moment
    submitted_at: Moment | None
    closed_at: Moment | None


class RowsOf(Query):
    key: Annotated[
        str, Field(alias="list", max_length=60, description="哪张表，只有一张时可不给")
    ] = ""


class CellError(Answer):
    path: str = Field(description="如 people.3.id_number，行从 0 数")
    code: str
    message: str


class AddedRows(Answer):
    """What became of a sheet of rows; the draft keeps all of them, the wrong cells included."""

    ticket: TicketShape
    added: int
    errors: list[CellError]


class LogLine(Answer):
    at: Moment
    node: str
    element: str
    event: Literal["entered", "completed", "cancelled", "failed"]
    changes: dict[str, list[Any]] = Field(
        description="这一步改了哪些变量：名称 → [原来的值, 新的值]；号码隐去中间"
    )

    @classmethod
    def of(cls, entry: NodeLog) -> "LogLine":
        return cls.model_validate(
            {
                "at": entry.at,
                "node": entry.node,
                "element": entry.element,
                "event": entry.event,
                "changes": shown(entry.changes),
            }
        )
