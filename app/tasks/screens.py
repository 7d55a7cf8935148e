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

PAUSED = "暂停计时"
ORDER = (*(DUE_LABELS[due] for due in (Due.LATE, Due.SOON, Due.LATER, Due.NEVER)), PAUSED)


@dataclass(frozen=True)
class Group:
    """Rows of one page under a heading; no heading where no row has a deadline."""

    label: str
    rows: Sequence[TaskRow]
    late: bool = False


def grouped(rows: Sequence[TaskRow], horizon: Horizon) -> list[Group]:
    found: dict[str, list[TaskRow]] = {}
    for row in rows:
        found.setdefault(_heading(row, horizon), []).append(row)
    if found.keys() <= {DUE_LABELS[Due.NEVER]}:
        return [Group("", rows)]
    late = DUE_LABELS[Due.LATE]
    return [Group(label, found[label], late=label == late) for label in ORDER if label in found]


def lamp(row: TaskRow, horizon: Horizon) -> Shown | None:
    """The light of a row of a list; of what is suspended the clock stands."""
    return horizon.show(row.due_at, stands=row.is_suspended, closed_at=row.done_at)


def takes_back(session: Session, actor: Actor, rows: Sequence[TaskRow]) -> set[int]:
    """Which of the rows of 已办 their reader could still take back."""
    tasks = tasks_by_ids(session, [row.id for row in rows if not row.is_void])
    return withdrawable(session, actor, tasks)


def _heading(row: TaskRow, horizon: Horizon) -> str:
    if row.is_suspended and row.due_at is not None:
        return PAUSED
    return DUE_LABELS[_due(row.due_at, horizon)]


def _due(due_at: datetime | None, horizon: Horizon) -> Due:
    if due_at is None:
        return Due.NEVER
    if due_at <= horizon.now:
        return Due.LATE
    return Due.SOON if due_at < horizon.soon_ends else Due.LATER
