"""What the inbox shows beside its rows: quick filters by due day, and headings between rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.days import midnight
from app.tasks.queries import TaskRow, tasks_by_ids
from app.tasks.service import withdrawable
from app.tasks.types import Due, Filters

ORDER = (Due.LATE, Due.SOON, Due.LATER, Due.NEVER)
HEADINGS = {
    Due.LATE: "已超期",
    Due.SOON: "今明两天到期",
    Due.LATER: "以后到期",
    Due.NEVER: "没有时限",
}


@dataclass(frozen=True)
class Group:
    """Rows of one page under a heading; no heading where no row has a deadline."""

    label: str
    rows: Sequence[TaskRow]
    late: bool = False


def chosen(given: Mapping[str, str], now: datetime) -> Filters:
    """From the words of an address: process, from, to, due. Raises: Malformed."""
    filters = Filters.parse(given)
    if filters.due is Due.LATE:
        return replace(filters, due_until=now)
    if filters.due is Due.SOON:
        return replace(filters, due_since=now, due_until=soon_ends(now))
    return filters


def soon_ends(now: datetime) -> datetime:
    """The midnight after tomorrow."""
    return midnight(clock.local(now).date() + timedelta(days=2))


def grouped(rows: Sequence[TaskRow], now: datetime) -> list[Group]:
    found: dict[Due, list[TaskRow]] = {}
    for row in rows:
        found.setdefault(_due(row.due_at, now), []).append(row)
    if found.keys() <= {Due.NEVER}:
        return [Group("", rows)]
    return [Group(HEADINGS[due], found[due], late=due is Due.LATE) for due in ORDER if due in found]


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
