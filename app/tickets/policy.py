"""Who may see and move a ticket; pure. Scope over units is asked in `queries`."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from app.core import clock
from app.core.actor import Actor
from app.core.days import midnight
from app.tickets.models import Ticket
from app.tickets.types import AT_REQUESTER, COMMENTS_CLOSE_AFTER, TicketState

OVERSEERS = ("auditor", "system_admin", "unit_leader", "dept_head", "bureau_leader")
LEADERS = ("dept_head", "unit_leader", "bureau_leader")
URGEABLE = (TicketState.RUNNING, TicketState.RETURNED)
URGE_GAP = timedelta(hours=4)
URGES_A_DAY = 3
OUTSIDERS = ("company_manager", "company_tester")
EXECUTORS = ("account_admin", "permission_admin", "info_center")


def can_view(actor: Actor, ticket: Ticket) -> bool:
    """Scope was part of the query; a draft is its requester's alone."""
    return ticket.requester_id == actor.person_id or ticket.state is not TicketState.DRAFT


def can_comment(actor: Actor, ticket: Ticket, now: datetime) -> bool:
    """Whoever may view it, once it was sent, until some time after its end."""
    if not can_view(actor, ticket) or ticket.state is TicketState.DRAFT:
        return False
    return ticket.closed_at is None or now - ticket.closed_at <= COMMENTS_CLOSE_AFTER


def can_link(actor: Actor, ticket: Ticket, holders: Collection[int | None]) -> bool:
    """Who asked for it, and who has or had a step of it (`holders`)."""
    return ticket.requester_id == actor.person_id or actor.person_id in holders


def can_unlink(actor: Actor, by_id: int) -> bool:
    return by_id == actor.person_id or actor.holds("system_admin")


def can_urge(actor: Actor, ticket: Ticket, path: str) -> bool:
    """Who asked for it, and leaders of its unit (`path`) and of those above."""
    return ticket.requester_id == actor.person_id or any(
        held.position in LEADERS and path.startswith(held.unit_path) for held in actor.positions
    )


def may_urge_again_at(urged: Sequence[datetime], now: datetime) -> datetime | None:
    """None is now. `urged`: when it was, the latest first."""
    if not urged:
        return None
    today = clock.local(now).date()
    free_at = urged[0] + URGE_GAP
    if sum(clock.local(at).date() == today for at in urged) >= URGES_A_DAY:
        free_at = max(free_at, midnight(today + timedelta(days=1)))
    return free_at if free_at > now else None


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


def actions(actor: Actor, ticket: Ticket, *, settled: bool) -> tuple[str, ...]:
    """Buttons the requester has now; `settled`: what was sent cannot be taken back any more."""
    if not is_requester(actor, ticket):
        return ()
    if ticket.state is TicketState.DRAFT:
        return ("submit", "cancel")
    if ticket.state in AT_REQUESTER:
        return ("resubmit", "cancel")
    if ticket.state is TicketState.RUNNING and not settled:
        return ("withdraw",)
    return ()
