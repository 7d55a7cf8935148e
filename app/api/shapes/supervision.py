"""Deadlines that are near or over, and what leaders ask of those who have them (督办)."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.api.shapes.base import Answer, Body, Moment, PageQuery
from app.api.shapes.cover import Day
from app.calendar.lights import Light
from app.supervision.types import MOST_WORDS, DueRow, State, SupervisionRow


class DuesQuery(PageQuery):
    of: Annotated[
        Literal["steps", "whole"], Field(description="steps 各环节的时限，whole 整件的")
    ] = "steps"
    light: Literal["red", "yellow", "green", "all"] | None = Field(
        default=None, description="red 已超期，yellow 快到期，green 以后；不给是 red 和 yellow"
    )
    process: Annotated[str, Field(max_length=200, description="流程的键")] = ""
    unit: Annotated[
        str, Field(max_length=100, description="申请或办理单位名称的一部分，或单位代码")
    ] = ""
    person: Annotated[str, Field(max_length=100, description="在办的人的姓名")] = ""
    escalated: Annotated[Literal["0", "1"], Field(description="1：只看超期以后报到自己这里的")] = (
        "0"
    )

    @property
    def words(self) -> dict[str, str]:
        """As an address says it."""
        given = self.model_dump(include={"light", "process", "unit", "person", "escalated"})
        return {name: str(value) for name, value in given.items() if value}


class DueShape(Answer):
    ticket: str
    title: str
    process_title: str
    what: str = Field(description="环节，或“整件”")
    unit: str = Field(description="申请单位")
    requester: str
    holders: str = Field(description="在办的人；没有签收的是“待签收”")
    due_at: Moment
    light: Light
    left: str
    escalated: bool = Field(description="超期以后报到了您这里")
    supervision: State | None = Field(description="没有办结的督办的状态")

    @classmethod
    def of(cls, row: DueRow) -> "DueShape":
        return cls(
            ticket=row.number,
            title=row.title,
            process_title=row.process_title,
            what=row.what,
            unit=row.unit_name,
            requester=row.requester_name,
            holders=row.holders,
            due_at=row.shown.at,
            light=row.shown.light,
            left=row.shown.left,
            escalated=row.is_escalated,
            supervision=row.supervision,
        )


class SuperviseBody(Body):
    demand: str = Field(description=f"要做什么，最多 {MOST_WORDS} 个字；里面的号码会隐去中间")
    answer_by: Day = Field(description="请在这一天以前答复：今天起一年以内")
    task: int | None = Field(
        default=None, ge=1, le=2**63 - 1, description="督办哪一步：它的一个任务；不给就是整件"
    )


class AnswerBody(Body):
    version: int | None = Field(default=None, description="您看到的 version；变了就答 409")
    text: str = Field(description=f"答复，最多 {MOST_WORDS} 个字")


class CloseBody(Body):
    version: int | None = Field(default=None, description="您看到的 version；变了就答 409")
    text: str = Field(default="", description=f"办结的话，最多 {MOST_WORDS} 个字")


class AnswerShape(Answer):
    name: str
    text: str
    at: Moment


class SupervisionShape(Answer):
    id: int
    ticket: str
    title: str
    unit: str = Field(description="申请单位")
    what: str = Field(description="环节，或“整件”")
    demand: str
    answer_by: date
    late: bool = Field(description="过了答复的期限还没有答复")
    state: State = Field(description="open 等答复，answered 已答复，closed 已办结")
    version: int
    opened_by: str
    opened_unit: str
    opened_at: Moment
    answers: list[AnswerShape]
    closed_by: str = Field(description="空：没有办结，或者随办件办结")
    closed_at: Moment | None
    closing: str
    actions: list[Literal["answer", "close"]] = Field(description="现在您能做的")

    @classmethod
    def of(cls, row: SupervisionRow) -> "SupervisionShape":
        return cls(
            id=row.id,
            ticket=row.number,
            title=row.title,
            unit=row.unit_name,
            what=row.what,
            demand=row.demand,
            answer_by=row.answer_by,
            late=row.is_late,
            state=row.state,
            version=row.version,
            opened_by=row.opened_by,
            opened_unit=row.opened_unit,
            opened_at=row.opened_at,
            answers=[AnswerShape(name=one.name, text=one.text, at=one.at) for one in row.answers],
            closed_by=row.closed_by,
            closed_at=row.closed_at,
            closing=row.closing,
            actions=[
                *(("answer",) if row.may_answer else ()),
                *(("close",) if row.may_close else ()),
            ],
        )
