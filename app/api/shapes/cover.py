"""Absences, mandates and AB pairs as REST reads and shows them."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.api.shapes.base import Answer, Body, Moment, SearchQuery
from app.api.shapes.people import PersonShape, UnitShape
from app.identity.cover_types import ABSENCE_LABELS, AbsenceKind
from app.identity.queries.cover import AbsenceRow, MandateRow, PairRow
from app.identity.types import POSITION_LABELS

Name = Annotated[str, Field(max_length=200)]


def _day(text: object) -> date:
    """Bodies are read strictly, and JSON knows no dates."""
    try:
        return date.fromisoformat(str(text))
    except ValueError as error:
        raise PydanticCustomError("date_parsing", "no date") from error


Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "description": "YYYY-MM-DD，当天算在内"}),
]
Version = Annotated[int | None, Field(description="您看到的 version")]
State = Literal["planned", "current", "over", "cancelled"]


class AbsenceQuery(SearchQuery):
    since: date | None = Field(default=None, alias="from", description="这一天或以后还在请假的")
    until: date | None = Field(default=None, alias="to", description="这一天或以前已经请假的")


class AbsenceBody(Body):
    person: Name = Field(default="", description="用户名；不给就是本人")
    since: Day = Field(alias="from")
    until: Day = Field(alias="to")
    kind: Name = Field(description="、".join(f"{k.value} {v}" for k, v in ABSENCE_LABELS.items()))
    note: str = Field(default="", max_length=1000)


class LastDayBody(Body):
    version: Version = None
    until: Day = Field(alias="to")


class VersionBody(Body):
    version: Version = None


class MandateBody(Body):
    person: Name = Field(default="", description="委托人的用户名；不给就是本人")
    deputy: Name = Field(description="受托人的用户名")
    since: Day = Field(alias="from")
    until: Day = Field(alias="to")
    processes: list[Name] = Field(default=[], max_length=200, description="流程的 key；空：全部")
    reason: str = Field(default="", max_length=1000, description="替别人写时必须有")


class PairBody(Body):
    unit: Name = Field(description="单位代码")
    position: Name
    a: Name = Field(description="A角的用户名，在这个单位任这个岗位")
    b: Name = Field(description="B角的用户名，任或者可以任这个岗位")


class PeriodShape(Answer):
    id: int
    person: PersonShape
    since: date = Field(serialization_alias="from")
    until: date = Field(serialization_alias="to")
    state: State
    version: int
    created_at: Moment
    ended_at: Moment | None = Field(description="提前结束的时间")


class AbsenceShape(PeriodShape):
    kind: AbsenceKind
    kind_label: str
    note: str
    entered_by: PersonShape

    @classmethod
    def of(cls, row: AbsenceRow) -> "AbsenceShape":
        absence = row.absence
        return cls(
            id=absence.id,
            person=PersonShape.of(row.person),
            since=absence.first_on,
            until=absence.last_on,
            state=row.standing.value,
            version=absence.version,
            created_at=absence.created_at,
            ended_at=absence.ended_at,
            kind=absence.kind,
            kind_label=ABSENCE_LABELS[absence.kind],
            note=absence.note,
            entered_by=PersonShape.of(row.entered_by),
        )


class MandateShape(PeriodShape):
    deputy: PersonShape
    processes: list[str] = Field(description="流程的 key；空：全部")
    reason: str
    written_by: PersonShape
    revoked_at: Moment | None = Field(description="撤销的时间；受托人手里的也收回了")

    @classmethod
    def of(cls, row: MandateRow) -> "MandateShape":
        mandate = row.mandate
        return cls(
            id=mandate.id,
            person=PersonShape.of(row.person),
            since=mandate.first_on,
            until=mandate.last_on,
            state=row.standing.value,
            version=mandate.version,
            created_at=mandate.created_at,
            ended_at=mandate.ended_at,
            deputy=PersonShape.of(row.deputy),
            processes=mandate.processes,
            reason=mandate.reason,
            written_by=PersonShape.of(row.written_by),
            revoked_at=mandate.revoked_at,
        )


class PairShape(Answer):
    id: int
    unit: UnitShape
    position: str
    label: str
    a: PersonShape
    b: PersonShape
    version: int
    created_at: Moment
    ended_at: Moment | None

    @classmethod
    def of(cls, row: PairRow) -> "PairShape":
        return cls(
            id=row.pair.id,
            unit=UnitShape(code=row.unit.code, name=row.unit.name),
            position=row.pair.position.value,
            label=POSITION_LABELS[row.pair.position],
            a=PersonShape.of(row.a),
            b=PersonShape.of(row.b),
            version=row.pair.version,
            created_at=row.pair.created_at,
            ended_at=row.pair.ends_at,
        )
