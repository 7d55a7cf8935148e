"""机构调整 over REST."""

from datetime import date
from typing import Annotated

from pydantic import Field

from app.administration.models import Reorganisation
from app.administration.types import PLAN_LABELS, Effect, PlanKind, PlanState
from app.api.shapes.base import Answer, Body, Moment, PageQuery
from app.api.shapes.people import UnitShape
from app.api.shapes.staff import Name, SeenBody, Version
from app.identity.models import Person, Unit

KINDS = "、".join(f"{one.value} {label}" for one, label in PLAN_LABELS.items())
Mark = Annotated[str, Field(max_length=200, description="您看到的 seen；会动到的变了就是 409")]


class PlansQuery(PageQuery):
    unit: Annotated[str, Field(max_length=100, description="单位代码：它的，和并到它这里的")] = ""


class PlanBody(SeenBody):
    """`version` is the unit's."""

    kind: Name = Field(description=KINDS)
    name: Name = Field(default="", description="更名：新名称")
    successor: Name = Field(default="", description="并入、撤销：承接单位的代码")
    day: Name = Field(description="从哪天起，YYYY-MM-DD")
    document: Name = Field(description="文号")
    reason: str = Field(max_length=1000)


class MarkBody(Body):
    version: Version
    seen: Mark


class PlanVersionBody(Body):
    version: Version


class EffectShape(Answer):
    people: int = Field(description="登记在这里的人")
    positions: int
    tickets: int = Field(description="没办结的件")
    drafts: int
    tasks: int = Field(description="等着这里的岗位办的步骤")
    candidate_keys: int = Field(description="等着的岗位有几种")
    pairs: int = Field(description="AB角")
    mandates: int = Field(description="这里的人的委托，不动")
    functions: int = Field(description="流程图和对口表里写着它的地方")

    @classmethod
    def of(cls, effect: Effect) -> "EffectShape":
        return cls(
            people=effect.people,
            positions=effect.positions,
            tickets=effect.tickets,
            drafts=effect.drafts,
            tasks=effect.tasks,
            candidate_keys=effect.keys,
            pairs=effect.pairs,
            mandates=effect.mandates,
            functions=effect.functions,
        )


class PlanShape(Answer):
    id: int
    unit: UnitShape
    kind: PlanKind
    kind_label: str
    state: PlanState
    state_label: str
    version: int
    old_name: str
    new_name: str | None
    successor: UnitShape | None
    day: date
    document: str
    reason: str
    proposed_by: str
    proposed_at: Moment
    confirmed_by: str | None
    confirmed_at: Moment | None
    done_at: Moment | None
    stuck: str = Field(description="到日子没有办成的原因；空：没有")
    effect: EffectShape | None = Field(default=None, description="会动到什么：没有生效的才有")
    seen: str | None = Field(default=None, description="确认时原样送回")

    @classmethod
    def of(cls, plan: Reorganisation, effect: Effect | None = None) -> "PlanShape":
        return cls(
            id=plan.id,
            unit=_unit(plan.unit),
            kind=plan.kind,
            kind_label=plan.kind_label,
            state=plan.state,
            state_label=plan.state_label,
            version=plan.version,
            old_name=plan.old_name,
            new_name=plan.new_name,
            successor=_unit(plan.successor) if plan.successor else None,
            day=plan.day,
            document=plan.document,
            reason=plan.reason,
            proposed_by=plan.proposed_by.name,
            proposed_at=plan.proposed_at,
            confirmed_by=_name(plan.confirmed_by),
            confirmed_at=plan.confirmed_at,
            done_at=plan.done_at,
            stuck=plan.stuck,
            effect=EffectShape.of(effect) if effect else None,
            seen=effect.mark if effect else None,
        )


def _unit(unit: Unit) -> UnitShape:
    return UnitShape(code=unit.code, name=unit.name)


def _name(person: Person | None) -> str | None:
    return person.name if person else None
