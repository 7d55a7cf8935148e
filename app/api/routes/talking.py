"""Beside a ticket: comments, and telling others of it."""

from app.api.registrar import Act, Registrar
from app.api.shapes.talking import CommentBody, CopyBody, LinkBody, UrgeBody
from app.api.shapes.tickets import TicketShape
from app.api.showing import show_ticket
from app.tickets import service
from app.tickets.types import LinkKind

api = Registrar("办件")
ONE = "/tickets/<number>/comments/<int:comment_id>"


@api.post("/tickets/<number>/comment", "留言", 400, 401, 403, 404, 409, 413, 415, 422)
def comment(act: Act, number: str, body: CommentBody) -> TicketShape:
    ticket = service.comment(
        act.session, actor=act.actor, now=act.now, number=number, text=body.text, to=body.to
    )
    return show_ticket(act, ticket)


@api.post(f"{ONE}/withdraw", "2 分钟内撤回自己的留言", 400, 401, 403, 404, 409)
def withdraw_comment(act: Act, number: str, comment_id: int) -> TicketShape:
    ticket = service.withdraw_comment(
        act.session, actor=act.actor, now=act.now, number=number, comment_id=comment_id
    )
    return show_ticket(act, ticket)


@api.post(
    "/tickets/<number>/copy",
    "抄送：对方可以看这件，并在 GET /tasks?box=copied 里看到",
    *(400, 401, 403, 404, 409, 413, 415, 422),
)
def copy(act: Act, number: str, body: CopyBody) -> TicketShape:
    ticket = service.copy_to(
        act.session, actor=act.actor, now=act.now, number=number, to=body.to, text=body.text
    )
    return show_ticket(act, ticket)


@api.post(
    "/tickets/<number>/urge",
    "催办：由申请人或者他的单位领导；一件 4 小时一次，一天三次",
    *(400, 401, 403, 404, 409, 413, 415, 422),
)
def urge(act: Act, number: str, body: UrgeBody) -> TicketShape:
    ticket = service.urge(act.session, actor=act.actor, now=act.now, number=number, text=body.text)
    return show_ticket(act, ticket)


@api.post("/tickets/<number>/seen", "抄送给自己的已经看过", 400, 401, 403, 404)
def mark_seen(act: Act, number: str) -> TicketShape:
    ticket = service.mark_seen(act.session, actor=act.actor, now=act.now, number=number)
    return show_ticket(act, ticket)


@api.post(
    "/tickets/<number>/links",
    "关联另一件：由申请人和办理的人；同样的关联再来一次，还是那一个",
    *(400, 401, 403, 404, 409, 413, 415, 422),
)
def link(act: Act, number: str, body: LinkBody) -> TicketShape:
    ticket = service.link(
        act.session,
        actor=act.actor,
        now=act.now,
        number=number,
        to=body.to,
        kind=LinkKind(body.kind),
    )
    return show_ticket(act, ticket)


@api.delete(
    "/tickets/<number>/links/<int:link_id>",
    "取消关联：由关联的人或者系统管理员",
    *(400, 401, 403, 404),
)
def unlink(act: Act, number: str, link_id: int) -> TicketShape:
    ticket = service.unlink(
        act.session, actor=act.actor, now=act.now, number=number, link_id=link_id
    )
    return show_ticket(act, ticket)
