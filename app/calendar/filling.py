"""The national calendar as chinesecalendar has it: the first fill of our own table, nothing more.

The library ends with 2026 and raises for later years; those are entered from their notices.
"""

from datetime import date, timedelta
from functools import cache
from typing import Any

import chinese_calendar

from app.calendar.days import Calendar, DayKind

FIRST_YEAR, LAST_YEAR = 2004, 2026


@cache
def national() -> Calendar:
    """Every day of its years that is not as Monday to Friday would have it."""
    plain = Calendar()
    first, end = date(FIRST_YEAR, 1, 1), date(LAST_YEAR + 1, 1, 1)
    other = {
        day: chinese_calendar.is_workday(day)
        for day in (first + timedelta(days=n) for n in range((end - first).days))
        if chinese_calendar.is_workday(day) is not plain.is_working(day)
    }
    return Calendar(
        off=frozenset(day for day, works in other.items() if not works),
        work=frozenset(day for day, works in other.items() if works),
        known=frozenset(range(FIRST_YEAR, LAST_YEAR + 1)),
    )


def named(year: int) -> list[tuple[date, DayKind, str]]:
    """The days of one year with the Chinese names of the festivals they belong to."""
    known = national()
    told = [(day, DayKind.OFF) for day in known.off] + [(day, DayKind.WORK) for day in known.work]
    return [(day, kind, _festival(day)) for day, kind in sorted(told) if day.year == year]


def _festival(day: date) -> str:
    _, name = chinese_calendar.get_holiday_detail(day)
    festivals: Any = chinese_calendar.Holiday
    return next((one.chinese for one in festivals if one.value == name), "")
