"""The ticket follows its run: submitted, sent back, ended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

import forms
from app.attachments import service as files
from app.audit.service import note
from app.core import events, outbox
from app.core.crypto import blind_index
from app.processes import engine
from app.processes.queries import latest_answers, latest_submission, unit_of
from app.processes.service import answering, running
from app.processes.types import InstanceEnded, InstanceReturned, InstanceSubmitted
from app.tickets.models import Ticket, TicketPerson
from app.tickets.queries import ticket_of
from app.tickets.service.grounding import pin_rules
from app.tickets.service.naming import title_of
from app.tickets.service.timing import set_due, stop_clock
from app.tickets.types import TicketState, TicketTurned, Turn


def _seal(session: Session, ticket: Ticket) -> None:
    """Whether this submission is confidential, as the diagram and the form say (R14).

    Once it is, it stays so: what was answered before stays on record.
    """
    loaded = engine.load(session, ticket.instance.version_id)
    rule = loaded.definition.properties.get("confidential")
    if rule is None or ticket.is_confidential:
        return
    field, _, value = rule.partition("=")
    answers = latest_answers(session, ticket.instance_id) if value else {}
    secret = not value or answers.get(field) == value
    ticket.is_confidential = ticket.instance.is_confidential = secret


def follow_submission(session: Session, event: InstanceSubmitted) -> None:
    """The ticket shows the new submission: state, title, people named in it."""
    ticket = ticket_of(session, event.instance_id)
    ticket.move(TicketState.RUNNING, event.at)
    ticket.submission, ticket.submitted_at, ticket.draft_sealed = event.submission, event.at, None
    ticket.opened_at = ticket.instance.opened_at
    _seal(session, ticket)
    # A page that was open before it was sent is out of date when the ticket comes back.
    ticket.draft_stamp = f"sent:{event.submission}"
    tell(session, ticket, Turn.SUBMITTED, event.at)
    files.release_draft(session, event.instance_id)
    latest = latest_submission(session, event.instance_id)
    loaded = engine.load(session, ticket.instance.version_id)
    form = loaded.form(loaded.start.id)
    set_due(session, ticket, loaded, latest.answers if latest and form else {}, event.at)
    pin_rules(session, ticket, loaded, event.at)
    if latest is None or form is None:
        return
    context = answering.label_context(session, event.at, event.instance_id)
    labelled = forms.labelled(form, latest.answers, context)
    ticket.title = ticket.instance.title = title_of(loaded, labelled)
    people = _people_named(latest.answers)
    named = [name for name, _ in people]
    ticket.instance.people = " ".join(named)
    session.execute(delete(TicketPerson).where(TicketPerson.ticket_id == ticket.id))
    session.add_all(
        TicketPerson(ticket_id=ticket.id, row=row, name=name, blind_index=index)
        for row, (name, index) in enumerate(people, start=1)
    )
    texts = [ticket.title, unit_of(session, ticket.instance).name]
    running.note_words(session, ticket.instance, texts=texts, names=named)


def follow_return(session: Session, event: InstanceReturned) -> None:
    """Back at the start form the clock is the requester's; a withdrawn ticket stays withdrawn."""
    ticket = ticket_of(session, event.instance_id)
    loaded = engine.load(session, ticket.instance.version_id)
    ticket.updated_at = event.at
    if event.node == loaded.start.id:
        stop_clock(ticket, event.at)
        if ticket.state is TicketState.RUNNING:
            ticket.move(TicketState.RETURNED, event.at)
    tell(session, ticket, Turn.RETURNED, event.at, event.node)


def follow_end(session: Session, event: InstanceEnded) -> None:
    """The end event that was reached says what became of it; the notice leaves by the outbox."""
    ticket = ticket_of(session, event.instance_id)
    target = TicketState(event.result)
    ticket.move(target, event.at)
    ticket.closed_at = event.at
    ticket.held_state = ticket.instance.suspended_at = None
    note(session, ticket.instance, f"ticket.ended.{target.value}", now=event.at, actor=None)
    outbox.add(
        session,
        "tickets.notice",
        {"ticket": ticket.number, "state": target.value},
        key=f"{ticket.number}:{target.value}",
        now=event.at,
        ticket=ticket.number,
    )
    tell(session, ticket, Turn.ENDED, event.at)


def tell(
    session: Session, ticket: Ticket, turn: Turn, at: datetime, node: str | None = None
) -> None:
    turned = TicketTurned(ticket.instance_id, turn, ticket.state, ticket.submission, at, node)
    events.publish(session, turned)


def _people_named(answers: Mapping[str, Any]) -> list[tuple[str, bytes | None]]:
    rows = (row for value in answers.values() if isinstance(value, list) for row in value)
    return [
        (row["name"], blind_index("id_number", row["id_number"]) if "id_number" in row else None)
        for row in rows
        if isinstance(row, dict) and isinstance(row.get("name"), str)
    ]
