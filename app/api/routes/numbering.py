"""编号规则 and the numbers that were given by them."""

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items
from app.api.shapes.cover import VersionBody
from app.api.shapes.rules import (
    NumberingBody,
    NumberShape,
    NumbersQuery,
    PatternShape,
    ReasonedBody,
)
from app.core import clock
from app.identity.queries import unit_by_code
from app.rules import queries, service
from app.rules.types import Numbering

api = Registrar("编号规则")
REFUSALS = (400, 401, 403, 404, 409, 413, 415, 422)


@api.get("/numbering", "上级单位的和归您管的编号规则", 401)
def list_patterns(act: Act) -> Items[PatternShape]:
    rows = queries.list_patterns(act.session, act.actor, clock.local(act.now).date())
    return Items(items=[PatternShape.of(row) for row in rows])


@api.post("/numbering", "登记编号规则", *REFUSALS, status=201)
def create_pattern(act: Act, body: NumberingBody) -> PatternShape:
    unit = unit_by_code(act.session, body.unit)
    numbering = Numbering(
        body.name, body.title, unit.id, body.pattern, body.since, body.first, body.last
    )
    made = service.enter_pattern(act.session, actor=act.actor, now=act.now, numbering=numbering)
    return _shown(act, made.id)


@api.post("/numbering/<int:pattern_id>/withdraw", "撤销还没有用过的编号规则", *REFUSALS)
def withdraw_pattern(act: Act, pattern_id: int, body: VersionBody) -> PatternShape:
    service.withdraw_pattern(
        act.session,
        actor=act.actor,
        now=act.now,
        pattern_id=pattern_id,
        version=body.version,
    )
    return _shown(act, pattern_id)


@api.get("/numbers", "归您看的编号，最近的在前；作废的也在内", 400, 401)
def list_numbers(act: Act, query: NumbersQuery) -> Items[NumberShape]:
    page = queries.list_numbers(
        act.session,
        actor=act.actor,
        name=query.name,
        void=query.void,
        cursor=query.cursor,
        limit=query.limit,
    )
    return Items.of(page.map(NumberShape.row))


@api.post("/numbers/<int:number_id>/void", "作废一个编号，留着，不再用", *REFUSALS)
def void_number(act: Act, number_id: int, body: ReasonedBody) -> NumberShape:
    service.void_number(
        act.session,
        actor=act.actor,
        now=act.now,
        number_id=number_id,
        version=body.version,
        reason=body.reason,
    )
    return NumberShape.row(queries.number_row(act.session, act.actor, number_id))


def _shown(act: Act, pattern_id: int) -> PatternShape:
    today = clock.local(act.now).date()
    return PatternShape.of(queries.pattern_row(act.session, act.actor, pattern_id, today))
