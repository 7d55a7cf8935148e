"""我发起的 and the other lists of tickets: their ticked rows are urged, or become a file."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.calendar.lights import Horizon
from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import Invalid, Malformed
from app.core.sheets import XLSX
from app.processes.queries import list_titles
from app.saved.queries import first_seen, list_kept
from app.tasks.types import DUE_LABELS
from app.tickets import exporting, narrowing, queries, service
from app.tickets.routes.base import bp, words
from app.tickets.types import LABELS, TicketBox, TicketState
from app.web import filtering
from app.web.actor import current_actor
from app.web.downloads import attachment
from app.web.once import asked_once
from app.web.step_up import require_step_up


@bp.get("/tickets")
def index() -> str | AnyResponse:
    name = request.args.get("box", "mine")
    q, cursor = request.args.get("q", ""), request.args.get("cursor")
    box, actor = _box(name), current_actor()
    with reading() as session:
        filters = narrowing.chosen(request.args, Horizon(session, actor.unit_id, utcnow()))
        narrowed = replace(filters, state=TicketState.DRAFT) if name == "draft" else filters
        kept = list_kept(session, current_actor(), name)
        if first := first_seen(kept, request.args):
            return redirect(filtering.address("tickets.index", name, first))
        page = queries.list_tickets(
            session, current_actor(), box, filters=narrowed, q=q, cursor=cursor
        )
        processes = list_titles(session)
    given = {"q": q.strip(), **filters.given} if q.strip() else filters.given
    called: dict[str, Mapping[Any, str]] = {
        "process": dict(processes),
        "state": LABELS,
        "due": DUE_LABELS,
    }
    called["whole"] = {due: f"整件{label}" for due, label in DUE_LABELS.items()}
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


@bp.post("/tickets/urges")
def urge_several() -> AnyResponse:
    """Ticked rows are urged at once, each on its own, after the words for all were written."""
    numbers, text = list(dict.fromkeys(request.form.getlist("number"))), words("text")
    if request.form.get("step") != "do":
        return _to_confirm(numbers)
    try:
        with transaction() as session:
            made = service.urge_many(
                session,
                actor=current_actor(),
                now=utcnow(),
                numbers=numbers,
                text=text,
                client_key=asked_once(text, *numbers),
            )
    except Invalid as error:
        if not error.errors:
            raise
        return _to_confirm(numbers, error)
    return redirect(url_for("tasks.batch", task_batch_id=made.id))


def _to_confirm(numbers: Sequence[str], error: Invalid | None = None) -> Response:
    actor = current_actor()
    with reading() as session:
        ids = service.runs_of(session, actor, numbers)
        told = service.foresee_urges(session, actor, utcnow(), ids)
    page = render_template(
        "tickets/urges.html",
        here="mine",
        able=[one for one in told if one.is_possible],
        unable=[one for one in told if not one.is_possible],
        text=request.form.get("text", ""),
        wrong=error.errors[0].message if error else "",
    )
    return Response(page, 422 if error else 200, mimetype="text/html")


def _box(name: str) -> TicketBox:
    if name == "draft":
        return TicketBox.MINE
    try:
        return TicketBox(name)
    except ValueError as error:
        raise Malformed("没有这个列表。") from error
