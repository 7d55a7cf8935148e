"""The form of a ticket that lies with its requester: kept while typed, saved, submitted."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus

from flask import Response, flash, jsonify, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

import forms
from app.attachments import service as files
from app.attachments.types import MAX_BYTES, FileTooLarge, ScannerSilent
from app.core import clock
from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import ErrorAt, Fault, Invalid, Malformed
from app.outages.asking import paper_of
from app.outages.types import BadPaper
from app.processes import engine
from app.tickets import service
from app.tickets.models import Ticket
from app.tickets.pages.form import form_page, reckoned, start_form, stored_answers
from app.tickets.routes.base import bp, draft_page, own_ticket
from app.tickets.rowsheets import as_pasted, list_of
from app.tickets.types import AT_REQUESTER, DraftElsewhere, DraftPage, SplitPart, WrongState
from app.tickets.uploads import BODY_LIMIT, Sent, sent
from app.web.actor import current_actor
from app.web.errors import shows_again
from app.web.security import takes_files
from forms import web as web_forms

ROW_BUTTONS = ("add_row", "remove_row", "remove_file")


@bp.post("/tickets/<number>/draft")
def keep(number: str) -> Response:
    """What is typed, kept without a press of a button."""
    with reading() as session:
        own_ticket(session, number)
    page = draft_page()
    if page is None:
        raise Malformed
    with transaction() as session:
        ticket = keep_typed(session, number, page)
        at = ticket.updated_at
    return jsonify(
        number=number,
        saved_at=at.isoformat(),
        clock=clock.local(at).strftime("%H:%M"),
        edit=url_for("tickets.edit", number=number),
        keep=url_for("tickets.keep", number=number),
    )


def keep_typed(session: Session, number: str, page: DraftPage) -> Ticket:
    ticket = own_ticket(session, number)
    loaded = engine.load(session, ticket.instance.version_id)
    form, context = start_form(session, loaded, current_actor(), ticket)
    # Rows that wait in the box for pasting become rows when its button is pressed.
    typed = MultiDict(
        (name, one)
        for name, one in request.form.items(multi=True)
        if not name.startswith("paste-") and name not in ROW_BUTTONS
    )
    answers = web_forms.build(form, context, formdata=typed).answers()
    with suppress(BadPaper):  # what is not whole yet is told when a button is pressed
        if not ticket.has_turn(page):
            take_paper(session, number)
    return service.keep_draft(
        session,
        actor=current_actor(),
        now=utcnow(),
        number=number,
        answers=answers,
        page=page,
        is_blank=answers == web_forms.build(form, context).answers(),
    )


@bp.get("/tickets/<number>/edit")
def edit(number: str) -> AnyResponse | str:
    with reading() as session:
        ticket = own_ticket(session, number)
        if ticket.state not in AT_REQUESTER:
            return redirect(url_for("tickets.show", number=number))
        loaded = engine.load(session, ticket.instance.version_id)
        context = form_page(session, loaded, current_actor(), ticket=ticket)
    return render_template("tickets/form.html", **context, here="mine")


@bp.get("/tickets/<number>/reckoning")
def reckoning(number: str) -> str:
    """What is said beside the form of what was kept last: asked each time more was kept."""
    with reading() as session:
        ticket, actor = own_ticket(session, number), current_actor()
        loaded = engine.load(session, ticket.instance.version_id)
        form, context = start_form(session, loaded, actor, ticket)
        answers = stored_answers(session, ticket, form, context) or {}
        lines = reckoned(session, loaded, actor, ticket, answers)
    return render_template("tickets/reckoning.html", lines=lines)


@bp.post("/tickets/<number>/edit")
@takes_files(BODY_LIMIT)
@shows_again
def update(number: str) -> AnyResponse:
    return act_on(number)


def act_on(number: str) -> AnyResponse:
    """What the pressed button of the form page asks for."""
    act = request.form.get("act", "")
    with reading() as session:
        own_ticket(session, number)
    brought = sent()  # in transactions of their own, so before this one's are open
    with reading() as session:
        ticket = own_ticket(session, number)
        if ticket.state not in AT_REQUESTER:  # the second click of a double click
            return redirect(url_for("tickets.show", number=number))
        loaded = engine.load(session, ticket.instance.version_id)
        form, context = start_form(session, loaded, current_actor(), ticket)
        take_sheet(form, context, brought)
        built = web_forms.build(form, context, formdata=brought.fields)
        if built.changed or act not in ("submit", "save", "preview", "discard"):
            status = 422 if brought.errors else 200
            return _form_again(session, ticket, brought.errors, status)
        answers = built.answers()
        parts = service.foresee_split(session, loaded, answers, utcnow())
        is_new = request.form.get("split-agreed") != _agreement(parts)
        if act == "submit" and parts and is_new and not brought.errors:
            return _form_again(session, ticket, (), 200, parts=parts)
    if act == "discard":
        return _discard(number)
    if brought.errors:
        return _refused(number, answers, brought.errors)
    try:
        _take(number, act, answers)
    except DraftElsewhere as error:
        with reading() as session:
            told = [Fault("", error.code, error.text)]
            return _form_again(session, own_ticket(session, number), told, 409)
    except Invalid as error:
        return _refused(number, answers, error.errors)
    return _on_to(number, act)


def take_sheet(form: forms.Form, context: forms.Context, brought: Sent) -> None:
    """A spreadsheet brought for a list is pasted into it; the file itself is not kept."""
    key = request.form.get("sheet", "")
    if not key:
        return
    listed = list_of(form, key)
    file = request.files.get(f"sheet-{key}")
    if file is None or not file.filename:
        brought.errors.append(Fault(key, "required", f"{listed.name}：请先选择填好的表格。"))
        return
    try:
        accepted = files.check(file.filename, file.read(MAX_BYTES + 1))
        brought.fields[f"paste-{key}"] = as_pasted(listed, context, accepted)
    except Invalid as error:
        told = [Fault(key, one.code, one.message) for one in error.errors]
        brought.errors.extend(told or [Fault(key, error.code, error.text)])
    except (FileTooLarge, ScannerSilent) as error:
        brought.errors.append(Fault(key, error.code, error.text))


def _agreement(parts: Sequence[SplitPart]) -> str | None:
    """What a page sends that has told its reader what the form becomes."""
    return "、".join(f"{part.label} {part.rows}" for part in parts) or None


def _discard(number: str) -> AnyResponse:
    with transaction() as session:
        service.cancel(session, actor=current_actor(), now=utcnow(), number=number)
    flash("草稿已经删除。")
    return redirect(url_for("tickets.start"))


def _take(number: str, act: str, answers: dict[str, object]) -> None:
    """Sent, or kept as draft."""
    use_case = service.submit if act == "submit" else service.save_draft
    with transaction() as session:
        take_paper(session, number)
        use_case(
            session,
            actor=current_actor(),
            now=utcnow(),
            number=number,
            answers=answers,
            page=draft_page(),
        )


def take_paper(session: Session, number: str) -> None:
    """补录 as the page says, where it asked. Raises: BadPaper."""
    if request.form.get("paper-asked") == "1":
        paper = paper_of(request.form)
        service.set_paper(session, actor=current_actor(), now=utcnow(), number=number, paper=paper)


def _on_to(number: str, act: str) -> AnyResponse:
    """Where a press of the button leads."""
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
            page=draft_page(),
        )
        kept = True
    with reading() as session:
        return _form_again(session, own_ticket(session, number), errors, 422, unsaved=not kept)


def _form_again(
    session: Session,
    ticket: Ticket,
    errors: Sequence[ErrorAt],
    status: int,
    *,
    unsaved: bool = True,
    parts: Sequence[SplitPart] = (),
) -> AnyResponse:
    loaded = engine.load(session, ticket.instance.version_id)
    goes_on = draft_page()
    if goes_on is not None and status == HTTPStatus.CONFLICT:  # told; the next turn goes over it
        goes_on = replace(goes_on, base=ticket.draft_stamp or "")
        unsaved = False
    context = form_page(
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
    page = render_template(
        "tickets/form.html",
        **context,
        action=action,
        here="mine",
        split={"parts": parts, "agreed": _agreement(parts)} if parts else None,
    )
    return Response(page, status, mimetype="text/html")
