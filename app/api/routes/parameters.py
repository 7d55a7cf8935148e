"""参数: values within bounds, changed by two people."""

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items
from app.api.shapes.cover import VersionBody
from app.api.shapes.rules import (
    ChangeShape,
    ParameterChangesShape,
    ParameterShape,
    ParametersQuery,
    ProposalBody,
)
from app.core import clock
from app.identity.layers import NATION, visible_layer
from app.identity.models import Unit
from app.identity.queries import unit_by_code
from app.identity.types import NoSuchUnit
from app.rules import queries, service
from app.rules.models import ParameterChange
from app.rules.types import Proposal

api = Registrar("参数")
REFUSALS = (400, 401, 403, 404, 409, 413, 415, 422)


@api.get("/parameters", "一个单位的全部参数：现在是多少、谁定的、以后是多少", 401, 404)
def list_parameters(act: Act, query: ParametersQuery) -> Items[ParameterShape]:
    rows = queries.list_parameters(act.session, _unit(act, query.unit), clock.local(act.now).date())
    return Items(items=[ParameterShape.of(row) for row in rows])


@api.get("/parameters/<parameter>", "一个参数和它的改动", 401, 404)
def get_parameter(act: Act, parameter: str, query: ParametersQuery) -> ParameterChangesShape:
    queries.get_parameter(parameter)
    rows = queries.list_parameters(act.session, _unit(act, query.unit), clock.local(act.now).date())
    (own,) = (row for row in rows if row.parameter.key == parameter)
    return ParameterChangesShape(
        parameter=ParameterShape.of(own),
        changes=[
            ChangeShape.of(row) for row in queries.list_changes(act.session, act.actor, parameter)
        ],
    )


@api.post("/parameters/<parameter>/changes", "提出改动，等第二人确认", *REFUSALS, status=201)
def propose_parameter(act: Act, parameter: str, body: ProposalBody) -> ChangeShape:
    unit = unit_by_code(act.session, body.unit)
    proposal = Proposal(parameter, unit.id, body.value, body.since, body.reason)
    return _shown(
        act,
        service.propose_change(act.session, actor=act.actor, now=act.now, proposal=proposal),
    )


@api.post("/parameters/changes/<int:change_id>/confirm", "确认别人提出的改动", *REFUSALS)
def confirm_parameter(act: Act, change_id: int, body: VersionBody) -> ChangeShape:
    return _shown(
        act,
        service.confirm_change(
            act.session,
            actor=act.actor,
            now=act.now,
            change_id=change_id,
            version=body.version,
        ),
    )


@api.post("/parameters/changes/<int:change_id>/withdraw", "撤回没有确认的改动", *REFUSALS)
def withdraw_parameter(act: Act, change_id: int, body: VersionBody) -> ChangeShape:
    return _shown(
        act,
        service.withdraw_change(
            act.session,
            actor=act.actor,
            now=act.now,
            change_id=change_id,
            version=body.version,
        ),
    )


def _unit(act: Act, code: str) -> Unit:
    unit = visible_layer(act.session, act.actor, code or act.actor.unit_code)
    if unit is None:
        raise NoSuchUnit(f"参数是单位的，没有叫“{NATION}”的单位。")
    return unit


def _shown(act: Act, change: ParameterChange) -> ChangeShape:
    return ChangeShape.of(queries.change_row(act.session, act.actor, change.id))
