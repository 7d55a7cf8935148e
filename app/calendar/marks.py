"""The moments around a deadline at which somebody is told of it. Pure.

Days are told of when the office opens, hours to the minute.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from app.calendar.days import A_DAY, LONGEST, Calendar, NoWorkingDay
from app.calendar.periods import DAYS, HOURS, WORKING_DAYS, day_of
from app.core.days import midnight

MARGIN = timedelta(days=15)  # the longest stretch of days off, and more


class MarkKind(StrEnum):
    REMIND = "remind"  # who has it
    ESCALATE = "escalate"  # the next leader above
    LAPSE = "lapse"  # nobody: who has it is not waited for any more


@dataclass(frozen=True)
class Mark:
    """So many working days, days or hours after a deadline; before it below nought."""

    kind: MarkKind
    count: int
    unit: str

    @property
    def text(self) -> str:
        """As a row keeps it: `remind -1wd`."""
        return f"{self.kind} {self.count:+d}{self.unit}"

    @classmethod
    def parse(cls, text: str) -> "Mark":
        kind, _, when = text.partition(" ")
        count = when.rstrip("wdh")
        return cls(MarkKind(kind), int(count), when.removeprefix(count))


@dataclass(frozen=True)
class Marked:
    """A moment to come."""

    at: datetime
    mark: Mark


def upcoming(
    marks: Sequence[Mark], due_at: datetime, opened_at: datetime, calendar: Calendar, opens: time
) -> list[Marked]:
    """In the order of the moments. What lies before the opening is passed over: whoever gets it
    sees then how it stands.
    """
    found = [Marked(moment(mark, due_at, calendar, opens), mark) for mark in marks]
    ahead = (one for one in found if one.at > opened_at)
    return sorted(ahead, key=lambda one: (one.at, one.mark.text))


def moment(mark: Mark, due_at: datetime, calendar: Calendar, opens: time) -> datetime:
    if mark.unit == HOURS:
        return due_at + timedelta(hours=mark.count)
    day = day_of(due_at)
    if mark.unit == DAYS:
        day += mark.count * A_DAY
    else:
        try:
            day = _worked(calendar, day, mark.count)
        except NoWorkingDay:  # the notices are wrong: somebody is told nevertheless
            day = _worked(Calendar(), day, mark.count)
    return midnight(day).replace(hour=opens.hour, minute=opens.minute)


def _worked(calendar: Calendar, start: date, count: int) -> date:
    """The working day so many before or after."""
    step = A_DAY if count > 0 else -A_DAY
    day, left = start, abs(count)
    while left:
        day += step
        left -= calendar.is_working(day)
        if abs((day - start).days) > LONGEST:
            raise NoWorkingDay(start)
    return day


def reach(marks: Sequence[Mark]) -> timedelta:
    """How far behind a deadline its marks may lie."""
    most = max((mark.count for mark in marks if mark.unit in (WORKING_DAYS, DAYS)), default=0)
    return 2 * max(most, 0) * A_DAY + MARGIN
