"""What a person must repair."""

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items
from app.api.shapes.incidents import IncidentShape, IncidentsQuery, RetryBody
from app.api.types import NeedsPosition
from app.processes.types import IncidentState
from app.repairs import policy, queries, service

api = Registrar("异常")


@api.get("/incidents", "要人处理的异常，新的在前", 400, 401, 403)
def list_incidents(act: Act, query: IncidentsQuery) -> Items[IncidentShape]:
    if not policy.can_read(act.actor):
        raise NeedsPosition
    page = queries.list_incidents(
        act.session,
        act.actor,
        state=None if query.state == "all" else IncidentState(query.state),
        cursor=query.cursor,
        limit=query.limit,
    )
    return Items.of(page.map(IncidentShape.of))


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
