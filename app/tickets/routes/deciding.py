"""The decision on a task, from the panel beside the ticket."""

from flask import Response, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import Invalid
from app.identity.signatures import Signing
from app.tasks import queries as task_queries
from app.tasks import service as tasks
from app.tasks.models import Task
from app.tasks.types import UndoesOther, Wrong
from app.tickets import policy, queries
from app.tickets.pages.deciding import Typed, node_form
from app.tickets.pages.ticket import show_page
from app.tickets.routes.base import bp, words
from app.tickets.uploads import BODY_LIMIT, sent
from app.web.actor import current_actor
from app.web.errors import AGAIN, shows_again
from app.web.security import takes_files

OWN = "own-"  # the decision's fields, apart from those of the node's form beside them
UNDO = "签错了的，后面的人办以前可以撤回。"
NOT_KEPT = frozenset({"csrf_token", "act", OWN + "seen", OWN + "signature"})


@bp.post("/tasks/<int:task_id>/decide")
@takes_files(BODY_LIMIT)
@shows_again
def decide(task_id: int) -> AnyResponse:
    act = request.form.get("act") or request.form.get(OWN + "choice", "")
    with reading() as session:
        tasks.find_own(session, task_id, current_actor(), utcnow())
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
            number, version = task.instance.number, task.version
            session.flush()  # what can be taken back is read from the tables
            undoable = tasks.withdrawable(session, current_actor(), [task])
    except Invalid as error:
        return _decision_again(task_id, act, _own_paths(error), 422)
    except UndoesOther as error:
        return _to_confirm(task_id, error)
    if undoable:
        flash(f"已经办好。{UNDO}", f"undo {task_id} {version}")
    else:
        done = "已经退回，对方会在待办里看到原因。" if act == tasks.RETURN else "已经办好。"
        flash(done, "done")
    return redirect(url_for("tickets.show", number=number))


@bp.get("/tasks/<int:task_id>/return")
def undoes(task_id: int) -> str:
    """What the return would undo, for the panel; nothing before a node is chosen."""
    node = request.args.get(OWN + "node")
    if node == "":
        return render_template("tickets/undoes.html", undoing=None)
    with reading() as session:
        undoing = tasks.preview_return(
            session, actor=current_actor(), now=utcnow(), task_id=task_id, node=node
        )
        return render_template("tickets/undoes.html", undoing=undoing)


def _to_confirm(task_id: int, error: UndoesOther) -> AnyResponse:
    """The page between: what is undone stands there, and one more button does it."""
    form = request.form
    with reading() as session:
        undoing = tasks.preview_return(
            session,
            actor=current_actor(),
            now=utcnow(),
            task_id=task_id,
            node=form.get(OWN + "node") or None,
        )
        task = task_queries.find_task(session, task_id, current_actor())
        ticket = queries.access_ticket(
            session, task.instance.number, current_actor(), policy.can_view
        )
        has_changed = bool(form.get(OWN + "seen"))
        page = render_template(
            "tickets/return.html",
            task=task,
            ticket=ticket,
            undoing=undoing,
            changed=error.text if has_changed else "",
            reason=words(OWN + "reason"),
            kept=[pair for pair in form.items(multi=True) if pair[0] not in NOT_KEPT],
            again=AGAIN,
            here="todo",
        )
    return Response(page, 409 if has_changed else 200, mimetype="text/html")


def _decide(session: Session, task_id: int, act: str) -> Task:
    form = request.form
    version = form.get("version", type=int)
    if act == tasks.RETURN:
        if form.get(OWN + "node") == "":
            raise Invalid([Wrong("node", "required", "请选择退回到哪一步。")])
        return tasks.return_task(
            session,
            actor=current_actor(),
            now=utcnow(),
            task_id=task_id,
            version=version,
            reason=words(OWN + "reason"),
            node=form.get(OWN + "node") or None,
            seen=form.get(OWN + "seen", ""),
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
    built = node_form(session, task, current_actor(), sent().fields)
    return built.answers() if built else {}


def _rows_changed(task_id: int) -> bool:
    """A row was added or removed in the node's form: nothing is decided yet."""
    with reading() as session:
        task = task_queries.find_task(session, task_id, current_actor())
        built = node_form(session, task, current_actor(), sent().fields)
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
        context = show_page(session, ticket, current_actor(), typed)
    page = render_template("tickets/show.html", **context, view="form", here="todo")
    return Response(page, status, mimetype="text/html")
