"""The moments around a deadline at which somebody is told of it. Pure.

Days are told of when the office opens, hours to the minute. A share of the time that was given is
counted in working days from the day after the opening, of hours in minutes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from app.calendar.days import A_DAY, LONGEST, Calendar, NoWorkingDay
from app.calendar.periods import DAYS, HOURS, WORKING_DAYS, day_of
from app.core.days import midnight

SHARE, SHARE_OF_HOURS = "%", "%h"
MARGIN = timedelta(days=15)  # the longest stretch of days off, and more


class MarkKind(StrEnum):
    REMIND = "remind"  # who has it
    ESCALATE = "escalate"  # the next leader above
    LAPSE = "lapse"  # nobody: who has it is not waited for any more


@dataclass(frozen=True)
class Mark:
    """So many working days, days or hours after a deadline; before it below nought. Or when so many
    of a hundred parts of its time are over.
    """

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
        count = when.rstrip("%wdh")
        return cls(MarkKind(kind), int(count), when.removeprefix(count))

    @property
    def share(self) -> str:
        """`80%`, of a mark that is one."""
        return f"{self.count}%" if self.unit in (SHARE, SHARE_OF_HOURS) else ""


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
    found = [Marked(_moment(mark, due_at, opened_at, calendar, opens), mark) for mark in marks]
    ahead = (one for one in found if one.at > opened_at)
    return sorted(ahead, key=lambda one: (one.at, one.mark.text))


def _moment(
    mark: Mark, due_at: datetime, opened_at: datetime, calendar: Calendar, opens: time
) -> datetime:
    if mark.unit == SHARE_OF_HOURS:
        return opened_at + (due_at - opened_at) * mark.count / 100
    if mark.unit == HOURS:
        return due_at + timedelta(hours=mark.count)
    day = day_of(due_at)
    if mark.unit == SHARE:
        day = _part(calendar, day_of(opened_at), day, mark.count)
    elif mark.unit == DAYS:
        day += mark.count * A_DAY
    else:
        try:
            day = _worked(calendar, day, mark.count)
        except NoWorkingDay:  # the notices are wrong: somebody is told nevertheless
            day = _worked(Calendar(), day, mark.count)
    return midnight(day).replace(hour=opens.hour, minute=opens.minute)


def _part(calendar: Calendar, opened: date, due: date, parts: int) -> date:
    """The working day on which so many of a hundred parts are over, the last of them begun."""
    ahead = (opened + n * A_DAY for n in range(1, (due - opened).days + 1))
    worked = [day for day in ahead if calendar.is_working(day)]
    return worked[-(-len(worked) * parts // 100) - 1] if worked else due


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
