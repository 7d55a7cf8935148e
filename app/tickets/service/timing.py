"""The deadline of a whole ticket: what `deadline` of its process says, counted for who asks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.calendar.periods import Period
from app.calendar.terms import Counter, settled, since_of
from app.processes import engine
from app.tasks.service import timing as tasks
from app.tickets.models import Ticket
from app.tickets.types import TicketState


def set_due(
    session: Session,
    ticket: Ticket,
    loaded: engine.Loaded,
    answers: Mapping[str, Any],
    now: datetime,
) -> None:
    """From the first submission (补录: from its paper), or the day that the latest one names."""
    rule = ticket.due_rule or loaded.definition.properties.get("deadline")
    deadline = engine.deadline(rule)
    if deadline is None:
        return
    opened = ticket.due_since or ticket.paper_at or now
    ticket.due_unit_id = ticket.unit_id
    if ticket.due_rule is None:
        ticket.due_rule, ticket.due_found = settled(
            session, rule or "", deadline.parameter, ticket.unit_id, opened
        )
        deadline = engine.deadline(ticket.due_rule) or deadline
    ticket.due_marks = tasks.marks_of(deadline, loaded.definition.properties)
    ticket.due_since = since_of(deadline.field, answers, opened)
    ticket.start_clock(now)
    recount(Counter(session), ticket)


def recount(counter: Counter, ticket: Ticket) -> None:
    """Count anew by what the ticket keeps."""
    deadline = engine.deadline(ticket.due_rule)
    if deadline is None or ticket.due_since is None:
        return
    period = Period(deadline.count, deadline.unit)
    ticket.ends(counter.count(ticket.due_unit_id, period, ticket.due_since, ticket.pauses))
    counter.mark(ticket, ticket.submitted_at or ticket.created_at)


def stop_clocks(session: Session, ticket: Ticket, now: datetime) -> None:
    """挂起: of the ticket and of every step that is open."""
    if ticket.due_rule is not None:
        ticket.stop_clock(now)
    tasks.stop_clocks(session, ticket.instance_id, now)


def start_clocks(session: Session, ticket: Ticket, now: datetime) -> None:
    """恢复; what stood before for the applicant's mending stands on."""
    deadline = engine.deadline(ticket.due_rule)
    mends = ticket.state is TicketState.RETURNED and deadline is not None and deadline.pauses
    if deadline is not None and not mends:
        ticket.start_clock(now)
        recount(Counter(session), ticket)
    tasks.start_clocks(session, ticket.instance_id, now)


def stop_clock(ticket: Ticket, now: datetime) -> None:
    """While the applicant mends, if the rule says so; never because an approver is away."""
    deadline = engine.deadline(ticket.due_rule)
    if deadline is not None and deadline.pauses:
        ticket.stop_clock(now)
