"""转办, 委派, 加签 and 减签, from the panel beside the ticket."""

import re

from flask import Response, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import Conflict, Invalid, Malformed
from app.tasks import queries as task_queries
from app.tasks import service as tasks
from app.tasks.models import Task
from app.tickets import policy, queries
from app.tickets.pages.deciding import Handing, Typed
from app.tickets.pages.ticket import show_page
from app.tickets.routes.base import bp, words
from app.web.actor import current_actor

OWN = "own-"
BETWEEN = re.compile(r"[、,，;；\s]+")
DONE = {
    tasks.TRANSFER: "已经转办，对方会在待办里看到。",
    tasks.DELEGATE: "已经委派；对方办完，这件会回到您的待办。",
    tasks.ADD: "已经加签。",
}


@bp.post("/tasks/<int:task_id>/hand")
def hand(task_id: int) -> AnyResponse:
    act = request.form.get("act", "")
    if act not in DONE:
        raise Malformed("没有这样的办法。")
    try:
        with transaction() as session:
            task = _hand(session, task_id, act)
            number = task.instance.number
    except Invalid as error:
        return _again(task_id, act, error)
    flash(DONE[act], "message" if act == tasks.ADD else "done")
    return redirect(url_for("tickets.show", number=number))


@bp.post("/tasks/<int:task_id>/remove-signer")
def remove_signer(task_id: int) -> AnyResponse:
    with transaction() as session:
        task = tasks.remove_signer(
            session,
            actor=current_actor(),
            now=utcnow(),
            task_id=task_id,
            version=request.form.get("version", type=int),
            to=words(OWN + "to"),
        )
        number = task.instance.number
    flash("已经减去，不用他再办。")
    return redirect(url_for("tickets.show", number=number))


@bp.get("/tasks/<int:task_id>/receivers")
def receivers(task_id: int) -> str:
    """Names to choose from while one is typed; none where the task has moved on meanwhile."""
    q = BETWEEN.split(request.args.get(OWN + "to", ""))[-1]
    with reading() as session:
        try:
            found = tasks.list_receivers(
                session,
                actor=current_actor(),
                now=utcnow(),
                task_id=task_id,
                act=request.args.get("act", ""),
                q=q,
            )
        except Conflict:
            found = []
    return render_template("tickets/receivers.html", people=found)


def _hand(session: Session, task_id: int, act: str) -> Task:
    actor, now, form = current_actor(), utcnow(), request.form
    version, to, reason = form.get("version", type=int), words(OWN + "to"), words(OWN + "reason")
    if act == tasks.ADD:
        return tasks.add_signers(
            session,
            actor=actor,
            now=now,
            task_id=task_id,
            version=version,
            to=BETWEEN.split(to),
            place=form.get(OWN + "place", ""),
            reason=reason,
        )
    one = tasks.transfer if act == tasks.TRANSFER else tasks.delegate
    return one(
        session, actor=actor, now=now, task_id=task_id, version=version, to=to, reason=reason
    )


def _again(task_id: int, act: str, error: Invalid) -> AnyResponse:
    """The page with what was typed and what to mend."""
    form = request.form
    handing = Handing(
        act=act,
        to=form.get(OWN + "to", ""),
        reason=form.get(OWN + "reason", ""),
        place=form.get(OWN + "place", ""),
        errors=tuple(error.errors),
    )
    with reading() as session:
        task = task_queries.find_task(session, task_id, current_actor())
        ticket = queries.access_ticket(
            session, task.instance.number, current_actor(), policy.can_view
        )
        context = show_page(session, ticket, current_actor(), Typed(handing=handing))
    page = render_template("tickets/show.html", **context, view="form", here="todo")
    return Response(page, 422, mimetype="text/html")
