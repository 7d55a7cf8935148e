"""Holding a ticket, letting it go on, and ending it: an administrator's acts on it as a whole."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.audit.service import note
from app.core.actor import Actor
from app.core.masking import masked
from app.processes.service import pausing, running
from app.repairs.queries import access_ticket
from app.repairs.types import FieldError, RepairRefused, StaleRepair
from app.tickets import service as tickets
from app.tickets.models import Ticket
from app.tickets.types import TicketState, WrongState

MAX_REASON = 500
NO_REASON = "要写明为什么，申请人和经办人在办件页面上看得到。最多 500 个字。"
GOING = (TicketState.RUNNING, TicketState.RETURNED)


def suspend(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    number: str,
    reason: str,
    seen: int | None = None,
) -> Ticket:
    """挂起: nobody can act on it, no timer fires, signals and messages wait.

    Raises: TicketNotFound, MayNotRepair, OwnTicket, StaleRepair, WrongState, RepairRefused.
    """
    ticket = access(session, number, actor, seen, *GOING)
    said = reason_of(reason)
    ticket.hold(now)
    pausing.suspend(ticket.instance, now)
    tickets.stop_clocks(session, ticket, now)
    note(session, ticket.instance, "ticket.suspended", now=now, actor=actor, reason=said)
    return ticket


def resume(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    number: str,
    reason: str,
    seen: int | None = None,
) -> Ticket:
    """恢复: it goes on as it was; what was due or came meanwhile happens now.

    Raises: TicketNotFound, MayNotRepair, OwnTicket, StaleRepair, WrongState, RepairRefused.
    """
    ticket = access(session, number, actor, seen, TicketState.SUSPENDED)
    said = reason_of(reason)
    ticket.go_on(now)
    tickets.start_clocks(session, ticket, now)
    note(session, ticket.instance, "ticket.resumed", now=now, actor=actor, reason=said)
    pausing.resume(session, now=now, instance=ticket.instance)
    return ticket


def cancel(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    number: str,
    reason: str,
    seen: int | None = None,
) -> Ticket:
    """作废 what cannot be brought to an end otherwise.

    Raises: TicketNotFound, MayNotRepair, OwnTicket, StaleRepair, WrongState, RepairRefused.
    """
    ticket = access(
        session, number, actor, seen, *GOING, TicketState.SUSPENDED, TicketState.WITHDRAWN
    )
    said = reason_of(reason)
    note(session, ticket.instance, "ticket.abolished", now=now, actor=actor, reason=said)
    running.cancel(session, actor=actor, now=now, instance=ticket.instance)
    pausing.hand_over(session, now=now, instance=ticket.instance)  # messages look for the next
    return ticket


def access(
    session: Session, number: str, actor: Actor, seen: int | None, *states: TicketState
) -> Ticket:
    """The ticket, locked, as the page knew it and in one of these states."""
    ticket = access_ticket(session, number, actor)
    if seen is not None and seen != ticket.instance.rev:
        raise StaleRepair(current=ticket.state.value, rev=ticket.instance.rev)
    if ticket.state not in states:
        raise WrongState(current=ticket.state.value)
    return ticket


def reason_of(text: str) -> str:
    """Raises: RepairRefused."""
    said = masked(text.strip())
    if not said or len(said) > MAX_REASON:
        raise RepairRefused(FieldError("reason", "required", NO_REASON))
    return said
