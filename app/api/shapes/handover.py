"""离岗交接 over REST."""

from typing import Annotated, Literal

from pydantic import Field

from app.api.shapes.base import Answer, Body
from app.api.shapes.people import PersonShape
from app.identity.types import PersonRef
from app.repairs.handover import Handover, Part, Report

Name = Annotated[str, Field(max_length=200)]


class HandoverBody(Body):
    receivers: dict[str, Name] = Field(
        default={}, max_length=2000, description="清单里的 key → 接收人的用户名；不给的留在原处"
    )
    mark: str | None = Field(default=None, max_length=40, description="看到的清单的 mark")
    reason: str = Field(default="", max_length=1000, description="必须写")


class PartShape(Answer):
    key: str
    what: Literal["task", "own", "mandate", "pair"]
    title: str
    ticket: str | None
    needs_receiver: bool
    proposed: PersonShape | None = Field(description="建议的接收人：AB角，或者同岗位的人")
    note: str

    @classmethod
    def of(cls, part: Part) -> "PartShape":
        return cls(
            key=part.key,
            what=part.what.value,
            title=part.title,
            ticket=part.ticket or None,
            needs_receiver=part.needs,
            proposed=_person(part.proposed),
            note=part.note,
        )


class HandoverShape(Answer):
    person: PersonShape
    mark: str
    items: list[PartShape]

    @classmethod
    def of(cls, found: Handover) -> "HandoverShape":
        return cls(
            person=PersonShape.of(found.person),
            mark=found.mark,
            items=[PartShape.of(part) for part in found.parts],
        )


class HandedShape(Answer):
    key: str
    title: str
    to: PersonShape | None = Field(description="交给了谁；没有移交的为空")
    told: str


class HandoverReport(Answer):
    person: PersonShape
    moved: int
    items: list[HandedShape]

    @classmethod
    def of(cls, report: Report) -> "HandoverReport":
        return cls(
            person=PersonShape.of(report.person),
            moved=report.moved,
            items=[
                HandedShape(
                    key=line.part.key,
                    title=line.part.title,
                    to=_person(line.to),
                    told=line.told,
                )
                for line in report.lines
            ],
        )


def _person(person: PersonRef | None) -> PersonShape | None:
    return PersonShape.of(person) if person else None
