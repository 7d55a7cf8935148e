"""A month of absences as a sheet of weeks. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.core.errors import Malformed
from app.identity.queries.cover import AbsenceRow

MONDAY = "一二三四五六日"


@dataclass(frozen=True)
class Day:
    on: date
    is_outside: bool  # of the month
    is_today: bool
    away: tuple[AbsenceRow, ...]


@dataclass(frozen=True)
class Month:
    first: date
    weeks: tuple[tuple[Day, ...], ...]

    @property
    def before(self) -> str:
        return (self.first - timedelta(days=1)).isoformat()[:7]

    @property
    def after(self) -> str:
        return (self.first + timedelta(days=31)).isoformat()[:7]


def parse_month(text: str, today: date) -> date:
    """`2026-11` is the first of November; nothing is this month. Raises: Malformed."""
    if not text:
        return today.replace(day=1)
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise Malformed("月份要写成 2026-11 的样子。") from error
    if not 2000 <= first.year <= 2100:
        raise Malformed("月份要在 2000 年到 2100 年之间。")
    return first


def edges(first: date) -> tuple[date, date]:
    """The Monday on or before the first of the month, the Sunday on or after its last."""
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())


def month_of(first: date, rows: Sequence[AbsenceRow], today: date) -> Month:
    since, until = edges(first)
    days = [
        Day(
            on,
            on.month != first.month,
            on == today,
            tuple(row for row in rows if row.absence.first_on <= on <= row.absence.last_on),
        )
        for on in (since + timedelta(days=n) for n in range((until - since).days + 1))
    ]
    return Month(first, tuple(tuple(days[n : n + 7]) for n in range(0, len(days), 7)))
