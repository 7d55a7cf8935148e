"""From closed tickets to sums: one way for what closes by and by, and for counting all anew."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.calendar.days import A_DAY, Calendar
from app.calendar.periods import day_of
from app.calendar.terms import Counter, paired
from app.insight.days import office_day, places
from app.insight.models import Closing, ClosingYear
from app.insight.spread import PLACES, place_of
from app.insight.types import LATE, NONE, ON_TIME, Closed, Key
from app.tasks.models import Visit
from app.tickets.models import Ticket
from app.tickets.types import TicketState

COUNTED = (TicketState.CLOSED, TicketState.ARCHIVED, TicketState.REFUSED)
RESULTS = frozenset({TicketState.CLOSED.value, TicketState.REFUSED.value})
AT_ONCE = 5_000


def sums(session: Session, runs: list[int] | None = None) -> dict[Key, ClosingYear]:
    """Of these runs; of all that are closed and do not wait to be counted, where none are given."""
    counter = Counter(session, by_year=True)
    found: dict[Key, ClosingYear] = {}
    rows = list(_closed(session, runs))
    days_known = _days_of(rows)  # of all at once: a unit's calendar is read once
    for one in rows:
        key = (one.until.year, one.unit_id, one.process)
        row = found.get(key) or found.setdefault(key, ClosingYear.empty(*key))
        month = one.until.month - 1
        row.closed[month] += one.count
        row.on_time[month] += one.count * (one.how == ON_TIME)
        row.late[month] += one.count * (one.how == LATE)
        row.paused[month] += one.count * one.was_paused
        calendar = counter.calendar(one.unit_id, *days_known)
        days = worked(calendar, one.since, one.until, one.pauses)
        row.days[month * PLACES + place_of(days)] += one.count
    return found


def _days_of(rows: list[Closed]) -> tuple[date, date]:
    days = [day for one in rows for day in (one.since, one.until)]
    return min(days, default=date.min), max(days, default=date.min)


def worked(calendar: Calendar, since: date, until: date, moments: tuple[datetime, ...] = ()) -> int:
    """Working days after the first and up to the last, without those on which the clock stood.

    As with deadlines the day on which something begins does not count (起算的当天不算).
    """
    stood: set[date] = set()
    for begun, ended in paired(moments):
        stood.update(_days(day_of(begun), day_of(ended)))
    return sum(calendar.is_working(day) and day not in stood for day in _days(since, until))


def _days(after: date, until: date) -> Iterator[date]:
    yield from (after + n * A_DAY for n in range(1, (until - after).days + 1))


def _closed(session: Session, runs: list[int] | None) -> Iterator[Closed]:
    """Grouped, as many are alike. A whole is late if it was itself, or one of its steps."""
    chosen = true() if runs is None else among(Visit.instance_id, runs)
    steps = (
        select(
            Visit.instance_id,
            func.bool_or(Visit.closed_at > Visit.due_at).label("late"),
            func.bool_or(_stood(Visit)).label("stood"),
        )
        .where(Visit.due_at.is_not(None), chosen)
        .group_by(Visit.instance_id)
        .subquery()
    )
    how = case(
        (or_(Ticket.closed_at > Ticket.due_at, steps.c.late), LATE),
        (or_(Ticket.due_at.is_not(None), steps.c.instance_id.is_not(None)), ON_TIME),
        else_=NONE,
    )
    columns: tuple[ColumnElement[Any], ...] = (
        Ticket.unit_id.expression,
        Ticket.process.expression,
        office_day(func.coalesce(Ticket.opened_at, Ticket.created_at)),
        office_day(Ticket.closed_at),
        Ticket.due_pauses.expression,
        how,
        or_(func.coalesce(_stood(Ticket), False), func.coalesce(steps.c.stood, False)),
    )
    statement = (
        select(*columns, func.count())
        .select_from(Ticket)
        .outerjoin(steps, steps.c.instance_id == Ticket.instance_id)
        .where(Ticket.state.in_(COUNTED), Ticket.closed_at.is_not(None), _chosen(runs))
        .where(~Ticket.is_confidential)
        .group_by(*places(len(columns)))
    )
    rows: Iterable[Any] = session.execute(statement)
    for unit, process, since, until, pauses, ended, stood, count in rows:
        yield Closed(unit, process, since, until, tuple(pauses or ()), ended, stood, count)


def _chosen(runs: list[int] | None) -> ColumnElement[bool]:
    if runs is not None:
        return among(Ticket.instance_id, runs)
    return ~exists().where(Closing.instance_id == Ticket.instance_id)


def among(column: Any, runs: list[int]) -> ColumnElement[bool]:
    """As one value: a name for each of thousands would be put together and parsed."""
    found: ColumnElement[bool] = column == func.any(cast(runs, ARRAY(BigInteger)))
    return found


def _stood(term: type[Visit] | type[Ticket]) -> ColumnElement[bool]:
    return func.cardinality(term.due_pauses) > 0
