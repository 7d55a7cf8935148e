"""The page of one ticket with its views, and what its people do to it as a whole."""

from dataclasses import replace

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.tickets import pages, policy, queries, revealing, service
from app.tickets.pages import Revealed
from app.tickets.routes.base import bp, words
from app.tickets.types import NoReason, TooManyReveals
from app.web.actor import current_actor
from app.web.step_up import require_step_up

TAB_TEMPLATES = {
    "form": "tickets/show.html",
    "print": "tickets/print.html",
    "flow": "tickets/diagram.html",
    "log": "tickets/log.html",
}


@bp.get("/tickets/<number>")
def show(number: str) -> str:
    view = request.args.get("view", "form")
    with reading() as session:
        ticket = queries.access_ticket(session, number, current_actor(), policy.can_view)
        context = pages.show_page(session, ticket, current_actor())
        here = "mine" if policy.is_requester(current_actor(), ticket) else "todo"
    return render_template(
        TAB_TEMPLATES.get(view, "tickets/show.html"), **context, view=view, here=here
    )


@bp.get("/tickets/<number>/diagram.bpmn")
def model(number: str) -> Response:
    with reading() as session:
        ticket = queries.access_ticket(session, number, current_actor(), policy.can_view)
        data = queries.model_of(session, ticket)
    return Response(data, mimetype="application/xml")


@bp.post("/tickets/<number>/withdraw")
def withdraw(number: str) -> AnyResponse:
    with transaction() as session:
        service.withdraw(
            session,
            actor=current_actor(),
            now=utcnow(),
            number=number,
            reason=words("reason"),
        )
    flash("已经撤回。改好以后可以重新提交，编号不变。")
    return redirect(url_for("tickets.show", number=number))


@bp.post("/tickets/<number>/reveal")
def reveal(number: str) -> AnyResponse:
    """The ticket's page with one number whole; it stands in no address and is never stored."""
    require_step_up()
    form, actor = request.form, current_actor()
    field, _, row = form.get("what", "").partition(":")
    asked = Revealed(row=int(row) if row.isdecimal() else -1, field=field)
    reason, status = form.get("reason", ""), 200
    try:
        with transaction() as session:
            value = revealing.reveal(
                session,
                actor=actor,
                now=utcnow(),
                number=number,
                row=asked.row,
                field=field,
                reason=reason,
            )
    except NoReason as error:
        asked, status = replace(asked, reason=reason, error=error.text), 422
    else:
        if isinstance(value, TooManyReveals):
            raise value
        asked = replace(asked, value=value, reason=reason)
    with reading() as session:
        ticket = queries.access_ticket(session, number, actor, policy.can_view)
        context = pages.show_page(session, ticket, actor, revealed=asked)
    page = render_template("tickets/show.html", **context, view="form", here="todo")
    return Response(page, status, mimetype="text/html")


@bp.post("/tickets/<number>/cancel")
def cancel(number: str) -> AnyResponse:
    with transaction() as session:
        service.cancel(
            session,
            actor=current_actor(),
            now=utcnow(),
            number=number,
            reason=words("reason"),
        )
    flash("这件已经作废，编号不再使用。")
    return redirect(url_for("tickets.index"))
