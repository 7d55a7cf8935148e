"""What the inbox shows beside its rows: headings between them, lights, what can be taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.tasks.narrowing import soon_ends
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


def grouped(rows: Sequence[TaskRow], now: datetime) -> list[Group]:
    found: dict[Due, list[TaskRow]] = {}
    for row in rows:
        found.setdefault(_due(row.due_at, now), []).append(row)
    if found.keys() <= {Due.NEVER}:
        return [Group("", rows)]
    return [
        Group(DUE_LABELS[due], found[due], late=due is Due.LATE) for due in ORDER if due in found
    ]


def light(row: TaskRow, now: datetime) -> str:
    """Until the calendar knows working days: red when over, yellow by tomorrow, else green."""
    lights = {Due.LATE: "late", Due.SOON: "soon", Due.LATER: "ok", Due.NEVER: ""}
    return lights[_due(row.due_at, now)]


def takes_back(session: Session, actor: Actor, rows: Sequence[TaskRow]) -> set[int]:
    """Which of the rows of 已办 their reader could still take back."""
    tasks = tasks_by_ids(session, [row.id for row in rows if not row.is_void])
    return withdrawable(session, actor, tasks)


def _due(due_at: datetime | None, now: datetime) -> Due:
    if due_at is None:
        return Due.NEVER
    if due_at <= now:
        return Due.LATE
    return Due.SOON if due_at < soon_ends(now) else Due.LATER
