"""发起, 我发起的, the form, the ticket page and the decision on it."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from app.core import clock
from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import ErrorAt, Invalid, Malformed
from app.processes import engine
from app.processes.queries import list_published, published_version
from app.tasks import queries as task_queries
from app.tasks import service as tasks
from app.tasks.models import Task
from app.tasks.signatures import Signing
from app.tasks.types import Wrong
from app.tickets import pages, policy, queries, revealing, service
from app.tickets.models import Ticket
from app.tickets.pages import Revealed, Typed
from app.tickets.types import (
    AT_REQUESTER,
    DraftElsewhere,
    DraftPage,
    Fault,
    MayNotStart,
    NoReason,
    NotYourTicket,
    OtherPerson,
    TicketBox,
    TicketState,
    TooManyReveals,
    WrongState,
)
from app.tickets.uploads import BODY_LIMIT, sent
from app.web.actor import current_actor
from app.web.errors import AGAIN, shows_again
from app.web.security import takes_files
from app.web.step_up import require_step_up
from forms import web as web_forms

bp = Blueprint("tickets", __name__)
RECENT_DRAFTS = 6
PAGE_KEY = re.compile(r"[0-9a-f]{32}")
STAMP = re.compile(r"(?:[0-9a-z]{1,32}:[0-9]{1,9})?")
MOST_TURNS = 10**9
ROW_BUTTONS = ("add_row", "remove_row", "remove_file")
OWN = "own-"  # the decision's fields, apart from those of the node's form beside them
TAB_TEMPLATES = {
    "form": "tickets/show.html",
    "print": "tickets/print.html",
    "flow": "tickets/diagram.html",
    "log": "tickets/log.html",
}


@bp.get("/tickets")
def index() -> str:
    name = request.args.get("box", "mine")
    q, cursor = request.args.get("q", ""), request.args.get("cursor")
    box, state = _box(name)
    with reading() as session:
        page = queries.list_tickets(session, current_actor(), box, state=state, q=q, cursor=cursor)
    return render_template("tickets/list.html", box=name, page=page, q=q, cursor=cursor, here=name)


@bp.get("/start")
def start() -> str:
    actor = current_actor()
    with reading() as session:
        groups: dict[str, list[dict[str, str]]] = {}
        for version in list_published(session):
            loaded = engine.load(session, version.id)
            if service.may_start(actor, loaded):
                groups.setdefault(version.category, []).append(
                    {
                        "key": loaded.key,
                        "title": loaded.title,
                        "help": loaded.definition.properties.get("help", ""),
                        "deadline": "",
                    }
                )
        drafts = queries.list_tickets(
            session, actor, TicketBox.MINE, state=TicketState.DRAFT, limit=RECENT_DRAFTS
        )
    return render_template(
        "tickets/start.html",
        groups=[{"label": label, "entries": found} for label, found in groups.items()],
        drafts=drafts.items,
        here="start",
    )


@bp.get("/start/<process>")
def new(process: str) -> str:
    with reading() as session:
        loaded = engine.load(session, published_version(session, process).id)
        if not service.may_start(current_actor(), loaded):
            raise MayNotStart
        context = pages.form_page(session, loaded, current_actor(), ticket=None)
    return render_template("tickets/form.html", **context, here="start")


@bp.post("/start/<process>")
@takes_files(BODY_LIMIT)
@shows_again
def create(process: str) -> AnyResponse:
    """The first POST of a page makes its ticket; every later one of the same page finds it."""
    key = request.form.get("client_key", "")[:64] or None
    _draft_page()
    number = _made_before(key)
    if number is None:
        sent()
        try:
            with transaction() as session:
                loaded = engine.load(session, published_version(session, process).id)
                number = service.create_draft(
                    session,
                    actor=current_actor(),
                    now=utcnow(),
                    process=process,
                    answers=_draft_answers(session, loaded, None),
                    client_key=key,
                ).number
        except IntegrityError:  # the other click of a double click was first
            number = _made_before(key)
            if number is None:
                raise
    return _act(number)


@bp.post("/start/<process>/draft")
def keep_new(process: str) -> Response:
    """What is typed on a new form: the first turn makes its draft, every later one finds it."""
    page = _draft_page()
    if page is None:
        raise Malformed
    if (number := _made_before(page.key)) is None:
        try:
            with transaction() as session:
                number = service.create_draft(
                    session,
                    actor=current_actor(),
                    now=utcnow(),
                    process=process,
                    client_key=page.key,
                ).number
                _keep(session, number, page)
        except IntegrityError:  # another turn of the same page was first
            number = _made_before(page.key)
            if number is None:
                raise
    return keep(number)


@bp.post("/tickets/<number>/draft")
def keep(number: str) -> Response:
    """What is typed, kept without a press of a button."""
    with reading() as session:
        _own(session, number)
    page = _draft_page()
    if page is None:
        raise Malformed
    with transaction() as session:
        ticket = _keep(session, number, page)
        at = ticket.updated_at
    return jsonify(
        number=number,
        saved_at=at.isoformat(),
        clock=clock.local(at).strftime("%H:%M"),
        edit=url_for("tickets.edit", number=number),
        keep=url_for("tickets.keep", number=number),
    )


def _keep(session: Session, number: str, page: DraftPage) -> Ticket:
    ticket = _own(session, number)
    loaded = engine.load(session, ticket.instance.version_id)
    form, context = pages.start_form(session, loaded, current_actor(), ticket)
    # Rows that wait in the box for pasting become rows when its button is pressed.
    typed = MultiDict(
        (name, one)
        for name, one in request.form.items(multi=True)
        if not name.startswith("paste-") and name not in ROW_BUTTONS
    )
    return service.keep_draft(
        session,
        actor=current_actor(),
        now=utcnow(),
        number=number,
        answers=web_forms.build(form, context, formdata=typed).answers(),
        page=page,
    )


@bp.get("/tickets/<number>/edit")
def edit(number: str) -> AnyResponse | str:
    with reading() as session:
        ticket = _own(session, number)
        if ticket.state not in AT_REQUESTER:
            return redirect(url_for("tickets.show", number=number))
        loaded = engine.load(session, ticket.instance.version_id)
        context = pages.form_page(session, loaded, current_actor(), ticket=ticket)
    return render_template("tickets/form.html", **context, here="mine")


@bp.post("/tickets/<number>/edit")
@takes_files(BODY_LIMIT)
@shows_again
def update(number: str) -> AnyResponse:
    return _act(number)


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
            reason=_words("reason"),
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
            reason=_words("reason"),
        )
    flash("这件已经作废，编号不再使用。")
    return redirect(url_for("tickets.index"))


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
            reason=_words(OWN + "reason"),
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
            opinion=_words(OWN + "opinion"),
            answers=_node_answers(session, task_id),
            signing=signing,
        ),
    )


def _words(name: str) -> str:
    """What was typed, without the NUL that no database takes."""
    return request.form.get(name, "").replace("\0", "")


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


def _act(number: str) -> AnyResponse:
    """What the pressed button of the form page asks for."""
    actor, act = current_actor(), request.form.get("act", "")
    with reading() as session:
        _own(session, number)
    brought = sent()  # in transactions of their own, so before this one's are open
    with reading() as session:
        ticket = _own(session, number)
        if ticket.state not in AT_REQUESTER:  # the second click of a double click
            return redirect(url_for("tickets.show", number=number))
        loaded = engine.load(session, ticket.instance.version_id)
        form, context = pages.start_form(session, loaded, actor, ticket)
        built = web_forms.build(form, context, formdata=brought.fields)
        if built.changed or act not in ("submit", "save", "preview", "discard"):
            status = 422 if brought.errors else 200
            return _form_again(session, ticket, brought.errors, status)
        answers = built.answers()
    if act == "discard":
        with transaction() as session:
            service.cancel(session, actor=actor, now=utcnow(), number=number)
        flash("草稿已经删除。")
        return redirect(url_for("tickets.start"))
    if brought.errors:
        return _refused(number, answers, brought.errors)
    try:
        with transaction() as session:
            if act == "submit":
                service.submit(
                    session,
                    actor=actor,
                    now=utcnow(),
                    number=number,
                    answers=answers,
                    page=_draft_page(),
                )
            else:
                service.save_draft(
                    session,
                    actor=actor,
                    now=utcnow(),
                    number=number,
                    answers=answers,
                    page=_draft_page(),
                )
    except DraftElsewhere as error:
        with reading() as session:
            told = [Fault("", error.code, error.text)]
            return _form_again(session, _own(session, number), told, 409)
    except Invalid as error:
        return _refused(number, answers, error.errors)
    if act == "preview":
        return redirect(url_for("documents.first", number=number))
    if act == "save":
        flash("草稿已经保存。")
        return redirect(url_for("tickets.edit", number=number))
    flash("已经提交。")
    return redirect(url_for("tickets.show", number=number))


def _refused(number: str, answers: dict[str, object], errors: Sequence[ErrorAt]) -> AnyResponse:
    """The form again; it is kept as draft as far as its shape allows."""
    kept = False
    with suppress(Invalid, WrongState, DraftElsewhere), transaction() as session:
        service.save_draft(
            session,
            actor=current_actor(),
            now=utcnow(),
            number=number,
            answers=answers,
            page=_draft_page(),
        )
        kept = True
    with reading() as session:
        return _form_again(session, _own(session, number), errors, 422, unsaved=not kept)


def _form_again(
    session: Session,
    ticket: Ticket,
    errors: Sequence[ErrorAt],
    status: int,
    *,
    unsaved: bool = True,
) -> AnyResponse:
    loaded = engine.load(session, ticket.instance.version_id)
    goes_on = _draft_page()
    if goes_on is not None and status == HTTPStatus.CONFLICT:  # told; the next turn goes over it
        goes_on = replace(goes_on, base=ticket.draft_stamp or "")
        unsaved = False
    context = pages.form_page(
        session,
        loaded,
        current_actor(),
        ticket=ticket,
        formdata=sent().fields,
        errors=errors,
        draft_page=goes_on,
        unsaved=unsaved,
    )
    action = url_for("tickets.edit", number=ticket.number)
    page = render_template("tickets/form.html", **context, action=action, here="mine")
    return Response(page, status, mimetype="text/html")


def _draft_answers(
    session: Session, loaded: engine.Loaded, ticket: Ticket | None
) -> dict[str, object] | None:
    form, context = pages.start_form(session, loaded, current_actor(), ticket)
    return web_forms.build(form, context, formdata=sent().fields).answers()


def _draft_page() -> DraftPage | None:
    """The page this request was typed on. Raises: OtherPerson, Malformed."""
    form = request.form
    if form.get("draft-person", type=int) not in (None, current_actor().person_id):
        raise OtherPerson
    if not (key := form.get("draft-page", "")):
        return None
    base, turn = form.get("draft-base", ""), form.get("draft-turn", 0, type=int)
    if not PAGE_KEY.fullmatch(key) or not STAMP.fullmatch(base) or not 0 <= turn < MOST_TURNS:
        raise Malformed
    return DraftPage(key, base, turn)


def _made_before(key: str | None) -> str | None:
    if key is None:
        return None
    with reading() as session:
        ticket = queries.find_by_client_key(session, current_actor(), key)
        return ticket.number if ticket else None


def _own(session: Session, number: str) -> Ticket:
    ticket = queries.access_ticket(session, number, current_actor(), policy.can_view)
    if not policy.is_requester(current_actor(), ticket):
        raise NotYourTicket
    return ticket


def _box(name: str) -> tuple[TicketBox, TicketState | None]:
    if name == "draft":
        return TicketBox.MINE, TicketState.DRAFT
    try:
        return TicketBox(name), None
    except ValueError as error:
        raise Malformed("没有这个列表。") from error
