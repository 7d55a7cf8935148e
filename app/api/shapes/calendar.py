"""Notices of days off and the days as they count."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.api.shapes.base import Answer, Body, Moment, PageQuery, Query
from app.api.shapes.cover import Day, Name, Version
from app.api.shapes.people import PersonShape, UnitShape
from app.calendar.days import DayKind
from app.calendar.notices import NoticeRow
from app.calendar.seams import Walk
from app.calendar.types import LONGEST_TEXT, MOST_DAYS, SOURCE_LABELS, NoticeSource, Said
from app.identity.layers import NATION

KINDS = "off 放假，work 调休上班，half 下午放假（那一天照样算工作日，在那一天到期的期限到中午截止）"
Kind = Annotated[DayKind, Field(description=KINDS)]


class NoticesQuery(PageQuery):
    year: Annotated[int | None, Field(ge=2000, le=2100)] = None
    unit: Annotated[str, Field(max_length=100, description="单位代码：只看这一级的")] = ""


class DaysQuery(Query):
    unit: Annotated[str, Field(max_length=100, description=f"单位代码，或者“{NATION}”")] = ""
    since: date = Field(alias="from")
    until: date = Field(alias="to", description="当天算在内；一次最多 400 天")


class StretchBody(Body):
    since: Day = Field(alias="from")
    until: Day | None = Field(default=None, alias="to", description="不给就是一天")
    kind: Literal["off", "work", "half"] = Field(description=KINDS)
    name: Name = ""


class NoticeBody(Body):
    unit: Name = Field(default="", description="单位代码；不给就是国家的通知")
    year: int
    number: Name = Field(description="文号")
    title: Name
    text: str = Field(default="", max_length=LONGEST_TEXT, description="原文")
    days: list[StretchBody] = Field(max_length=MOST_DAYS)
    replaces_library: bool = Field(default=False, description="代替系统自带的这一年的安排")


class WithdrawBody(Body):
    version: Version = None
    reason: str = Field(max_length=1000)


class SaidShape(Answer):
    day: date
    kind: Kind
    name: str


class WalkShape(Answer):
    begun_at: Moment
    finished_at: Moment | None
    total: int = Field(description="要重算的时限")
    done: int
    changed: int = Field(description="期限变了的")

    @classmethod
    def of(cls, walk: Walk) -> "WalkShape":
        return cls(**asdict(walk))


class RecountShape(Answer):
    """How far the deadlines of open tickets are counted anew because of a notice."""

    notice: int
    walks: list[WalkShape] = Field(description="录入和撤销各一次，新的在前；没有要重算的就没有")


class NoticeShape(Answer):
    id: int
    unit: UnitShape | None = Field(description="空：国家的通知")
    layer: str
    year: int
    number: str
    title: str
    text: str
    source: NoticeSource
    source_label: str
    days: list[SaidShape]
    state: Literal["in_force", "withdrawn"]
    version: int
    entered_by: PersonShape | None
    entered_at: Moment
    withdrawn_by: PersonShape | None
    withdrawn_at: Moment | None
    withdrawn_reason: str | None
    replaced_by: int | None = Field(description="代替它的通知")

    @classmethod
    def of(cls, row: NoticeRow, days: list[Said]) -> "NoticeShape":
        notice = row.notice
        return cls(
            id=notice.id,
            unit=UnitShape(code=row.unit_code, name=row.layer) if row.unit_code else None,
            layer=row.layer,
            year=notice.year,
            number=notice.number,
            title=notice.title,
            text=notice.text,
            source=notice.source,
            source_label=SOURCE_LABELS[notice.source],
            days=[SaidShape(day=one.day, kind=one.kind, name=one.name) for one in days],
            state="withdrawn" if notice.withdrawn_at else "in_force",
            version=notice.rev,
            entered_by=PersonShape.of(row.entered_by) if row.entered_by else None,
            entered_at=notice.entered_at,
            withdrawn_by=PersonShape.of(row.withdrawn_by) if row.withdrawn_by else None,
            withdrawn_at=notice.withdrawn_at,
            withdrawn_reason=notice.withdrawn_reason,
            replaced_by=notice.replaced_by_id,
        )


class CalendarDayShape(Answer):
    day: date
    is_working: bool
    is_half: bool = Field(description="上班，下午放假：在这一天到期的期限到中午截止")
    is_estimate: bool = Field(description="暂估：那一年的国家通知还没有录入")
    kind: DayKind | None = Field(description="空：没有通知说到这一天")
    name: str
    layer: str
    notice: int | None
    number: str


class CalendarDaysShape(Answer):
    unit: UnitShape | None = Field(description="空：国家")
    items: list[CalendarDayShape]
