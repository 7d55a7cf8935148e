"""补录: what was asked for on paper while the system stood, entered afterwards (ADR 108)."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.audit.service import note
from app.core.actor import Actor
from app.identity.queries import get_unit
from app.outages.service import admit
from app.outages.types import Paper
from app.tickets.models import Ticket
from app.tickets.service.owning import own_ticket
from app.tickets.types import TicketState


def set_paper(
    session: Session, *, actor: Actor, now: datetime, number: str, paper: Paper | None
) -> Ticket:
    """Of a draft that was never sent; None makes it one like any other.

    Raises: NotYourTicket, WrongState, BadPaper.
    """
    ticket = own_ticket(session, number, actor, TicketState.DRAFT)
    note_paper(session, ticket, paper, now)
    return ticket


def note_paper(session: Session, ticket: Ticket, paper: Paper | None, now: datetime) -> None:
    """Raises: BadPaper."""
    if paper is not None:
        path = get_unit(session, ticket.unit_id).path
        admit(session, unit_path=path, now=now, paper=paper)
    ticket.paper_at = ticket.instance.paper_at = paper.at if paper else None
    ticket.outage_id = paper.outage_id if paper else None
    ticket.paper_remark = paper.remark.strip() if paper else None


def bring_in(session: Session, ticket: Ticket, actor: Actor, now: datetime) -> None:
    """It is sent the first time: judged anew, since its outage may be withdrawn or over by now.

    Sent again it keeps what it has. Raises: BadPaper.
    """
    paper = ticket.paper
    if paper is None or ticket.opened_at is not None:
        return
    path = get_unit(session, ticket.unit_id).path
    outage = admit(session, unit_path=path, now=now, paper=paper)
    outage.entered_count += 1
    note(
        session,
        ticket.instance,
        "ticket.back_entered",
        now=now,
        actor=actor,
        paper_at=paper.at.isoformat(),
        outage=outage.id,
        remark=paper.remark,
    )
