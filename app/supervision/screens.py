"""What of 督办 stands on the page of a ticket; the wiring hangs it there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.clock import today
from app.supervision.policy import has_it_himself
from app.supervision.queries import may_supervise, supervisions_of
from app.supervision.types import STATE_LABELS, SupervisionRow
from app.tasks.queries import active_tasks
from app.tickets.models import Ticket
from app.tickets.policy import LEADERS, URGEABLE

USUAL = timedelta(days=3)  # that a page proposes for an answer


@dataclass(frozen=True)
class Part:
    """`steps`: those that a reader may ask for, a task of each and its title."""

    rows: Sequence[SupervisionRow]
    steps: Sequence[tuple[int, str]]
    may_open: bool
    answer_by: str

    @property
    def labels(self) -> dict[str, str]:
        return {state.value: label for state, label in STATE_LABELS.items()}


def part_of(session: Session, ticket: Ticket, actor: Actor) -> list[Part]:
    """One, or none where there is nothing to see and nothing to do."""
    rows = (
        supervisions_of(session, ticket, actor, today())
        if ticket.instance.supervision_count
        else []
    )
    steps: list[tuple[int, str]] = []
    leads = actor.holds(*LEADERS) and ticket.state in URGEABLE
    if leads and may_supervise(session, actor, ticket):
        tasks = active_tasks(session, ticket.instance_id)
        if not has_it_himself(actor, tasks):
            steps = list({task.visit_id: (task.id, task.title) for task in tasks}.values())
    if not rows and not steps:
        return []
    return [Part(rows, steps, bool(steps), (today() + USUAL).isoformat())]
