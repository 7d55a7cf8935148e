"""待办, 待签收, 已办, and the acts of a person at a node."""

from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import Malformed
from app.processes.queries import list_titles
from app.tasks import queries, screens, service
from app.tasks.types import Box
from app.web import navigation
from app.web.actor import current_actor

bp = Blueprint("tasks", __name__)


@bp.get("/")
def home() -> AnyResponse:
    return redirect(url_for("tasks.inbox"))


@bp.get("/tasks")
def inbox() -> str:
    box = _box(request.args.get("box", Box.TODO))
    q, cursor = request.args.get("q", ""), request.args.get("cursor")
    actor, now = current_actor(), utcnow()
    filters = screens.chosen(request.args, now)
    with reading() as session:
        page = queries.list_tasks(session, actor, box, q=q, filters=filters, cursor=cursor)
        counts = queries.tally(session, actor, now, screens.soon_ends(now))
        processes = list_titles(session)
        takes_back = screens.takes_back(session, actor, page.items) if box is Box.DONE else set()
    navigation.tell(todo=counts.todo, claimable=counts.claimable)
    return render_template(
        "tasks/inbox.html",
        box=box.value,
        page=page,
        groups=screens.grouped(page.items, now),
        light=partial(screens.light, now=now),
        q=q,
        filters=filters,
        cursor=cursor,
        counts=counts,
        takes_back=takes_back,
        processes=processes,
        here=box,
    )


@bp.post("/tasks/<int:task_id>/claim")
def claim(task_id: int) -> AnyResponse:
    with transaction() as session:
        task = service.claim(session, actor=current_actor(), now=utcnow(), task_id=task_id)
        number = task.instance.number
    return redirect(url_for("tickets.show", number=number))


@bp.post("/tasks/<int:task_id>/release")
def release(task_id: int) -> AnyResponse:
    with transaction() as session:
        service.release(
            session,
            actor=current_actor(),
            now=utcnow(),
            task_id=task_id,
            version=request.form.get("version", type=int),
        )
    return redirect(url_for("tasks.inbox", box=Box.CLAIMABLE))


@bp.post("/tasks/<int:task_id>/withdraw")
def withdraw(task_id: int) -> AnyResponse:
    with transaction() as session:
        task = service.withdraw_task(
            session,
            actor=current_actor(),
            now=utcnow(),
            task_id=task_id,
            version=request.form.get("version", type=int),
            reason=request.form.get("reason", "").replace("\0", "").strip(),
        )
        number = task.instance.number
    flash("已经撤回。这一步又在您的待办里，原来的意见和签名作废。")
    return redirect(url_for("tickets.show", number=number))


def _box(text: str) -> Box:
    try:
        return Box(text)
    except ValueError as error:
        raise Malformed("没有这个列表。") from error
