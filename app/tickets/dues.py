"""The deadlines of one ticket for one reader: of the whole, and of the steps that are open."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypedDict

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calendar.lights import Horizon, Shown, explained
from app.calendar.terms import Term, told_of
from app.tasks.models import Task, Visit
from app.tickets.models import Ticket
from app.tickets.types import TicketState

WHOLE = "整件"


class _Found(TypedDict):
    told: str
    is_estimate: bool


@dataclass(frozen=True)
class DueLine:
    what: str
    shown: Shown


def dues(
    session: Session, ticket: Ticket, tasks: Sequence[Task], horizon: Horizon
) -> list[DueLine]:
    """Steps that several people decide are due once. Drafts have none."""
    return [
        DueLine(what, shown)
        for what, shown in (_whole(ticket, horizon), *_steps(session, ticket, tasks, horizon))
        if shown
    ]


def _whole(ticket: Ticket, horizon: Horizon) -> tuple[str, Shown | None]:
    stands = ticket.is_paused or ticket.state is TicketState.SUSPENDED
    return WHOLE, horizon.show(
        ticket.due_at, stands=stands, closed_at=ticket.closed_at, **_found(ticket)
    )


def _steps(
    session: Session, ticket: Ticket, tasks: Sequence[Task], horizon: Horizon
) -> Iterator[tuple[str, Shown | None]]:
    stands = ticket.state is TicketState.SUSPENDED
    first = {task.visit_id: task for task in reversed(tasks) if task.is_active and task.due_at}
    kept = session.scalars(select(Visit).where(Visit.id.in_(first))) if first else ()
    visits = {visit.id: visit for visit in kept}
    for visit_id, task in first.items():
        found = _found(visits[visit_id])
        yield task.title, horizon.show(task.due_at, stands=stands, **found)


def _found(term: Term) -> _Found:
    """How the date was found, as it was counted."""
    said = explained(term.due_skipped, is_estimate=term.due_is_estimate)
    return {
        "told": "；".join(filter(None, (told_of(term.due_found), said))),
        "is_estimate": term.due_is_estimate,
    }
