"""Keeping units: what is below them, what they are called, and what may be begun there."""

from typing import Any

from app.administration import asking, queries, service
from app.administration.starting import processes_of
from app.api.registrar import Act, Registrar
from app.api.routes.staff import REFUSALS, in_words
from app.api.shapes.base import Items
from app.api.shapes.staff import (
    KeptUnitShape,
    NewUnitBody,
    ProcessKeyBody,
    SeenBody,
    StartingShape,
    UnitNameBody,
)
from app.core.clock import local
from app.identity.models import Unit
from app.identity.queries import former_names, get_unit
from app.web.step_up import require_step_up

api = Registrar("管理单位")


@api.get("/units/<unit>", "一个单位，关闭了的也在", 401, 403, 404)
def show_unit(act: Act, unit: str) -> KeptUnitShape:
    return _shape(act, queries.access_unit_by_code(act.session, unit, act.actor))


@api.post("/units/<unit>/below", "在下面增设单位", *REFUSALS, status=201)
def create_unit(act: Act, unit: str, body: NewUnitBody) -> KeptUnitShape:
    require_step_up()
    given = _given(act, unit, body)
    with in_words(unit_name="name"):
        typed = {"code": body.code, "unit_name": body.name}
        found = asking.judge(typed, "code", "unit_name", today=local(act.now).date())
        made = service.add_unit(
            act.session,
            **given,
            code=found.values["code"],
            name=found.values["unit_name"],
            kind=asking.unit_kind(body.kind),
        )
    return _shape(act, made)


@api.post(
    "/units/<unit>/name", "更正写错的单位名称；已经打印的表不变。单位更名见机构调整", *REFUSALS
)
def rename_unit(act: Act, unit: str, body: UnitNameBody) -> KeptUnitShape:
    require_step_up()
    given = _given(act, unit, body)
    with in_words(unit_name="name"):
        typed = {"unit_name": body.name}
        found = asking.judge(typed, "unit_name", today=local(act.now).date())
        changed = service.rename_unit(
            act.session,
            **given,
            name=found.values["unit_name"],
        )
    return _shape(act, changed)


@api.post("/units/<unit>/close", "关闭单位；还有人、岗位或者没办结的件就不能关", *REFUSALS)
def close_unit(act: Act, unit: str, body: SeenBody) -> KeptUnitShape:
    require_step_up()
    return _shape(act, service.close_unit(act.session, **_given(act, unit, body)))


@api.post("/units/<unit>/reopen", "重新启用单位", *REFUSALS)
def reopen_unit(act: Act, unit: str, body: SeenBody) -> KeptUnitShape:
    require_step_up()
    return _shape(act, service.reopen_unit(act.session, **_given(act, unit, body)))


@api.get("/units/<unit>/processes", "这个单位可以发起的流程，停止的也在", 401, 403, 404)
def list_unit_processes(act: Act, unit: str) -> Items[StartingShape]:
    there = queries.access_unit_by_code(act.session, unit, act.actor)
    return Items(items=list(map(StartingShape.of, processes_of(act.session, there, act.now))))


@api.post("/units/<unit>/processes/hide", "停止发起一种流程；已经在办的照常办完", *REFUSALS)
def hide_process(act: Act, unit: str, body: ProcessKeyBody) -> KeptUnitShape:
    require_step_up()
    return _shape(
        act, service.hide_process(act.session, **_given(act, unit, body), key=body.process)
    )


@api.post("/units/<unit>/processes/restore", "恢复发起", *REFUSALS)
def restore_process(act: Act, unit: str, body: ProcessKeyBody) -> KeptUnitShape:
    require_step_up()
    return _shape(
        act, service.show_process(act.session, **_given(act, unit, body), key=body.process)
    )


def _given(act: Act, code: str, body: SeenBody) -> dict[str, Any]:
    unit = queries.access_unit_by_code(act.session, code, act.actor)
    return {"actor": act.actor, "now": act.now, "unit_id": unit.id, "seen": body.version}


def _shape(act: Act, unit: Unit) -> KeptUnitShape:
    act.session.flush()  # the version is the one that is written
    people = queries.count_people(act.session, unit.id)
    other = get_unit(act.session, unit.successor_id).code if unit.successor_id else None
    return KeptUnitShape.of(unit, people, former_names(act.session, unit.id), other)
