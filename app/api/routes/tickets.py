"""Tickets: start, follow, take back."""

from app.api.registrar import Act, Registrar
from app.api.shapes.attachments import FileUpload
from app.api.shapes.base import Items
from app.api.shapes.tickets import (
    AddedRows,
    AnswersBody,
    CellError,
    DeadlineHistory,
    LogLine,
    MessageBody,
    NewTicket,
    ReasonBody,
    RevealBody,
    Revealed,
    RowsOf,
    SignalBody,
    TicketLine,
    TicketShape,
    TicketsQuery,
)
from app.api.showing import show_ticket
from app.core.errors import AppError, Fault, Invalid
from app.processes.changes import EDITED
from app.processes.queries import node_log
from app.repairs import standing
from app.repairs.policy import can_repair
from app.tickets import calling, narrowing, policy, queries, revealing, service
from app.tickets.dues import history
from app.tickets.types import TicketBox, TicketState
from app.web.step_up import require_step_up

api = Registrar("办件")


@api.post(
    "/tickets", "发起：提交，或只存草稿", 400, 401, 403, 404, 409, 413, 415, 422, 503, status=201
)
def create_ticket(act: Act, body: NewTicket) -> TicketShape:
    ticket = service.create_draft(
        act.session,
        actor=act.actor,
        now=act.now,
        process=body.process,
        answers=body.answers if body.draft else None,
        variables=body.variables,
        paper=body.paper.made() if body.paper else None,
    )
    if ticket.state is TicketState.DRAFT and not body.draft:
        ticket = service.submit(
            act.session,
            actor=act.actor,
            now=act.now,
            number=ticket.number,
            answers=body.answers or {},
        )
    elif body.answers and not body.draft:
        raise Invalid([Fault("answers", "unknown_field", "这项业务没有申请表。")])
    if body.attachments:
        service.attach(
            act.session, actor=act.actor, now=act.now, ticket=ticket, ids=body.attachments
        )
    return show_ticket(act, ticket)


@api.get("/tickets", "办件列表，最近有变化的在前", 400, 401)
def list_tickets(act: Act, query: TicketsQuery) -> Items[TicketLine]:
    page = queries.list_tickets(
        act.session,
        act.actor,
        TicketBox(query.box),
        filters=narrowing.chosen(query.words, act.horizon),
        q=query.q,
        cursor=query.cursor,
        limit=query.limit,
    )
    return Items.of(page.map(TicketLine.of))


@api.get("/tickets/<number>", "一件", 401, 404)
def show(act: Act, number: str) -> TicketShape:
    ticket = queries.access_ticket(act.session, number, act.actor, policy.can_view)
    return show_ticket(act, ticket)


@api.get("/tickets/<number>/deadlines", "每个时限是怎么算的：依据、停表、重算", 401, 404)
def list_ticket_deadlines(act: Act, number: str) -> Items[DeadlineHistory]:
    ticket = queries.access_ticket(act.session, number, act.actor, policy.can_view)
    return Items(items=[DeadlineHistory.of(one) for one in history(act.session, ticket)])


@api.get("/tickets/<number>/log", "引擎做了什么", 401, 404)
def show_log(act: Act, number: str) -> Items[LogLine]:
    ticket = queries.access_ticket(act.session, number, act.actor, policy.can_view)
    entries = node_log(act.session, ticket.instance_id)
    return Items(items=[LogLine.of(entry) for entry in entries if entry.event != EDITED])


@api.post(
    "/tickets/<number>/signals",
    "给这件发一个信号",
    *(400, 401, 403, 404, 409, 413, 415, 422, 503),
)
def send_signal(act: Act, number: str, body: SignalBody) -> TicketShape:
    ticket = calling.signal(
        act.session,
        actor=act.actor,
        now=act.now,
        number=number,
        name=body.name,
        payload=body.payload,
    )
    return show_ticket(act, ticket)


@api.post(
    "/messages",
    "发一个消息：给等得最久的那件；没有在等的，由它开始一件",
    *(400, 401, 403, 409, 413, 415, 422, 503),
)
def send_message(act: Act, body: MessageBody) -> TicketShape:
    ticket = calling.message(
        act.session,
        actor=act.actor,
        now=act.now,
        name=body.name,
        correlation=None if body.correlation is None else str(body.correlation),
        payload=body.payload,
    )
    return show_ticket(act, ticket)


@api.post("/tickets/<number>/withdraw", "撤回", 400, 401, 403, 404, 409, 413, 415, 422)
def withdraw(act: Act, number: str, body: ReasonBody) -> TicketShape:
    ticket = service.withdraw(
        act.session, actor=act.actor, now=act.now, number=number, reason=body.reason
    )
    return show_ticket(act, ticket)


@api.post(
    "/tickets/<number>/resubmit",
    "提交草稿，或补正后重报",
    *(400, 401, 403, 404, 409, 413, 415, 422, 503),
)
def resubmit(act: Act, number: str, body: AnswersBody) -> TicketShape:
    ticket = service.submit(
        act.session, actor=act.actor, now=act.now, number=number, answers=body.answers
    )
    return show_ticket(act, ticket)


@api.post(
    "/tickets/<number>/rows",
    "把表格（xlsx 或 csv，第一行是各栏的名称）里的行加到草稿里，逐格说明错处",
    *(400, 401, 403, 404, 409, 413, 415, 422, 503),
)
def add_rows(act: Act, number: str, query: RowsOf, body: FileUpload) -> AddedRows:
    ticket, count, errors = service.add_rows(
        act.session,
        actor=act.actor,
        now=act.now,
        number=number,
        key=query.key,
        sheet=body.accepted,
    )
    return AddedRows(
        ticket=show_ticket(act, ticket),
        added=count,
        errors=[CellError(path=one.path, code=one.code, message=one.message) for one in errors],
    )


@api.post("/tickets/<number>/cancel", "作废", 400, 401, 403, 404, 409, 413, 415, 422)
def cancel(act: Act, number: str, body: ReasonBody) -> TicketShape:
    """By the requester what is in his hands; by an administrator what runs, with a reason."""
    ticket = queries.access_ticket(act.session, number, act.actor, policy.can_view)
    is_own = policy.is_requester(act.actor, ticket)
    end = standing.cancel if can_repair(act.actor) and not is_own else service.cancel
    ticket = end(act.session, actor=act.actor, now=act.now, number=number, reason=body.reason)
    return show_ticket(act, ticket)


@api.post(
    "/tickets/<number>/reveal",
    "一个完整的身份证号或电话，要写事由，记入审计",
    *(400, 401, 403, 404, 413, 415, 422, 429),
    repeatable=False,
)
def reveal(act: Act, number: str, body: RevealBody) -> Revealed | AppError:
    require_step_up()
    value = revealing.reveal(
        act.session,
        actor=act.actor,
        now=act.now,
        number=number,
        row=body.row,
        field=body.field,
        reason=body.reason,
    )
    if isinstance(value, AppError):
        return value
    return Revealed(row=body.row, field=body.field, value=value)
