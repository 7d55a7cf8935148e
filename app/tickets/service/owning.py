"""The ticket of the one who acts on it: the first beat that the acts of a requester share."""

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.tickets import policy
from app.tickets.models import Ticket
from app.tickets.queries import access_ticket
from app.tickets.types import NotYourTicket, TicketState, WrongState


def own_ticket(session: Session, number: str, actor: Actor, *states: TicketState) -> Ticket:
    """The requester's own ticket, locked, in one of these states."""
    ticket = access_ticket(session, number, actor, policy.can_view, lock=True)
    if not policy.is_requester(actor, ticket):
        raise NotYourTicket
    if ticket.state not in states:
        raise WrongState(current=ticket.state.value)
    return ticket
