"""What the inbox shows beside its rows: headings between them, lights, what can be taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.calendar.lights import Horizon, Shown
from app.core.actor import Actor
from app.tasks.queries import TaskRow, tasks_by_ids
from app.tasks.service import withdrawable
from app.tasks.types import DUE_LABELS, Due

ORDER = (Due.LATE, Due.SOON, Due.LATER, Due.NEVER)


@dataclass(frozen=True)
class Group:
    """Rows of one page under a heading; no heading where no row has a deadline."""

    label: str
    rows: Sequence[TaskRow]
    late: bool = False


def grouped(rows: Sequence[TaskRow], horizon: Horizon) -> list[Group]:
    found: dict[Due, list[TaskRow]] = {}
    for row in rows:
        found.setdefault(_due(row.due_at, horizon), []).append(row)
    if found.keys() <= {Due.NEVER}:
        return [Group("", rows)]
    return [
        Group(DUE_LABELS[due], found[due], late=due is Due.LATE) for due in ORDER if due in found
    ]


def lamp(row: TaskRow, horizon: Horizon) -> Shown | None:
    """The light of a row of a list; of what is suspended the clock stands."""
    return horizon.show(row.due_at, stands=row.is_suspended, closed_at=row.done_at)


def takes_back(session: Session, actor: Actor, rows: Sequence[TaskRow]) -> set[int]:
    """Which of the rows of 已办 their reader could still take back."""
    tasks = tasks_by_ids(session, [row.id for row in rows if not row.is_void])
    return withdrawable(session, actor, tasks)


def _due(due_at: datetime | None, horizon: Horizon) -> Due:
    if due_at is None:
        return Due.NEVER
    if due_at <= horizon.now:
        return Due.LATE
    return Due.SOON if due_at < horizon.soon_ends else Due.LATER
