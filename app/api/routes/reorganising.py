"""机构调整: the same acts as on the unit's page."""

from app.administration import asking, queries, service
from app.administration.models import Reorganisation
from app.administration.remains import weigh
from app.administration.reorganising import access_plan, list_plans
from app.api.registrar import Act, Registrar
from app.api.routes.staff import REFUSALS, in_words
from app.api.shapes.base import Items
from app.api.shapes.reorganising import (
    MarkBody,
    PlanBody,
    PlanShape,
    PlansQuery,
    PlanVersionBody,
)
from app.core.clock import local
from app.web.step_up import require_step_up

api = Registrar("机构调整")


@api.get("/reorganisations", "范围内的机构调整，新的在前", 400, 401, 403, 404)
def list_reorganisations(act: Act, query: PlansQuery) -> Items[PlanShape]:
    unit = queries.access_unit_by_code(act.session, query.unit, act.actor) if query.unit else None
    page = list_plans(
        act.session,
        act.actor,
        unit_id=unit.id if unit else None,
        cursor=query.cursor,
        limit=query.limit,
    )
    return Items.of(page.map(PlanShape.of))


@api.get("/reorganisations/<int:plan_id>", "一次机构调整和它会动到什么", 401, 403, 404)
def show_reorganisation(act: Act, plan_id: int) -> PlanShape:
    return _shape(act, access_plan(act.session, plan_id, act.actor))


@api.post("/units/<unit>/reorganisations", "提出机构调整，等另一个人确认", *REFUSALS, status=201)
def create_reorganisation(act: Act, unit: str, body: PlanBody) -> PlanShape:
    require_step_up()
    there = queries.access_unit_by_code(act.session, unit, act.actor)
    with in_words(plan_kind="kind", unit_name="name"):
        typed = {
            "plan_kind": body.kind,
            "unit_name": body.name,
            **body.model_dump(include={"successor", "day", "document", "reason"}),
        }
        change = asking.plan(act.session, act.actor, typed, local(act.now).date())
        made = service.propose(
            act.session,
            actor=act.actor,
            now=act.now,
            unit_id=there.id,
            seen=body.version,
            change=change,
        )
    return _shape(act, made)


@api.post("/reorganisations/<int:plan_id>/confirm", "由另一名系统管理员确认", *REFUSALS)
def confirm_reorganisation(act: Act, plan_id: int, body: MarkBody) -> PlanShape:
    require_step_up()
    with in_words(plan_kind="kind", unit_name="name"):
        done = service.confirm_plan(
            act.session,
            actor=act.actor,
            now=act.now,
            plan_id=plan_id,
            version=body.version,
            seen=body.seen,
        )
    return _shape(act, done)


@api.post("/reorganisations/<int:plan_id>/withdraw", "撤回还没有生效的", *REFUSALS)
def withdraw_reorganisation(act: Act, plan_id: int, body: PlanVersionBody) -> PlanShape:
    require_step_up()
    return _shape(
        act,
        service.retract(
            act.session, actor=act.actor, now=act.now, plan_id=plan_id, version=body.version
        ),
    )


def _shape(act: Act, plan: Reorganisation) -> PlanShape:
    if not plan.is_live:
        return PlanShape.of(plan)
    effect = weigh(act.session, plan.unit, act.now)
    return PlanShape.of(plan, effect)
