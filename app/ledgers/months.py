"""The months of a book as its page shows them, with the rows of each."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.ledgers import queries, tallies
from app.ledgers.reach import Opened

DECEMBER = 12


@dataclass(frozen=True)
class Month:
    label: str
    since: date
    until: date
    count: int | None
    here: bool
    is_now: bool = False


def strip(session: Session, book: Opened, filters: queries.Filters, today: date) -> list[Month]:
    """Other years first, then the year that is looked at and its months up to today."""
    name = book.ledger.name
    first = tallies.first_year(session, name)
    if first is None:
        return []
    years = range(first, today.year + 1)
    year = filters.since.year if filters.since and filters.since.year in years else today.year
    counts = tallies.rows_of_year(session, book.within, name, year)
    others = [_year(other, None, filters) for other in years if other != year]
    last = today.month if year == today.year else DECEMBER
    months = [_month(year, number, counts, filters, today) for number in range(1, last + 1)]
    return [*others, _year(year, sum(counts), filters), *months]


def _year(year: int, count: int | None, filters: queries.Filters) -> Month:
    since, until = date(year, 1, 1), date(year, DECEMBER, 31)
    return Month(f"{year}年", since, until, count, _is_here(since, until, filters))


def _month(
    year: int, number: int, counts: Sequence[int], filters: queries.Filters, today: date
) -> Month:
    since, until = date(year, number, 1), date(year, number, monthrange(year, number)[1])
    return Month(
        f"{number}月",
        since,
        until,
        counts[number - 1],
        _is_here(since, until, filters),
        is_now=since <= today <= until,
    )


def _is_here(since: date, until: date, filters: queries.Filters) -> bool:
    return (filters.since, filters.until) == (since, until)
