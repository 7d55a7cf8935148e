"""The requester takes a ticket back, or gives it up."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.audit.service import note
from app.core.actor import Actor
from app.processes import engine
from app.processes.service import running
from app.tasks.queries import has_lapsed, is_decided
from app.tickets.models import Ticket
from app.tickets.queries import is_booked
from app.tickets.service.owning import own_ticket
from app.tickets.types import AT_REQUESTER, TicketState, TooLate, WrongState

MAX_REASON = 500
BOOKED = "提交以后系统已经办理，并记了台账，不能撤回。不该办的，请正在办理的人不予确认。"


def withdraw(
    session: Session, *, actor: Actor, now: datetime, number: str, reason: str = ""
) -> Ticket:
    """撤回: the requester takes it back before anybody has decided or was waited for in
    vain; it can be sent again.

    Raises: NotYourTicket, WrongState, TooLate.
    """
    ticket = own_ticket(session, number, actor, TicketState.RUNNING)
    instance = ticket.instance
    if is_decided(session, instance.id, instance.submission_count) or has_lapsed(
        session, instance.id
    ):
        raise TooLate(current=ticket.state.value)
    loaded = engine.load(session, instance.version_id)
    if loaded.form(loaded.start.id) is None:
        raise WrongState("这项业务没有申请表，不能撤回，可以作废。", current=ticket.state.value)
    if is_booked(session, instance.id, loaded):
        raise TooLate(BOOKED, current=ticket.state.value)
    ticket.move(TicketState.WITHDRAWN, now)
    note(
        session,
        instance,
        "ticket.withdrawn",
        now=now,
        actor=actor,
        reason=reason[:MAX_REASON],
    )
    running.return_to(session, actor=actor, now=now, instance=instance, node=loaded.start.id)
    return ticket


def cancel(
    session: Session, *, actor: Actor, now: datetime, number: str, reason: str = ""
) -> Ticket:
    """作废 what is in the requester's hands. Raises: NotYourTicket, WrongState."""
    ticket = own_ticket(session, number, actor, *AT_REQUESTER)
    instance = ticket.instance
    note(
        session,
        instance,
        "ticket.cancelled",
        now=now,
        actor=actor,
        reason=reason[:MAX_REASON],
    )
    running.cancel(session, actor=actor, now=now, instance=instance)
    return ticket
