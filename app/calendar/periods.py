"""When a deadline ends: a period, counted from a day, without the time its clock stood. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from app.calendar.days import A_DAY, Calendar, Counted, NoWorkingDay, same_day
from app.core import clock
from app.core.days import midnight

HOURS, WORKING_DAYS, DAYS, MONTHS = "h", "wd", "d", "mo"
MIDNIGHT = time(23, 59, 59)  # the last second of a day in a region that says nothing
NOON = time(12)
SPARE = 60  # days looked at beyond what a period needs with two days off a week
Pause = tuple[datetime, datetime]


class Hours(NamedTuple):
    """Of an office, in its zone; a day whose afternoon is off ends at its `noon`."""

    opens: time = time()
    closes: time = MIDNIGHT
    noon: time = NOON


@dataclass(frozen=True)
class Period:
    """So many working days (wd), days (d), months (mo) or hours (h)."""

    count: int
    unit: str

    def needs(self, start: date) -> date:
        """The last day that a calendar must know for it, as far as one can tell."""
        days = {WORKING_DAYS: 2, DAYS: 1, MONTHS: 31, HOURS: 0}[self.unit] * self.count
        return start + timedelta(days=days + SPARE)


@dataclass(frozen=True)
class Due:
    """The moment it ends, the days off in between, and whether a year has no notice yet (暂估)."""

    at: datetime
    skipped: tuple[date, ...] = ()
    is_estimate: bool = False


def day_of(moment: datetime) -> date:
    """The day it is in the office."""
    return clock.local(moment).date()


def due(
    period: Period,
    since: datetime,
    calendar: Calendar,
    hours: Hours,
    pauses: Sequence[Pause] = (),
) -> Due:
    """The end of the last day, where the office closes, or closes for noon if its afternoon is
    off; hours are plain hours.

    Of a pause its first day counts, as the clock ran on it, and its last does not, as it begins
    to run again on it (起算的当天不算).
    """
    if period.unit == HOURS:
        at = since + timedelta(hours=period.count)
        for begun, until in pauses:
            at += until - begun if begun < at else timedelta()
        return Due(at)
    start = day_of(since)
    try:
        counted = _counted(period, start, calendar, pauses)
    except NoWorkingDay:  # the notices are wrong: a deadline there is nevertheless
        counted = _counted(period, start, Calendar(), pauses)
    closing = hours.noon if calendar.is_half(counted.last) else hours.closes
    return Due(
        midnight(counted.last).replace(
            hour=closing.hour, minute=closing.minute, second=closing.second
        ),
        counted.skipped,
        counted.is_estimate,
    )


def _counted(period: Period, start: date, calendar: Calendar, pauses: Sequence[Pause]) -> Counted:
    if period.unit == WORKING_DAYS:
        stood = frozenset(day for pause in pauses for day in _stood(pause))
        idle = calendar.overlaid(stood, frozenset()) if stood else calendar
        counted = idle.working_days(start, period.count)
        skipped = tuple(day for day in counted.skipped if day not in stood)
        return Counted(counted.last, skipped, counted.is_estimate)
    last = same_day(start, period.count) if period.unit == MONTHS else start + period.count * A_DAY
    for pause in pauses:
        if day_of(pause[0]) < last:  # what was over before stays so
            last += len(_stood(pause)) * A_DAY
    return calendar.natural_days(start, (last - start).days)


def _stood(pause: Pause) -> list[date]:
    first, last = map(day_of, pause)
    return [first + n * A_DAY for n in range(1, (last - first).days + 1)]
