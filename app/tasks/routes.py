"""待办, 待签收, 已办, and the acts of a person at a node."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.calendar.lights import Horizon
from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import Invalid, Malformed
from app.processes.queries import list_titles
from app.saved.queries import first_seen, list_kept, phrases_of
from app.tasks import batches as reports
from app.tasks import copies, narrowing, queries, screens, service
from app.tasks.counting import count_kept
from app.tasks.types import (
    DUE_LABELS,
    RETRIABLE,
    STANDING_LABELS,
    STANDINGS,
    BatchAct,
    Box,
    Filters,
    Foreseen,
    ItemState,
    NothingChosen,
    Seen,
    Tally,
)
from app.web import filtering, navigation
from app.web.actor import current_actor
from app.web.once import asked_once

bp = Blueprint("tasks", __name__)


@bp.get("/")
def home() -> AnyResponse:
    return redirect(url_for("tasks.inbox"))


@bp.get("/tasks")
def inbox() -> str | AnyResponse:
    box = _box(request.args.get("box", Box.TODO))
    q, cursor = request.args.get("q", ""), request.args.get("cursor")
    actor, now = current_actor(), utcnow()
    if box is Box.COPIED:
        return _copied(replace(Filters.parse(request.args), due=None), q, cursor)
    with reading() as session:
        horizon = Horizon(session, actor.unit_id, now)
        filters = narrowing.chosen(request.args, horizon)
        kept = list_kept(session, actor, box)
        if first := first_seen(kept, request.args):
            return redirect(filtering.address("tasks.inbox", box, first))
        page = queries.list_tasks(session, actor, box, q=q, filters=filters, cursor=cursor)
        counts = queries.tally(session, actor, horizon)
        waiting = count_kept(session, actor, box, {one.id: one.given for one in kept}, horizon)
        processes = list_titles(session)
        takes_back = screens.takes_back(session, actor, page.items) if box is Box.DONE else set()
    _tell(counts)
    return render_template(
        "tasks/inbox.html",
        box=box.value,
        page=page,
        groups=screens.grouped(page.items, horizon),
        lamp=partial(screens.lamp, horizon=horizon),
        q=q,
        filters=filters,
        cursor=cursor,
        counts=counts,
        takes_back=takes_back,
        dues={} if box is Box.DONE else DUE_LABELS,
        kept=kept,
        waiting=waiting,
        here=box,
        **_narrowing(box, q, filters, processes),
    )


def _narrowing(
    box: Box, q: str, filters: Filters, processes: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """What the panel above a list offers, and the chips of what is set."""
    called: filtering.Choices = {
        "process": dict(processes),
        "state": STANDING_LABELS,
        "due": DUE_LABELS,
    }
    given = {"q": q.strip(), **filters.given} if q.strip() else filters.given
    return {
        "processes": processes,
        "states": {one: STANDING_LABELS[one] for one in STANDINGS[box]},
        "set": filtering.chips("tasks.inbox", box, given, called),
    }


def _tell(counts: Tally) -> None:
    """The menu need not count what this page has counted."""
    navigation.tell(todo=counts.todo, claimable=counts.claimable, copied=counts.copied)


def _copied(filters: Filters, q: str, cursor: str | None) -> str | AnyResponse:
    """抄送我: what others told this person of."""
    actor, now = current_actor(), utcnow()
    with reading() as session:
        kept = list_kept(session, actor, Box.COPIED)
        if first := first_seen(kept, request.args):
            return redirect(filtering.address("tasks.inbox", Box.COPIED, first))
        page = copies.list_copies(session, actor, q=q, filters=filters, cursor=cursor)
        counts = queries.tally(session, actor, Horizon(session, actor.unit_id, now))
        processes = list_titles(session)
    _tell(counts)
    return render_template(
        "tasks/copied.html",
        page=page,
        q=q,
        filters=filters,
        cursor=cursor,
        counts=counts,
        kept=kept,
        here=Box.COPIED,
        **_narrowing(Box.COPIED, q, filters, processes),
    )


@bp.get("/tasks/next")
def onward() -> AnyResponse:
    """The most urgent of what waits, for who works through the list; the list when all is done."""
    with reading() as session:
        waiting = queries.list_tasks(session, current_actor(), Box.TODO).items
    number = next((row.number for row in waiting if not row.is_suspended), None)
    return redirect(url_for("tickets.show", number=number) if number else url_for("tasks.inbox"))


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


@bp.get("/tasks/batches")
def batches() -> str:
    """My batches: what was left behind is found again here."""
    cursor = request.args.get("cursor")
    with reading() as session:
        page = reports.list_batches(session, current_actor(), cursor=cursor)
        return render_template("tasks/batches.html", here="acted", page=page, cursor=cursor)


@bp.post("/tasks/batches")
def create_batch() -> AnyResponse:
    """Ticked rows. Agreeing is confirmed on a page that says what would be done with each."""
    act, items = _act(request.form.get("act", "")), _chosen()
    if act is BatchAct.URGE:
        raise Malformed("催办从办件的列表里勾选。")
    if act is not BatchAct.CLAIM and request.form.get("step") != "do":
        return _to_confirm(act, items)
    opinion, to = (request.form.get(name, "").replace("\0", "") for name in ("opinion", "to"))
    try:
        with transaction() as session:
            made = service.create_batch(
                session,
                actor=current_actor(),
                now=utcnow(),
                act=act,
                items=items,
                opinion=opinion,
                to=to,
                client_key=_asked_once(act, items, opinion, to),
            )
    except Invalid as error:
        if not error.errors:
            raise
        return _to_confirm(act, items, error)
    return redirect(url_for("tasks.batch", task_batch_id=made.id))


@bp.get("/tasks/batches/<task_batch_id>")
def batch(task_batch_id: str) -> str:
    """How far it is; may be left and found again."""
    actor, now = current_actor(), utcnow()
    with reading() as session:
        found = service.access_batch(session, task_batch_id, actor)
        waiting = found.of(ItemState.WAITING)
        left = [] if waiting else [item.task_id for item in found.of(*RETRIABLE)]
        told = service.foresee(session, actor=actor, now=now, act=found.act, ids=left)
        return render_template(
            "tasks/batch.html",
            here="acted",
            batch=found,
            subjects=service.subjects_of(session, actor=actor, now=now, batch=found),
            again=[one for one in told if one.is_possible],
            waiting=waiting,
            done=found.of(ItemState.DONE),
            refused=found.of(ItemState.REFUSED),
            skipped=found.of(ItemState.SKIPPED),
        )


@bp.post("/tasks/batches/<task_batch_id>/stop")
def stop_batch(task_batch_id: str) -> AnyResponse:
    with transaction() as session:
        service.stop_batch(session, actor=current_actor(), now=utcnow(), batch_id=task_batch_id)
    return redirect(url_for("tasks.batch", task_batch_id=task_batch_id))


@bp.post("/tasks/batches/<task_batch_id>/retry")
def retry_batch(task_batch_id: str) -> AnyResponse:
    """What can be done now, as the page has shown it."""
    with transaction() as session:
        service.retry_batch(
            session,
            actor=current_actor(),
            now=utcnow(),
            batch_id=task_batch_id,
            items=[_seen(text) for text in request.form.getlist("item")],
        )
    return redirect(url_for("tasks.batch", task_batch_id=task_batch_id))


def _to_confirm(act: BatchAct, items: Sequence[Seen], error: Invalid | None = None) -> Response:
    if not items:
        raise NothingChosen
    ids = list(dict.fromkeys(item.task_id for item in items))
    with reading() as session:
        told = service.foresee(session, actor=current_actor(), now=utcnow(), act=act, ids=ids)
        phrases = phrases_of(session, current_actor()).texts
    page = render_template(
        "tasks/confirm.html",
        phrases=phrases,
        here="todo",
        act=act,
        able=[one for one in told if one.is_possible],
        unable=[one for one in told if not one.is_possible],
        labels=_labels(told),
        opinion=request.form.get("opinion", ""),
        to=request.form.get("to", ""),
        errors=error.errors if error else (),
    )
    return Response(page, 422 if error else 200, mimetype="text/html")


def _labels(told: Sequence[Foreseen]) -> list[tuple[str, int]]:
    """How many would get which outcome."""
    found: dict[str, int] = {}
    for one in told:
        if one.is_possible:
            found[one.label] = found.get(one.label, 0) + 1
    return list(found.items())


def _chosen() -> list[Seen]:
    """From `item` (task:version), or from a list: ticked `number`, and `seen` of all its rows."""
    if given := request.form.getlist("item"):
        return [_seen(text) for text in given]
    numbers = set(request.form.getlist("number"))
    rows = [text.split(":", 2) for text in request.form.getlist("seen")]
    return [_seen(":".join(row[:2])) for row in rows if len(row) > 2 and row[2] in numbers]


def _seen(text: str) -> Seen:
    """Raises: Malformed."""
    task_id, _, version = text.partition(":")
    if not (task_id.isascii() and task_id.isdigit() and version.isascii() and version.isdigit()):
        raise Malformed
    seen = Seen(int(task_id), int(version))
    if seen.task_id >= 2**63 or seen.version is None or seen.version >= 2**31:
        raise Malformed
    return seen


def _asked_once(act: BatchAct, items: Sequence[Seen], *words: str) -> str:
    return asked_once(act, *words, *(f"{item.task_id}:{item.version}" for item in items))


def _act(text: str) -> BatchAct:
    try:
        return BatchAct(text)
    except ValueError as error:
        raise Malformed("没有这样的批量办理。") from error


def _box(text: str) -> Box:
    try:
        return Box(text)
    except ValueError as error:
        raise Malformed("没有这个列表。") from error
