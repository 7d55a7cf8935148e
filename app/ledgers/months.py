"""The months of a book as its page shows them, with the rows of each while they are few."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.ledgers import queries
from app.ledgers.types import Ledger

# A book this long is not counted for a page: its months are names only.
COUNTED = 20_000
DECEMBER = 12


@dataclass(frozen=True)
class Month:
    label: str
    since: date
    until: date
    count: int | None
    here: bool
    is_now: bool = False


def strip(
    session: Session, actor: Actor, ledger: Ledger, filters: queries.Filters, today: date
) -> list[Month]:
    """Other years first, then the year that is looked at and its months up to today."""
    years = queries.years_of(session, ledger)
    year = filters.since.year if filters.since and filters.since.year in years else today.year
    if not years:
        return []
    counted = (
        queries.count_by_month(session, actor, ledger, year)
        if years.get(year, 0) <= COUNTED
        else None
    )
    others = [_year(other, None, filters) for other in sorted(years) if other != year]
    whole = _year(year, None if counted is None else sum(counted.values()), filters)
    last = today.month if year == today.year else DECEMBER
    return [
        *others,
        whole,
        *(_month(year, number, counted, filters, today) for number in range(1, last + 1)),
    ]


def _year(year: int, count: int | None, filters: queries.Filters) -> Month:
    since, until = date(year, 1, 1), date(year, DECEMBER, 31)
    return Month(f"{year}年", since, until, count, _is_here(since, until, filters))


def _month(
    year: int, number: int, counted: dict[int, int] | None, filters: queries.Filters, today: date
) -> Month:
    since, until = date(year, number, 1), date(year, number, monthrange(year, number)[1])
    return Month(
        f"{number}月",
        since,
        until,
        None if counted is None else counted.get(number, 0),
        _is_here(since, until, filters),
        is_now=since <= today <= until,
    )


def _is_here(since: date, until: date, filters: queries.Filters) -> bool:
    return (filters.since, filters.until) == (since, until)
