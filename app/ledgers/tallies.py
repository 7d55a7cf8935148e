"""How many rows a book has, month by month: kept by whoever books, so that no page counts them.

Counters are locked by the act that books (`service`), and a unit's tallies only under the counter
of the book they belong to.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, func, inspect, select, text, union_all
from sqlalchemy.dialects.postgresql import array, insert
from sqlalchemy.orm import Session

from app.core import clock
from app.ledgers.models import LedgerCounter, LedgerPlace
from app.ledgers.reach import Within

MONTHS = 12


def only_in(month: int, count: int) -> list[int]:
    """A year with rows in one month."""
    return [count if one == month else 0 for one in range(1, MONTHS + 1)]


def added(months: Any, more: Any) -> Any:
    """The sum of two years, as PostgreSQL adds them."""
    return array([months[n] + more[n] for n in range(1, MONTHS + 1)])


def keep(session: Session, *, keeper_id: int, place: str, day: date, booked: Counter[str]) -> None:
    """Add what a unit has booked; the counters of these books are locked already."""
    given = insert(LedgerPlace).values(
        [
            {
                "name": name,
                "unit_id": keeper_id,
                "place": place,
                "year": day.year,
                "months": only_in(day.month, booked[name]),
            }
            for name in sorted(booked)
        ]
    )
    session.execute(
        given.on_conflict_do_update(
            index_elements=inspect(LedgerPlace).primary_key,
            set_={"months": added(LedgerPlace.months, given.excluded.months)},
        )
    )


def first_year(session: Session, name: str) -> int | None:
    """In which anybody has booked in this book."""
    return session.scalar(select(func.min(LedgerCounter.year)).where(LedgerCounter.name == name))


def rows_of_year(session: Session, within: Within, name: str, year: int) -> list[int]:
    """Rows within reach for each month, January first."""
    found = [
        statement.where(table.name == name, table.year == year)
        for table, statement in _tallies(within)
    ]
    rows = session.scalars(union_all(*found)).all()
    return [sum(months) for months in zip([0] * MONTHS, *rows, strict=True)]


def rows_of_books(session: Session, within: Within, names: Sequence[str]) -> dict[str, int]:
    """All rows within reach, for each of these books that has any."""
    found = [
        statement.add_columns(table.name).where(table.name.in_(names))
        for table, statement in _tallies(within)
    ]
    counts: Counter[str] = Counter()
    for months, name in session.execute(union_all(*found)):
        counts[name] += sum(months)
    return counts


def _tallies(
    within: Within,
) -> Iterator[tuple[type[LedgerCounter | LedgerPlace], Select[list[int]]]]:
    """Whole books stand on their counters; of other books it is the units' share."""
    if within.keepers:
        yield (
            LedgerCounter,
            select(LedgerCounter.months).where(LedgerCounter.unit_id.in_(within.keepers)),
        )
    if within.subtrees:
        yield (
            LedgerPlace,
            select(LedgerPlace.months).where(
                Within((), within.subtrees).holds(LedgerPlace.unit_id, LedgerPlace.place),
                LedgerPlace.unit_id.not_in(within.keepers),
            ),
        )


def recount(session: Session) -> None:
    """From the rows themselves, after a load that wrote them past `keep`."""
    zone = {"zone": str(clock.local(clock.utcnow()).tzinfo)}
    session.execute(_RECOUNT_PLACES, zone)
    session.execute(_RECOUNT_COUNTERS)


# Upserts, so that it may run twice; rows are only ever added, so nothing has to be taken away.
_RECOUNT_PLACES = text(
    """
    INSERT INTO ledger_place (name, unit_id, place, year, months)
    SELECT name, unit_id, place, year, ARRAY[{columns}]::integer[]
    FROM (
        SELECT name, unit_id, place, year,
               extract(month FROM at AT TIME ZONE :zone) AS month, count(*) AS n
        FROM ledger_row GROUP BY 1, 2, 3, 4, 5
    ) counted
    GROUP BY name, unit_id, place, year
    ON CONFLICT (name, unit_id, place, year) DO UPDATE SET months = excluded.months
    """.format(  # noqa: S608 - of our own words
        columns=", ".join(
            f"coalesce(sum(n) FILTER (WHERE month = {one}), 0)" for one in range(1, MONTHS + 1)
        )
    )
)
_RECOUNT_COUNTERS = text(
    """
    UPDATE ledger_counter SET months = summed.months
    FROM (
        SELECT name, unit_id, year, ARRAY[{columns}]::integer[] AS months
        FROM ledger_place GROUP BY 1, 2, 3
    ) summed
    WHERE (ledger_counter.name, ledger_counter.unit_id, ledger_counter.year)
        = (summed.name, summed.unit_id, summed.year)
    """.format(  # noqa: S608 - of our own words
        columns=", ".join(f"sum(months[{one}])" for one in range(1, MONTHS + 1))
    )
)
