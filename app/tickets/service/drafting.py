"""What is typed and not sent yet: saved by hand, kept by the page, its files held."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

import forms
from app.attachments import service as files
from app.attachments.types import Accepted
from app.core.actor import Actor
from app.core.crypto import seal_json
from app.core.errors import Invalid
from app.identity.types import UnitSucceeded
from app.processes import engine, registry
from app.processes.models import Instance
from app.processes.queries import latest_submission, unit_ref
from app.processes.service import answering, running
from app.processes.types import ProcessNotFound
from app.tickets.models import Ticket
from app.tickets.rowsheets import as_pasted, list_of
from app.tickets.service.owning import own_ticket
from app.tickets.types import AT_REQUESTER, DraftPage, TicketState


def save_draft(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    number: str,
    answers: Mapping[str, Any],
    page: DraftPage | None = None,
) -> Ticket:
    """Keep what was typed, complete or not; `page` is the one it was typed on.

    Raises: NotYourTicket, WrongState, DraftElsewhere, Invalid.
    """
    ticket = own_ticket(session, number, actor, *AT_REQUESTER)
    if page is not None:
        ticket.begin_turn(page)
    _keep(session, ticket, actor, now, answers)
    return ticket


def keep_draft(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    number: str,
    answers: Mapping[str, Any],
    page: DraftPage,
    is_blank: bool = False,
) -> Ticket:
    """What a page keeps by itself while it is filled; a turn that comes late or twice is passed by.

    A new form that `is_blank` again is a draft of nothing, which no list shows. Leaves no event:
    see ADR 69. Raises: NotYourTicket, WrongState, DraftElsewhere, Invalid.
    """
    ticket = own_ticket(session, number, actor, *AT_REQUESTER)
    if not ticket.has_turn(page):
        ticket.begin_turn(page)
        is_nothing = is_blank and ticket.state is TicketState.DRAFT
        _keep(session, ticket, actor, now, None if is_nothing else answers)
    return ticket


def add_rows(
    session: Session, *, actor: Actor, now: datetime, number: str, key: str, sheet: Accepted
) -> tuple[Ticket, int, list[forms.FieldError]]:
    """The rows of a spreadsheet go below those of the draft: how many, and what is wrong in cells.

    `key` names the list, "" the only one. Raises: NotYourTicket, WrongState, NoSuchRows, Invalid.
    """
    ticket = own_ticket(session, number, actor, *AT_REQUESTER)
    loaded = engine.load(session, ticket.instance.version_id)
    form = loaded.form(loaded.start.id)
    if form is None:
        raise ProcessNotFound("这项业务没有申请表。")
    unit = unit_ref(session, ticket.unit_id, ticket.opened_at)
    check = answering.check_context(actor, unit, ticket.number, now)
    context = answering.form_context(session, form, check, node=loaded.start.id)
    listed = list_of(form, key)
    answers = kept_answers(session, ticket)
    before = answers.get(listed.key) or []
    text = as_pasted(listed, context, sheet)
    rows, errors = forms.rows_from_paste(listed, text, context, start=len(before))
    _keep(session, ticket, actor, now, {**answers, listed.key: [*before, *rows]})
    return ticket, len(rows), errors


def kept_answers(session: Session, ticket: Ticket) -> dict[str, Any]:
    """What stands on the form page: the saved draft, else the last submission."""
    if ticket.draft is not None:
        return ticket.draft
    loaded = engine.load(session, ticket.instance.version_id)
    form = loaded.form(loaded.start.id)
    latest = latest_submission(session, ticket.instance_id)
    return forms.without_readonly(form, latest.answers) if form and latest else {}


def _keep(
    session: Session,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    answers: Mapping[str, Any] | None,
) -> None:
    loaded = engine.load(session, ticket.instance.version_id)
    ticket.draft_sealed = sealed_draft(session, loaded, ticket, actor, now, answers)
    ticket.updated_at = now
    hold_files(session, loaded, ticket, actor, now)


def sealed_draft(
    session: Session,
    loaded: engine.Loaded,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    answers: Mapping[str, Any] | None,
) -> bytes | None:
    form = loaded.form(loaded.start.id)
    if form is None:
        if answers:
            raise ProcessNotFound("这项业务没有申请表。")
        return None
    unit = unit_ref(session, ticket.unit_id, ticket.opened_at)
    check = answering.check_context(actor, unit, ticket.number, now)
    context = answering.form_context(session, form, check, node=loaded.start.id)
    if answers is None:
        return None
    try:
        return seal_json(forms.check_draft(form, answers, context))
    except forms.DraftRefused as error:
        raise Invalid(error.errors) from error


def hold_files(
    session: Session, loaded: engine.Loaded, ticket: Ticket, actor: Actor, now: datetime
) -> None:
    """The sweep spares what a draft names."""
    form = loaded.form(loaded.start.id)
    if form is not None and forms.asks_for_files(form) and ticket.draft is not None:
        files.hold_for_draft(
            session,
            actor=actor,
            now=now,
            ids=[one for _, one in forms.file_ids(form, ticket.draft)],
            kind=registry.FILES,
            instance_id=ticket.instance_id,
        )


def move_drafts(session: Session, event: UnitSucceeded) -> None:
    """What nobody has sent yet is asked for by the unit that does the work now."""
    drafts = session.scalars(
        select(Ticket)
        .join(Ticket.instance)
        .where(Ticket.unit_id == event.unit_id, Ticket.state == TicketState.DRAFT)
        .options(contains_eager(Ticket.instance))
        .order_by(Ticket.instance_id)
        .with_for_update(of=(Instance, Ticket))
    ).all()
    for ticket in drafts:
        ticket.unit_id = ticket.instance.unit_id = event.successor_id
        name = unit_ref(session, ticket.unit_id).name
        running.note_words(session, ticket.instance, texts=[ticket.title, name], names=[])
