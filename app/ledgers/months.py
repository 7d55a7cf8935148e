"""The months of a book as its page shows them, with the rows of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.ledgers import queries, shelves, tallies
from app.ledgers.models import LedgerMonth
from app.ledgers.reach import Opened
from app.ledgers.shelves import Shelf
from app.ledgers.types import DECEMBER, Period


@dataclass(frozen=True)
class Month:
    label: str
    since: date
    until: date
    count: int | None
    here: bool
    is_now: bool = False
    is_frozen: bool = False
    is_proposed: bool = False


def strip(
    session: Session, book: Opened, shelf: Shelf | None, filters: queries.Filters, today: date
) -> list[Month]:
    """Newest first, as the rows below: the year that is looked at, its months, the other years."""
    name = book.ledger.name
    first = tallies.first_year(session, name)
    if first is None:
        return []
    years = range(first, today.year + 1)
    year = filters.since.year if filters.since and filters.since.year in years else today.year
    counts = tallies.rows_of_year(session, book.within, name, year)
    rows = shelves.rows_of_year(session, shelf, year) if shelf else {}
    last = today.month if year == today.year else DECEMBER
    months = [_month(Period(year, one), counts, rows, filters, today) for one in range(1, last + 1)]
    others = [_year(other, None, filters) for other in reversed(years) if other != year]
    return [_year(year, sum(counts), filters), *reversed(months), *others]


def chosen(filters: queries.Filters) -> Period | None:
    """The month that is looked at, if it is just one."""
    if filters.since is None or filters.until is None:
        return None
    period = Period.of(filters.since)
    return period if _is_here(period.since, period.until, filters) else None


def _year(year: int, count: int | None, filters: queries.Filters) -> Month:
    since, until = date(year, 1, 1), date(year, DECEMBER, 31)
    return Month(f"{year}年", since, until, count, _is_here(since, until, filters))


def _month(
    period: Period,
    counts: Sequence[int],
    rows: Mapping[int, LedgerMonth],
    filters: queries.Filters,
    today: date,
) -> Month:
    row = rows.get(period.month)
    return Month(
        f"{period.month}月",
        period.since,
        period.until,
        counts[period.month - 1],
        _is_here(period.since, period.until, filters),
        is_now=period.since <= today <= period.until,
        is_frozen=row is not None and row.is_frozen,
        is_proposed=row is not None and not row.is_frozen,
    )


def _is_here(since: date, until: date, filters: queries.Filters) -> bool:
    return (filters.since, filters.until) == (since, until)
