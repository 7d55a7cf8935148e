"""Outages, whose papers are entered afterwards."""

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items, PageQuery
from app.api.shapes.outages import OutageBody, OutageShape, OutageWithdrawBody
from app.core import clock
from app.identity.queries import unit_by_code
from app.outages import queries, service
from app.outages.models import Outage

api = Registrar("停机登记")
REFUSALS = (400, 401, 403, 404, 409, 413, 415, 422)


@api.get("/outages", "管您单位的和归您管的停机，最近的在前", 400, 401)
def list_outages(act: Act, query: PageQuery) -> Items[OutageShape]:
    page = queries.list_outages(
        act.session,
        actor=act.actor,
        today=clock.local(act.now).date(),
        cursor=query.cursor,
        limit=query.limit,
    )
    return Items.of(page.map(OutageShape.of))


@api.post("/outages", "登记停机", *REFUSALS, status=201)
def create_outage(act: Act, body: OutageBody) -> OutageShape:
    unit = unit_by_code(act.session, body.unit)
    made = service.declare(act.session, actor=act.actor, now=act.now, draft=body.made(unit.id))
    return _shown(act, made)


@api.post("/outages/<int:outage_id>/withdraw", "撤销停机登记，还没有补录的件时", *REFUSALS)
def withdraw_outage(act: Act, outage_id: int, body: OutageWithdrawBody) -> OutageShape:
    gone = service.withdraw(
        act.session,
        actor=act.actor,
        now=act.now,
        outage_id=outage_id,
        version=body.version,
        reason=body.reason,
    )
    return _shown(act, gone)


def _shown(act: Act, outage: Outage) -> OutageShape:
    today = clock.local(act.now).date()
    return OutageShape.of(queries.outage_row(act.session, act.actor, outage.id, today))
