"""The decision on a task, from the panel beside the ticket."""

from flask import Response, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import Invalid
from app.tasks import queries as task_queries
from app.tasks import service as tasks
from app.tasks.models import Task
from app.tasks.signatures import Signing
from app.tasks.types import Wrong
from app.tickets import pages, policy, queries
from app.tickets.pages import Typed
from app.tickets.routes.base import bp, words
from app.tickets.uploads import BODY_LIMIT, sent
from app.web.actor import current_actor
from app.web.errors import AGAIN, shows_again
from app.web.security import takes_files

OWN = "own-"  # the decision's fields, apart from those of the node's form beside them


@bp.post("/tasks/<int:task_id>/decide")
@takes_files(BODY_LIMIT)
@shows_again
def decide(task_id: int) -> AnyResponse:
    act = request.form.get("act") or request.form.get(OWN + "choice", "")
    with reading() as session:
        task_queries.find_task(session, task_id, current_actor())
    brought = sent()
    if act == AGAIN:
        return _decision_again(task_id, request.form.get(OWN + "choice", ""), (), 200)
    if _rows_changed(task_id):
        return _decision_again(task_id, act, (), 200)
    if brought.errors:
        wrong = tuple(Wrong(f"answers.{e.path}", e.code, e.message) for e in brought.errors)
        return _decision_again(task_id, act, wrong, 422)
    try:
        with transaction() as session:
            task = _decide(session, task_id, act)
            number = task.instance.number
    except Invalid as error:
        return _decision_again(task_id, act, _own_paths(error), 422)
    flash("已经退回，对方会在待办里看到原因。" if act == "return" else "已经办好。")
    return redirect(url_for("tickets.show", number=number))


def _decide(session: Session, task_id: int, act: str) -> Task:
    form = request.form
    version = form.get("version", type=int)
    if act == tasks.RETURN:
        return tasks.return_task(
            session,
            actor=current_actor(),
            now=utcnow(),
            task_id=task_id,
            version=version,
            reason=words(OWN + "reason"),
            node=form.get(OWN + "node") or None,
        )
    kind = form.get(OWN + "signature_kind", "")
    signing = None
    if kind == "stored":
        signing = Signing("stored")
    elif form.get(OWN + "signature"):
        signing = Signing("drawn", form[OWN + "signature"])
    return tasks.complete(
        session,
        actor=current_actor(),
        now=utcnow(),
        task_id=task_id,
        version=version,
        decision=tasks.Decision(
            outcome=act.removeprefix("complete:"),
            opinion=words(OWN + "opinion"),
            answers=_node_answers(session, task_id),
            signing=signing,
        ),
    )


def _node_answers(session: Session, task_id: int) -> dict[str, object]:
    task = task_queries.find_task(session, task_id, current_actor())
    built = pages.node_form(session, task, current_actor(), sent().fields)
    return built.answers() if built else {}


def _rows_changed(task_id: int) -> bool:
    """A row was added or removed in the node's form: nothing is decided yet."""
    with reading() as session:
        task = task_queries.find_task(session, task_id, current_actor())
        built = pages.node_form(session, task, current_actor(), sent().fields)
        return built is not None and built.changed


def _own_paths(error: Invalid) -> tuple[Wrong, ...]:
    """Errors of the decision itself lead to its own fields, those of the node's form to theirs."""

    def target(path: str) -> str:
        if path == "outcome":
            return "act"
        return path if "." in path else OWN + path

    return tuple(Wrong(target(e.path), e.code, e.message) for e in error.errors)


def _decision_again(task_id: int, act: str, errors: tuple[Wrong, ...], status: int) -> AnyResponse:
    """The same page with what was typed and what to mend; nothing is lost."""
    form = request.form
    typed = Typed(
        choice=act,
        opinion=form.get(OWN + "opinion", ""),
        reason=form.get(OWN + "reason", ""),
        node=form.get(OWN + "node", ""),
        signature_kind=form.get(OWN + "signature_kind", ""),
        signature=form.get(OWN + "signature", ""),
        errors=errors,
        answers=sent().fields,
    )
    with reading() as session:
        task = task_queries.find_task(session, task_id, current_actor())
        ticket = queries.access_ticket(
            session, task.instance.number, current_actor(), policy.can_view
        )
        context = pages.show_page(session, ticket, current_actor(), typed)
    page = render_template("tickets/show.html", **context, view="form", here="todo")
    return Response(page, status, mimetype="text/html")
