"""我发起的 and the other lists of tickets."""

from flask import render_template, request

from app.core.db import reading
from app.core.errors import Malformed
from app.tickets import queries
from app.tickets.routes.base import bp
from app.tickets.types import TicketBox, TicketState
from app.web.actor import current_actor


@bp.get("/tickets")
def index() -> str:
    name = request.args.get("box", "mine")
    q, cursor = request.args.get("q", ""), request.args.get("cursor")
    box, state = _box(name)
    with reading() as session:
        page = queries.list_tickets(session, current_actor(), box, state=state, q=q, cursor=cursor)
    return render_template("tickets/list.html", box=name, page=page, q=q, cursor=cursor, here=name)


def _box(name: str) -> tuple[TicketBox, TicketState | None]:
    if name == "draft":
        return TicketBox.MINE, TicketState.DRAFT
    try:
        return TicketBox(name), None
    except ValueError as error:
        raise Malformed("没有这个列表。") from error
