"""Printing the whole record of a ticket: for whoever may view it, and an act that is on record."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.audit.service import note
from app.core.actor import Actor
from app.core.crypto import digest
from app.documents.chronicle import chronicle
from app.documents.service import own_paper
from app.tickets import policy
from app.tickets.queries import access_ticket
from pdf import house


def print_record(session: Session, *, actor: Actor, now: datetime, number: str) -> bytes:
    """As PDF, numbers masked as on the page.

    Raises: TicketNotFound, CannotPrint, ExternalFailure.
    """
    ticket = access_ticket(session, number, actor, policy.can_view)
    return own_paper(house.TICKET_RECORD, chronicle(session, ticket, actor, now))


def note_record(session: Session, *, actor: Actor, now: datetime, number: str, data: bytes) -> None:
    """Who took which record, before a byte of it is sent. Raises: TicketNotFound."""
    ticket = access_ticket(session, number, actor, policy.can_view, lock=True)
    note(
        session,
        ticket.instance,
        "record.printed",
        now=now,
        actor=actor,
        sha256=digest(data),
        size=len(data),
    )
