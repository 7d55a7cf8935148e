"""我发起的 and the other lists of tickets, and the file of their ticked rows."""

from dataclasses import replace

from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import Malformed
from app.core.sheets import XLSX
from app.processes.queries import list_titles
from app.saved.queries import first_seen, list_kept
from app.tasks.types import DUE_LABELS
from app.tickets import exporting, narrowing, queries
from app.tickets.routes.base import bp
from app.tickets.types import LABELS, TicketBox, TicketState
from app.web import filtering
from app.web.actor import current_actor
from app.web.downloads import attachment
from app.web.step_up import require_step_up


@bp.get("/tickets")
def index() -> str | AnyResponse:
    name = request.args.get("box", "mine")
    q, cursor = request.args.get("q", ""), request.args.get("cursor")
    box, filters = _box(name), narrowing.chosen(request.args, utcnow())
    narrowed = replace(filters, state=TicketState.DRAFT) if name == "draft" else filters
    with reading() as session:
        kept = list_kept(session, current_actor(), name)
        if first := first_seen(kept, request.args):
            return redirect(filtering.address("tickets.index", name, first))
        page = queries.list_tickets(
            session, current_actor(), box, filters=narrowed, q=q, cursor=cursor
        )
        processes = list_titles(session)
    given = {"q": q.strip(), **filters.given} if q.strip() else filters.given
    called: filtering.Choices = {"process": dict(processes), "state": LABELS, "due": DUE_LABELS}
    return render_template(
        "tickets/list.html",
        box=name,
        page=page,
        q=q,
        filters=filters,
        cursor=cursor,
        processes=processes,
        states=LABELS,
        dues=DUE_LABELS,
        set=filtering.chips("tickets.index", name, given, called),
        kept=kept,
        here=name,
    )


@bp.post("/tickets/export")
def export() -> Response:
    """A POST: taking rows out of the house is an act that is recorded."""
    require_step_up()
    with transaction() as session:
        made = exporting.export_tickets(
            session,
            actor=current_actor(),
            now=utcnow(),
            numbers=request.form.getlist("number"),
        )
    return attachment(made.data, XLSX, made.name)


def _box(name: str) -> TicketBox:
    if name == "draft":
        return TicketBox.MINE
    try:
        return TicketBox(name)
    except ValueError as error:
        raise Malformed("没有这个列表。") from error
