"""时限督办: what is near and over, and what leaders ask of those who have it."""

from typing import Any

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items, PageQuery, Pdf
from app.api.shapes.supervision import (
    AnswerBody,
    CloseBody,
    DueShape,
    DuesQuery,
    SuperviseBody,
    SupervisionShape,
)
from app.calendar.periods import day_of
from app.core.crypto import digest
from app.supervision import printing, queries, service
from app.supervision.models import Supervision
from app.supervision.types import Asked, What
from app.tickets import policy
from app.tickets.models import Ticket
from app.tickets.queries import access_ticket

api = Registrar("督办")
ONE = "/supervisions/<int:supervision_id>"
REFUSALS = (400, 401, 403, 404, 409, 413, 415, 422)


@api.get("/dues", "快到期和超期的环节、办件：领导、部门负责人和审计员看管的单位", 400, 401, 403)
def list_dues(act: Act, query: DuesQuery) -> Items[DueShape]:
    page = queries.list_dues(
        act.session,
        act.actor,
        act.horizon,
        what=What(query.of),
        asked=Asked.parse(query.words),
        cursor=query.cursor,
        limit=query.limit,
    )
    return Items.of(page.map(DueShape.of))


@api.get("/supervisions", "没有办结的督办", 400, 401, 403)
def list_supervisions(act: Act, query: PageQuery) -> Items[SupervisionShape]:
    page = queries.list_supervisions(
        act.session, act.actor, day_of(act.now), cursor=query.cursor, limit=query.limit
    )
    return Items.of(page.map(SupervisionShape.of))


@api.get("/tickets/<number>/supervisions", "一件的督办，没有办结的在前", 401, 403, 404)
def list_supervisions_of(act: Act, number: str) -> Items[SupervisionShape]:
    ticket = access_ticket(act.session, number, act.actor, policy.can_view)
    return Items(items=_of(act, ticket))


@api.post(
    "/tickets/<number>/supervisions",
    "督办：要求现在办它的人在一天以前答复；由谁办不变，一个环节同时只有一项",
    *REFUSALS,
    status=201,
)
def supervise(act: Act, number: str, body: SuperviseBody) -> SupervisionShape:
    made = service.open_supervision(
        act.session,
        actor=act.actor,
        now=act.now,
        number=number,
        demand=body.demand,
        answer_by=body.answer_by,
        task_id=body.task,
    )
    return _shown(act, made)


@api.post(f"{ONE}/answer", "答复督办：由现在办它的人", *REFUSALS)
def answer_supervision(act: Act, supervision_id: int, body: AnswerBody) -> SupervisionShape:
    row = service.answer(
        act.session,
        actor=act.actor,
        now=act.now,
        supervision_id=supervision_id,
        version=body.version,
        text=body.text,
    )
    return _shown(act, row)


@api.post(f"{ONE}/close", "办结督办：由可以督办这件的领导", *REFUSALS)
def close_supervision(act: Act, supervision_id: int, body: CloseBody) -> SupervisionShape:
    row = service.close(
        act.session,
        actor=act.actor,
        now=act.now,
        supervision_id=supervision_id,
        version=body.version,
        text=body.text,
    )
    return _shown(act, row)


@api.get(f"{ONE}.pdf", "督办单，系统自己的格式；打开要记入审计", 401, 403, 404, 503, writes=True)
def print_supervision(act: Act, supervision_id: int) -> Pdf:
    given: dict[str, Any] = {"actor": act.actor, "now": act.now, "supervision_id": supervision_id}
    data, number = printing.print_sheet(act.session, **given)
    printing.note_sheet(act.session, **given, data=data)
    return Pdf(data, f"{number}-supervision-{supervision_id}.pdf", digest(data))


def _shown(act: Act, row: Supervision) -> SupervisionShape:
    _, ticket = queries.access_supervision(act.session, row.id, act.actor)
    return next(one for one in _of(act, ticket) if one.id == row.id)


def _of(act: Act, ticket: Ticket) -> list[SupervisionShape]:
    rows = queries.supervisions_of(act.session, ticket, act.actor, day_of(act.now))
    return [SupervisionShape.of(row) for row in rows]
