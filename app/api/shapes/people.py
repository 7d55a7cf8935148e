"""Tokens, the person who asks, people and units to choose from."""

from typing import Annotated

from pydantic import Field

from app.api.shapes.base import Answer, Body, Moment, SearchQuery
from app.core.actor import Actor, Held
from app.identity.models import Unit
from app.identity.types import POSITION_LABELS, PersonRef, Position

Word = Annotated[str, Field(min_length=1, max_length=200)]


class Credentials(Body):
    username: Word
    password: Word
    otp: str | None = Field(default=None, max_length=20, description="第二因素，启用后才要")


class Token(Answer):
    token: str
    expires_at: Moment


class PeopleQuery(SearchQuery):
    q: Annotated[str, Field(max_length=100, description="姓名的一部分，或者用户名的开头")] = ""
    ticket: Annotated[
        str, Field(max_length=50, description="办件编号：这件可以抄送、可以 @ 的人")
    ] = ""


class UnitShape(Answer):
    code: str
    name: str


class HeldShape(Answer):
    position: str
    label: str
    unit: str
    key: str = Field(description="岗位:单位，与办理任务的 candidates 相同")

    @classmethod
    def of(cls, held: Held) -> "HeldShape":
        label = POSITION_LABELS[Position(held.position)]
        return cls(position=held.position, label=label, unit=held.unit_code, key=held.key)


class PersonShape(Answer):
    username: str
    name: str
    unit: UnitShape

    @classmethod
    def of(cls, person: PersonRef) -> "PersonShape":
        unit = UnitShape(code=person.unit_code, name=person.unit_name)
        return cls(username=person.username, name=person.name, unit=unit)


class Me(Answer):
    username: str
    name: str
    person: PersonShape
    unit: UnitShape
    positions: list[HeldShape]

    @classmethod
    def of(cls, actor: Actor) -> "Me":
        unit = UnitShape(code=actor.unit_code, name=actor.unit_name)
        return cls(
            username=actor.username,
            name=actor.name,
            person=PersonShape(username=actor.username, name=actor.name, unit=unit),
            unit=unit,
            positions=[
                HeldShape.of(held) for held in sorted(actor.positions, key=lambda held: held.key)
            ],
        )


class UnitRow(UnitShape):
    kind: str
    level: int

    @classmethod
    def of(cls, unit: Unit) -> "UnitRow":
        return cls(code=unit.code, name=unit.name, kind=unit.kind.value, level=unit.level)
