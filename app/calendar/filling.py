"""The national calendar as chinesecalendar has it: the first fill of our own table, nothing more.

The library ends with 2026 and raises for later years; those are entered from their notices.
"""

from collections.abc import Iterator
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


def named(year: int) -> Iterator[tuple[date, DayKind, str]]:
    """The days of one year as its notice named them: weekends within a festival too, and the
    Chinese name of the festival.
    """
    known = national()
    first, end = date(year, 1, 1), date(year + 1, 1, 1)
    for day in (first + timedelta(days=n) for n in range((end - first).days)):
        _, festival = chinese_calendar.get_holiday_detail(day)
        if day in known.work:
            yield day, DayKind.WORK, _chinese(festival)
        elif day in known.off or festival:
            yield day, DayKind.OFF, _chinese(festival)


def _chinese(name: str | None) -> str:
    festivals: Any = chinese_calendar.Holiday
    return next((one.chinese for one in festivals if one.value == name), "")
