"""A year of the calendar as sheets of months. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from app.calendar.days import A_DAY, SATURDAY, DayKind
from app.calendar.queries import Spoken, heard_of

MARKS = {DayKind.OFF: "休", DayKind.WORK: "班", DayKind.HALF: "半"}
A_WEEK = 7
Heard = dict[date, tuple[Spoken, ...]]


@dataclass(frozen=True)
class Cell:
    day: date
    is_outside: bool  # of the month
    is_today: bool
    heard: Spoken | None  # what the nearest layer says of it

    @property
    def mark(self) -> str:
        return MARKS[self.heard.kind] if self.heard else ""

    @property
    def look(self) -> str:
        """off, work, half, or rest for a weekend of which nobody speaks."""
        if self.heard:
            return self.heard.kind.value
        return "rest" if self.day.weekday() >= SATURDAY else ""


@dataclass(frozen=True)
class Stretch:
    """Days in a row of which one notice says the same."""

    first: date
    last: date
    said: Spoken
    is_heard: bool  # no other layer says otherwise

    @property
    def days(self) -> str:
        if self.first == self.last:
            return f"{self.first.day}日"
        return f"{self.first.day}日至{self.last.day}日"


@dataclass(frozen=True)
class Month:
    first: date
    weeks: tuple[tuple[Cell, ...], ...]
    stretches: tuple[Stretch, ...]


def year_of(year: int, spoken: Sequence[Spoken], today: date) -> list[Month]:
    """`spoken` is in the order of days, the nearest layer last."""
    heard = heard_of(spoken)
    return [_month(date(year, month, 1), spoken, heard, today) for month in range(1, 13)]


def _month(first: date, spoken: Sequence[Spoken], heard: Heard, today: date) -> Month:
    after = (first + timedelta(days=31)).replace(day=1)
    start = first - first.weekday() * A_DAY
    count = -(-(after - start).days // A_WEEK) * A_WEEK
    cells = [
        Cell(day, day.month != first.month, day == today, heard.get(day, (None,))[0])
        for day in (start + n * A_DAY for n in range(count))
    ]
    weeks = tuple(tuple(cells[n : n + A_WEEK]) for n in range(0, count, A_WEEK))
    own = [one for one in spoken if (one.day.year, one.day.month) == (first.year, first.month)]
    return Month(first, weeks, tuple(_stretches(own, heard)))


def _stretches(spoken: Sequence[Spoken], heard: Heard) -> Iterator[Stretch]:
    def alike(one: Spoken) -> tuple[object, ...]:
        return (-one.depth, one.notice_id, one.kind, one.name, one in heard.get(one.day, ()))

    found = []
    for _, same in groupby(sorted(spoken, key=lambda one: (*alike(one), one.day)), alike):
        row = list(same)
        for _, days in groupby(enumerate(row), lambda pair: pair[1].day - pair[0] * A_DAY):
            said = [one for _, one in days]
            is_heard = said[0] in heard.get(said[0].day, ())
            found.append(Stretch(said[0].day, said[-1].day, said[0], is_heard))
    yield from sorted(found, key=lambda one: (one.first, one.said.depth))
