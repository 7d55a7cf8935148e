"""Risk hints as REST shows them."""

from datetime import date
from typing import Annotated

from pydantic import Field

from app.api.shapes.base import Answer, Body, Moment, PageQuery
from app.api.shapes.cover import Version
from app.api.shapes.people import UnitShape
from app.hints.types import Colour, Filters, HintState, Shown, Verdict


class HintsQuery(PageQuery):
    state: HintState | None = None
    colour: Colour | None = None
    rule: Annotated[str, Field(max_length=40)] = ""

    @property
    def filters(self) -> Filters:
        return Filters(self.state, self.colour, self.rule)


class SignBody(Body):
    version: Version = None


class HandleBody(Body):
    version: Version = None
    verdict: str = Field(default="", max_length=20, description="mended 已整改，mistaken 核实无误")
    text: str = Field(default="", max_length=500, description="处理情况")


class HintShape(Answer):
    id: int
    rule: str
    title: str
    text: str
    demand: str = Field(description="限期整改的要求")
    colour: Colour
    state: HintState
    unit: UnitShape
    found_at: Moment
    seen_at: Moment = Field(description="最近一次查到")
    times: int = Field(description="提示过几次")
    sign_by: date
    handle_by: date
    late: bool
    signed_by: str
    signed_at: Moment | None
    handled_by: str
    handled_at: Moment | None
    verdict: Verdict | None
    handling: str
    gone_at: Moment | None
    version: int

    @classmethod
    def of(cls, one: Shown) -> "HintShape":
        return cls(
            id=one.id,
            rule=one.rule,
            title=one.title,
            text=one.text,
            demand=one.demand,
            colour=one.colour,
            state=one.state,
            unit=UnitShape(code=one.unit_code, name=one.unit_name),
            found_at=one.found_at,
            seen_at=one.seen_at,
            times=one.times,
            sign_by=one.sign_by,
            handle_by=one.handle_by,
            late=one.is_late,
            signed_by=one.signed_by,
            signed_at=one.signed_at,
            handled_by=one.handled_by,
            handled_at=one.handled_at,
            verdict=one.verdict,
            handling=one.handling,
            gone_at=one.gone_at,
            version=one.version,
        )
