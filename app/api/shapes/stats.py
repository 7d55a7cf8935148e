"""Figures: the own day, what a unit has in hand, how fast its tickets were closed."""

from datetime import date
from typing import Annotated

from pydantic import Field

from app.api.shapes.base import Answer, Moment, Query
from app.api.shapes.people import UnitShape
from app.identity.models import Unit
from app.insight.spread import HALF, NINE_TENTHS, most_days
from app.insight.types import (
    FIRST_YEAR,
    AskedRow,
    Bucket,
    Closings,
    HeldRow,
    Lights,
    MyDay,
    Timeliness,
    UnitFigures,
)

Code = Annotated[str, Field(max_length=100, description="单位代码；不给就是自己的单位")]
Days = Annotated[
    int | None, Field(description="工作日；按档保存，空是没有件，或者多于 60 个工作日")
]
Percent = Annotated[int | None, Field(description="百分数；空是没有这样的件")]


class UnitQuery(Query):
    unit: Code = ""


class YearQuery(UnitQuery):
    year: Annotated[
        int | None, Field(ge=FIRST_YEAR, le=9999, description="办结的年份；不给就是今年")
    ] = None


class BucketShape(Answer):
    label: str
    light: str = Field(description="red、yellow、green、grey，没有时限的是空")
    until: date | None = Field(description="这一天到期；空：已超期、以后、没有时限或暂停")
    own: int
    covering: int = Field(description="替别人代办的")

    @classmethod
    def of(cls, bucket: Bucket) -> "BucketShape":
        return cls(
            label=bucket.label,
            light=bucket.light,
            until=bucket.until,
            own=bucket.own,
            covering=bucket.covering,
        )


class MyDayShape(Answer):
    day: date
    items: list[BucketShape]
    own: int
    covering: int
    claimable: int = Field(description="等人签收；多于 100 的按 100")
    copied: int = Field(description="抄送我、没有看的；多于 100 的按 100")
    done_today: int
    done_this_week: int
    running: int = Field(description="我发起的，别人正在办")
    returned: int = Field(description="我发起的，等我补正")

    @classmethod
    def of(cls, found: MyDay, day: date) -> "MyDayShape":
        return cls(
            day=day,
            items=[BucketShape.of(one) for one in found.buckets],
            own=found.own,
            covering=found.covering,
            claimable=found.claimable,
            copied=found.copied,
            done_today=found.done_today,
            done_this_week=found.done_this_week,
            running=found.running,
            returned=found.returned,
        )


class LightsShape(Answer):
    late: int
    soon: int
    ahead: int
    paused: int
    free: int = Field(description="没有时限")
    total: int

    @classmethod
    def of(cls, lights: Lights) -> "LightsShape":
        return cls(
            late=lights.late,
            soon=lights.soon,
            ahead=lights.ahead,
            paused=lights.paused,
            free=lights.free,
            total=lights.total,
        )


class HeldShape(Answer):
    key: str = Field(description="流程的键，或者用户名；还没有人签收的是空")
    label: str
    tasks: LightsShape

    @classmethod
    def of(cls, row: HeldRow) -> "HeldShape":
        return cls(key=row.key, label=row.label, tasks=LightsShape.of(row.lights))


class AskedShape(Answer):
    process: str
    title: str
    running: int
    returned: int
    suspended: int
    withdrawn: int

    @classmethod
    def of(cls, row: AskedRow) -> "AskedShape":
        return cls(
            process=row.key,
            title=row.label,
            running=row.running,
            returned=row.returned,
            suspended=row.suspended,
            withdrawn=row.withdrawn,
        )


class UnitFiguresShape(Answer):
    unit: UnitShape
    at: Moment
    tasks: LightsShape = Field(description="这个单位和下面的单位在办的")
    processes: list[HeldShape]
    people: list[HeldShape] | None = Field(description="空：不是这个单位的领导，不给看")
    tickets: list[AskedShape] = Field(description="这个单位发起、没有办结的件")

    @classmethod
    def of(cls, unit: Unit, at: Moment, found: UnitFigures) -> "UnitFiguresShape":
        people = found.people
        return cls(
            unit=UnitShape(code=unit.code, name=unit.name),
            at=at,
            tasks=LightsShape.of(found.lights),
            processes=[HeldShape.of(row) for row in found.processes],
            people=None if people is None else [HeldShape.of(row) for row in people],
            tickets=[AskedShape.of(row) for row in found.asked],
        )


class ClosingsShape(Answer):
    closed: int
    on_time: int
    late: int
    free: int = Field(description="没有时限")
    on_time_percent: Percent = Field(description="有时限的件里按时的百分数")
    paused_percent: Percent
    half_within: Days
    nine_tenths_within: Days

    @classmethod
    def of(cls, found: Closings) -> "ClosingsShape":
        return cls(
            closed=found.closed,
            on_time=found.on_time,
            late=found.late,
            free=found.free,
            on_time_percent=found.on_time_share,
            paused_percent=found.paused_share,
            half_within=most_days(found.days, HALF) if found.closed else None,
            nine_tenths_within=most_days(found.days, NINE_TENTHS) if found.closed else None,
        )


class MonthShape(Answer):
    month: int
    closings: ClosingsShape


class ProcessClosingsShape(Answer):
    process: str
    title: str
    closings: ClosingsShape


class TimelinessShape(Answer):
    unit: UnitShape
    year: int
    is_behind: bool = Field(description="刚办结的件还没有都合计进来")
    whole: ClosingsShape
    months: list[MonthShape] = Field(description="到这个月为止")
    processes: list[ProcessClosingsShape]

    @classmethod
    def of(cls, unit: Unit, found: Timeliness) -> "TimelinessShape":
        return cls(
            unit=UnitShape(code=unit.code, name=unit.name),
            year=found.year,
            is_behind=found.is_behind,
            whole=ClosingsShape.of(found.whole),
            months=[
                MonthShape(month=month, closings=ClosingsShape.of(one))
                for month, one in enumerate(found.months, start=1)
            ],
            processes=[
                ProcessClosingsShape(
                    process=row.key, title=row.label, closings=ClosingsShape.of(row.closings)
                )
                for row in found.processes
            ],
        )
