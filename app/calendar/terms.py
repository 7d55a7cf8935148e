"""A deadline that runs: what its row keeps of it, and how it is counted for a unit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Date, DateTime, ForeignKey, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.calendar.days import Calendar
from app.calendar.hours import hours_of
from app.calendar.marks import Mark, Marked, reach, upcoming
from app.calendar.periods import Due, Hours, Pause, Period, day_of, due
from app.calendar.queries import calendar_for
from app.core.days import midnight
from app.rules.parameters import PARAMETERS
from app.rules.queries import parameter


class Term:
    """Columns of a row that may have a deadline: without a rule there is none."""

    due_rule: Mapped[str | None] = mapped_column(Text)  # as the diagram has it
    # Of a parameter in the rule: which, what it was set to when it was counted, and by whom.
    due_found: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    due_since: Mapped[datetime | None]  # what it is counted from: of a day, its first moment
    due_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))  # whose calendar
    due_at: Mapped[datetime | None]
    due_is_estimate: Mapped[bool] = mapped_column(default=False, server_default="false")
    due_skipped: Mapped[list[date] | None] = mapped_column(ARRAY(Date))
    # When its clock stopped and went on, in turns: it stands as long as the last is a stop.
    due_pauses: Mapped[list[datetime] | None] = mapped_column(ARRAY(DateTime(timezone=True)))

    # When somebody is told of it (`marks`), when he was, and when he will be next.
    due_marks: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    due_told: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    due_next_at: Mapped[datetime | None]

    @property
    def is_paused(self) -> bool:
        return len(self.due_pauses or ()) % 2 == 1

    def stop_clock(self, now: datetime) -> None:
        if not self.is_paused:
            self.due_pauses = [*(self.due_pauses or ()), now]
        self.due_next_at = None

    def carry(self, other: "Term") -> None:
        """As the other one was due, whose clock ran on."""
        self.due_rule, self.due_found = other.due_rule, other.due_found
        self.due_since, self.due_unit_id = other.due_since, other.due_unit_id
        self.due_at, self.due_is_estimate = other.due_at, other.due_is_estimate
        self.due_skipped, self.due_pauses = other.due_skipped, other.due_pauses
        self.due_marks, self.due_told = other.due_marks, other.due_told
        self.due_next_at = other.due_next_at

    def go_on_from(self, other: "Term", stopped_at: datetime, now: datetime) -> None:
        """With the days that the other one had used, of as many as it was given; in between no
        clock ran.
        """
        if (self.due_found or {}).get("key") == (other.due_found or {}).get("key", ""):
            self.due_rule, self.due_found = other.due_rule, other.due_found
        self.due_since = other.due_since
        stopped = [] if other.is_paused else [stopped_at]
        self.due_pauses = [*(other.due_pauses or ()), *stopped, now]

    def start_clock(self, now: datetime) -> None:
        """Whoever calls it counts anew."""
        if self.is_paused:
            self.due_pauses = [*(self.due_pauses or ()), now]

    @property
    def pauses(self) -> list[Pause]:
        return paired(self.due_pauses)

    def ends(self, found: Due) -> None:
        self.due_at, self.due_is_estimate = found.at, found.is_estimate
        self.due_skipped = list(found.skipped)


def settled(
    session: Session, rule: str, key: str | None, unit_id: int, now: datetime
) -> tuple[str, dict[str, Any] | None]:
    """The rule with the value of its parameter in place, and how that was found: it is kept, so
    that a later change of the parameter moves nothing that runs.
    """
    if key is None:
        return rule, None
    known, found = PARAMETERS[key], parameter(session, key, unit_id, day_of(now))
    facts = {
        "key": key,
        "value": found.value,
        "layer": found.layer,
        "since": found.since.isoformat() if found.since else None,
        "change": found.change_id,
    }
    return rule.replace(f"{{{key}}}", f"{found.value}{known.span}"), facts


def told_of(found: Mapping[str, Any] | None) -> str:
    """How long a parameter says that it may last, and who said so."""
    known = PARAMETERS.get((found or {}).get("key", ""))
    if known is None or found is None:
        return ""
    who = f"{found['layer']}{found['since']}起" if found["since"] else "系统的建议值"
    return f"{known.name}{known.told(found['value'])}（{who}）"


def paired(moments: Sequence[datetime] | None) -> list[Pause]:
    """The pauses that are over."""
    given = moments or ()
    return list(zip(given[::2], given[1::2], strict=False))


def since_of(name: str | None, answers: Mapping[str, Any], opened_at: datetime) -> datetime:
    """The day that was answered; an answer that is none must not lose the deadline."""
    try:
        return midnight(date.fromisoformat(str(answers[name]))) if name else opened_at
    except (KeyError, ValueError):
        return opened_at


@dataclass
class Counter:
    """Counts deadlines of one session: two statements for one.

    With `by_year` whole years are asked for: a statement or two a unit, however many deadlines.
    """

    session: Session
    by_year: bool = False
    _known: dict[int | None, tuple[date, date, Calendar]] = field(default_factory=dict)
    _hours: dict[int | None, Hours] = field(default_factory=dict)

    def hours(self, unit_id: int | None) -> Hours:
        if unit_id not in self._hours:
            self._hours[unit_id] = hours_of(self.session, unit_id)
        return self._hours[unit_id]

    def count(
        self, unit_id: int | None, period: Period, since: datetime, pauses: Iterable[Pause] = ()
    ) -> Due:
        start, stood = day_of(since), list(pauses)
        days = sum((until - begun for begun, until in stood), timedelta()).days
        calendar = self.calendar(unit_id, start, period.needs(start) + timedelta(days=days))
        return due(period, since, calendar, self.hours(unit_id), stood)

    def marks(
        self,
        unit_id: int | None,
        marks: Sequence[str],
        told: Sequence[str],
        due_at: datetime,
        opened_at: datetime,
    ) -> list[Marked]:
        """When somebody will be told of a deadline that was counted; nothing that was, and nothing
        of before it was opened.
        """
        left = [mark for mark in map(Mark.parse, marks) if mark.text not in told]
        if not left:
            return []
        day = day_of(due_at)
        calendar = self.calendar(unit_id, min(day, day_of(opened_at)), day + reach(left))
        return upcoming(left, due_at, opened_at, calendar, self.hours(unit_id).opens)

    def mark(self, term: Term, opened_at: datetime) -> list[Marked]:
        """The moments of a row that are to come; where its clock runs it keeps the first."""
        found: list[Marked] = []
        if term.due_at is not None and term.due_marks and not term.is_paused:
            found = self.marks(
                term.due_unit_id, term.due_marks, term.due_told or (), term.due_at, opened_at
            )
        term.due_next_at = found[0].at if found else None
        return found

    def calendar(self, unit_id: int | None, since: date, until: date) -> Calendar:
        """One that knows these days, and perhaps more."""
        if unit_id in self._known:
            first, last, calendar = self._known[unit_id]
            if first <= since and until <= last:
                return calendar
            since, until = min(first, since), max(last, until)
        if self.by_year:
            since, until = date(since.year, 1, 1), date(until.year, 12, 31)
        calendar = calendar_for(self.session, unit_id, since, until)
        self._known[unit_id] = since, until, calendar
        return calendar
