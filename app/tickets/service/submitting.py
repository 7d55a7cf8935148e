"""Sending a ticket on its road, and what goes with it as a whole."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.attachments import service as files
from app.audit.service import note
from app.core.actor import Actor
from app.processes import registry
from app.tickets.models import Ticket
from app.tickets.queries import find_by_client_key
from app.tickets.service.backentering import bring_in
from app.tickets.service.drafting import kept_answers
from app.tickets.service.owning import own_ticket
from app.tickets.service.splitting import send, split_from
from app.tickets.service.starting import create_draft
from app.tickets.types import AT_REQUESTER, DraftPage, TicketState


def submit(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    number: str,
    answers: Mapping[str, Any] | None = None,
    page: DraftPage | None = None,
) -> Ticket:
    """Send the draft, or the mended form once more (第n次提交).

    Without `answers` the saved draft is sent, or what was sent before; `page` is the one it was
    typed on. A form that splits makes more tickets beside this one.
    Raises: NotYourTicket, WrongState, DraftElsewhere, BadPaper, Invalid.
    """
    ticket = own_ticket(session, number, actor, *AT_REQUESTER)
    if page is not None:
        ticket.begin_turn(page)
    given = answers if answers is not None else kept_answers(session, ticket)
    bring_in(session, ticket, actor, now)
    send(session, ticket, given, actor=actor, now=now)
    return ticket


def submit_split(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    process: str,
    answers: Mapping[str, Any],
    cause: str | None = None,
) -> list[Ticket]:
    """Begin a process on a form that other rooms have filled in, and send it in `actor`'s name.

    Answers every ticket that it became. `cause` names the occurrence: the same one makes them once.
    Raises: ProcessNotFound, MayNotStart, Invalid.
    """
    if cause is not None and (known := find_by_client_key(session, actor, cause)):
        return [known, *split_from(session, known)]
    ticket = create_draft(session, actor=actor, now=now, process=process, client_key=cause)
    if ticket.state is not TicketState.DRAFT:
        return [ticket]
    return send(session, ticket, answers, actor=actor, now=now)


def attach(
    session: Session, *, actor: Actor, now: datetime, ticket: Ticket, ids: Sequence[str]
) -> None:
    """Files that go with the ticket as a whole. The caller holds its lock. Raises: Invalid."""
    hashes = files.bind(
        session,
        actor=actor,
        now=now,
        ids=[(f"attachments.{n}", one) for n, one in enumerate(ids)],
        kind=registry.FILES,
        instance_id=ticket.instance_id,
        place="general",
    )
    note(session, ticket.instance, "ticket.attached", now=now, actor=actor, files=hashes)
