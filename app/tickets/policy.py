"""Who may see and move a ticket; pure. Scope over units is asked in `queries`."""

from app.core.actor import Actor
from app.tickets.models import Ticket
from app.tickets.types import AT_REQUESTER, TicketState

OVERSEERS = ("auditor", "system_admin", "unit_leader", "dept_head", "bureau_leader")
OUTSIDERS = ("company_manager", "company_tester")
EXECUTORS = ("account_admin", "permission_admin", "info_center")


def can_view(actor: Actor, ticket: Ticket) -> bool:
    """Scope was part of the query; a draft is its requester's alone."""
    return ticket.requester_id == actor.person_id or ticket.state is not TicketState.DRAFT


def is_requester(actor: Actor, ticket: Ticket) -> bool:
    return ticket.requester_id == actor.person_id


def can_reveal(actor: Actor, ticket: Ticket, *, has_part: bool) -> bool:
    """Whole numbers are for the requester and those who act on it, as on the print.

    People of the operating company see none, whatever their part (R12).
    """
    if actor.holds(*OUTSIDERS):
        return False
    return is_requester(actor, ticket) or has_part or actor.holds("auditor")


def can_study(actor: Actor) -> bool:
    """See by which variables a ticket found its way."""
    return actor.holds("system_admin", "process_tester")


def can_call(actor: Actor) -> bool:
    """Send signals and messages by hand; an account of another system will be asked here too."""
    return actor.holds("process_tester")


def can_submit(actor: Actor, ticket: Ticket) -> bool:
    return is_requester(actor, ticket)


def actions(actor: Actor, ticket: Ticket, *, decided: bool) -> tuple[str, ...]:
    """Buttons the requester has now; `decided` = somebody has decided on this submission."""
    if not is_requester(actor, ticket):
        return ()
    if ticket.state is TicketState.DRAFT:
        return ("submit", "cancel")
    if ticket.state in AT_REQUESTER:
        return ("resubmit", "cancel")
    if ticket.state is TicketState.RUNNING and not decided:
        return ("withdraw",)
    return ()
