"""What a person must repair."""

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items
from app.api.shapes.incidents import (
    CauseShape,
    IncidentCounts,
    IncidentDetail,
    IncidentShape,
    IncidentsQuery,
    PlaceShape,
    RetryBody,
)
from app.api.types import NeedsPosition
from app.processes.types import IncidentKind, IncidentState
from app.repairs import policy, queries, service
from app.repairs.types import Narrowed

api = Registrar("异常")


@api.get("/incidents", "要人处理的异常，新的在前", 400, 401, 403)
def list_incidents(act: Act, query: IncidentsQuery) -> Items[IncidentShape]:
    if not policy.can_read(act.actor):
        raise NeedsPosition
    page = queries.list_incidents(
        act.session,
        act.actor,
        state=None if query.state == "all" else IncidentState(query.state),
        narrowed=Narrowed(
            query.process,
            query.node,
            IncidentKind(query.kind) if query.kind else None,
            query.same,
        ),
        cursor=query.cursor,
        limit=query.limit,
    )
    return Items.of(page.map(IncidentShape.of))


@api.get("/incidents/counts", "还没有处理的有多少，按环节和原因", 401, 403)
def count_incidents(act: Act) -> IncidentCounts:
    if not policy.can_read(act.actor):
        raise NeedsPosition
    return IncidentCounts(
        open=queries.count_open(act.session, act.actor),
        by_node=[PlaceShape.of(one) for one in queries.by_place(act.session, act.actor)],
        by_cause=[CauseShape.of(one) for one in queries.by_cause(act.session, act.actor)],
    )


@api.get("/incidents/<int:incident_id>", "一条异常，原因、变量和出错的位置", 401, 403, 404)
def show_incident(act: Act, incident_id: int) -> IncidentDetail:
    row = queries.incident_row(act.session, incident_id, act.actor, policy.can_read)
    return IncidentDetail.of_row(row, may_repair=policy.can_repair(act.actor))


@api.post(
    "/incidents/<int:incident_id>/retry",
    "再试一次；没有成功也答 200，state 仍是 open，tries 多一次",
    *(400, 401, 403, 404, 409, 413, 415, 422),
)
def retry_incident(act: Act, incident_id: int, body: RetryBody) -> IncidentShape:
    service.retry(
        act.session, actor=act.actor, now=act.now, incident_id=incident_id, seen=body.tries
    )
    row = queries.incident_row(act.session, incident_id, act.actor, policy.can_read)
    return IncidentShape.of(row)
