"""Working days, and periods counted in them. Pure.

A period starts the day after what starts it; it ends with its last day. Where that is a day off,
it ends with the next working day; months end on the day of the same number, or the last of the
month (民法典 第二百条至第二百零四条, as DOMAIN §2.G has them).
"""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

LONGEST = 3660  # days that a period is looked through: ten years without a working day are a fault
SATURDAY = 5
A_DAY = timedelta(days=1)


class DayKind(StrEnum):
    OFF = "off"
    WORK = "work"
    HALF = "half"  # the afternoon is off, if the day is worked at all


class NoWorkingDay(ValueError):
    """Ten years have no working day left: the notices are wrong."""


@dataclass(frozen=True)
class Counted:
    """Where a period ends, and how that was found."""

    last: date
    skipped: tuple[date, ...]  # days off after the start and before the end, the end's own too
    is_estimate: bool  # 暂估: a year without its notice is in it


@dataclass(frozen=True)
class Calendar:
    """The days that are not as Monday to Friday would have them."""

    off: frozenset[date] = frozenset()
    work: frozenset[date] = frozenset()
    known: frozenset[int] = frozenset()  # years whose notice has been entered
    half: frozenset[date] = frozenset()  # their afternoons are off; they move no day

    def is_working(self, day: date) -> bool:
        return day in self.work or (day.weekday() < SATURDAY and day not in self.off)

    def is_half(self, day: date) -> bool:
        """A working day that ends at noon."""
        return day in self.half and self.is_working(day)

    def working_days(self, start: date, count: int) -> Counted:
        """`count` working days; none at all end on the start, or on the working day after it."""
        day, left = start, count
        if not count:
            return self._settled(start, start, ())
        skipped: list[date] = []
        while left:
            day = _next(start, day)
            if self.is_working(day):
                left -= 1
            else:
                skipped.append(day)
        return Counted(day, tuple(skipped), self._is_estimate(start, day))

    def natural_days(self, start: date, count: int) -> Counted:
        return self._settled(start, start + count * A_DAY, ())

    def months(self, start: date, count: int) -> Counted:
        return self._settled(start, same_day(start, count), ())

    def _settled(self, start: date, day: date, skipped: tuple[date, ...]) -> Counted:
        """A last day off moves to the next working day."""
        while not self.is_working(day):
            skipped = (*skipped, day)
            day = _next(start, day)
        return Counted(day, skipped, self._is_estimate(start, day))

    def _is_estimate(self, start: date, last: date) -> bool:
        first = min(start + A_DAY, last)
        return not set(range(first.year, last.year + 1)) <= self.known

    def overlaid(
        self,
        off: frozenset[date],
        work: frozenset[date],
        half: frozenset[date] = frozenset(),
    ) -> "Calendar":
        """What a nearer layer says of a day stands before what this one says; an afternoon off
        says nothing of the morning.
        """
        said = off | work
        return Calendar(
            (self.off - said) | off,
            (self.work - said) | work,
            self.known,
            (self.half - said) | half,
        )


def _next(start: date, day: date) -> date:
    if (day - start).days > LONGEST:
        raise NoWorkingDay(start)
    return day + A_DAY


def same_day(start: date, months: int) -> date:
    """The day of the same number so many months later, or the last one of that month."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


Count = Callable[[Calendar, date, int], Counted]
