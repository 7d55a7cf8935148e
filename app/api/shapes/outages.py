"""Outages, and the papers of them."""

from datetime import UTC, date, datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.api.shapes.base import Answer, Body, Moment
from app.api.shapes.cover import Day, Name, Version
from app.api.shapes.people import PersonShape, UnitShape
from app.outages.queries import OutageRow
from app.outages.types import Draft, Paper

FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def _at(text: object) -> datetime:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise PydanticCustomError("datetime_parsing", "no moment") from error
    if at.tzinfo is None or not FIRST <= at < LAST:
        raise PydanticCustomError("datetime_parsing", "no moment of ours")
    return at


At = Annotated[
    datetime,
    BeforeValidator(_at),
    WithJsonSchema({"type": "string", "format": "date-time", "description": "要带时区"}),
]


class PaperBody(Body):
    at: At = Field(description="纸上申请的时间，要在停机期间")
    outage: Annotated[int, Field(ge=1, lt=2**63, description="停机登记的 id，见 GET /outages")]
    remark: str = Field(max_length=200, description="纸质件的编号，或者放在哪里，2 到 200 个字")

    def made(self) -> Paper:
        return Paper(self.at, self.outage, self.remark)


class PaperShape(Answer):
    at: Moment = Field(description="纸上申请的时间")
    entered_at: Moment | None = Field(description="第一次提交的时间；空：还没有提交")
    outage: int
    remark: str

    @classmethod
    def of(cls, paper: Paper, entered_at: datetime | None) -> "PaperShape":
        return cls(at=paper.at, entered_at=entered_at, outage=paper.outage_id, remark=paper.remark)


class OutageBody(Body):
    unit: Name = Field(description="单位代码；管它和下属单位")
    since: At = Field(alias="from")
    until: At = Field(alias="to", description="恢复的时间，不能在将来；一次最多 30 天")
    last: Day | None = Field(default=None, description="补录到哪一天；不给就是以后 10 个工作日")
    reason: str = Field(max_length=500)

    def made(self, unit_id: int) -> Draft:
        return Draft(unit_id, self.since, self.until, self.reason, self.last)


class OutageWithdrawBody(Body):
    version: Version = None
    reason: str = Field(max_length=500)


class OutageShape(Answer):
    id: int
    unit: UnitShape
    since: Moment = Field(serialization_alias="from")
    until: Moment = Field(serialization_alias="to")
    last: date = Field(description="补录到这一天，当天算在内")
    reason: str
    state: Literal["open", "over", "withdrawn"] = Field(
        description="open 现在可以补录，over 补录的日子已过，withdrawn 已撤销"
    )
    entered: int = Field(description="补录了几件")
    version: int
    declared_by: PersonShape
    declared_at: Moment
    withdrawn_by: PersonShape | None
    withdrawn_at: Moment | None
    withdrawn_reason: str | None

    @classmethod
    def of(cls, row: OutageRow) -> "OutageShape":
        outage = row.outage
        state = "open" if row.is_open else "withdrawn" if outage.withdrawn_at else "over"
        return cls.model_validate(
            {
                "id": outage.id,
                "unit": UnitShape(code=row.unit_code, name=row.unit_name),
                "since": outage.from_at,
                "until": outage.to_at,
                "last": outage.last_on,
                "reason": outage.reason,
                "state": state,
                "entered": outage.entered_count,
                "version": outage.rev,
                "declared_by": PersonShape.of(row.declared_by),
                "declared_at": outage.declared_at,
                "withdrawn_by": PersonShape.of(row.withdrawn_by) if row.withdrawn_by else None,
                "withdrawn_at": outage.withdrawn_at,
                "withdrawn_reason": outage.withdrawn_reason,
            }
        )
