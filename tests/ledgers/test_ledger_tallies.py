"""Rows are counted as they are booked: what a page says of a month is what stands in the book."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core import clock
from app.identity.models import Unit
from app.ledgers import tallies
from app.ledgers.models import LedgerCounter, LedgerPlace, LedgerRow
from app.ledgers.queries import access_ledger
from app.ledgers.reach import Subtree
from app.ledgers.service import append_rows
from tests.ledgers.books import actor_in, entry, office, ref

MOMENTS = [
    datetime(2025, 12, 31, 15, 59, tzinfo=UTC),  # the last minute of the year in the office
    datetime(2025, 12, 31, 16, 0, tzinfo=UTC),
    datetime(2026, 11, 20, 2, 0, tzinfo=UTC),
]
Months = dict[tuple[object, ...], list[int]]


@pytest.fixture
def units(session: Session, xianfeng: Unit, laifeng: Unit) -> dict[str, Unit]:
    """Two offices of 咸丰县 and one of 来凤县; each booked one row and then two at each moment."""
    made = {
        "here": office(session, xianfeng),
        "near": office(session, xianfeng, "jyzx"),
        "there": office(session, laifeng),
    }
    for n, moment in enumerate(MOMENTS):
        for name, unit in made.items():
            sources = [f"{name}{n}#{row}" for row in (1, 2, 3)]
            for some in (sources[:1], sources):  # what is booked already does not count again
                entries = [entry(source) for source in some]
                append_rows(session, now=moment, unit=ref(unit), entries=entries)
    return made


def kept(session: Session) -> Months:
    places = session.scalars(select(LedgerPlace))
    found: Months = {(one.name, one.unit_id, one.place, one.year): one.months for one in places}
    counters = session.scalars(select(LedgerCounter))
    return found | {(one.name, one.unit_id, one.year): one.months for one in counters}


def counted(session: Session) -> Months:
    """From the rows, one by one."""
    sums: Counter[tuple[object, ...]] = Counter()
    for row in session.scalars(select(LedgerRow)):
        month = clock.local(row.at).month
        sums[row.name, row.unit_id, row.place, row.year, month] += 1
        sums[row.name, row.unit_id, row.year, month] += 1
    books = {book[:-1] for book in sums}
    return {book: [sums[*book, month] for month in range(1, 13)] for book in books}


@pytest.mark.usefixtures("units")
def test_tallies_are_what_stands_in_the_books(session: Session) -> None:
    assert kept(session) == counted(session)


@pytest.mark.usefixtures("units")
def test_counting_again_changes_nothing(session: Session) -> None:
    before = kept(session)
    session.execute(delete(LedgerPlace))
    for counter in session.scalars(select(LedgerCounter)):
        counter.months = [0] * 12
    session.flush()
    for _ in range(2):
        tallies.recount(session)
        session.expire_all()
        assert kept(session) == before


@pytest.mark.parametrize(
    ("where", "position", "rows"),
    [
        ("here", "clerk", 3),
        ("here", "account_admin", 6),
        ("there", "auditor", 3),
    ],
)
def test_everybody_sees_the_months_within_reach(
    session: Session, units: dict[str, Unit], where: str, position: str, rows: int
) -> None:
    book = access_ledger(session, actor_in(units[where], position), "accounts")
    december, january, november = (tallies.only_in(month, rows) for month in (12, 1, 11))
    assert tallies.rows_of_year(session, book.within, "accounts", 2025) == december
    both = [one + other for one, other in zip(january, november, strict=True)]
    assert tallies.rows_of_year(session, book.within, "accounts", 2026) == both
    assert tallies.rows_of_year(session, book.within, "grants", 2026) == tallies.only_in(1, 0)


def test_the_prefecture_reads_every_county_once(
    session: Session, units: dict[str, Unit], region: Unit
) -> None:
    """Also with a part in one of them besides."""
    actor = actor_in(office(session, region, "xxzx"), "permission_admin")
    book = access_ledger(session, actor, "accounts")
    more = (*book.within.subtrees, Subtree(units["here"].path, is_alone=True))
    within = replace(book.within, subtrees=more)
    assert tallies.rows_of_year(session, within, "accounts", 2025) == tallies.only_in(12, 9)
    assert tallies.rows_of_books(session, within, ["accounts", "grants"]) == {"accounts": 27}


def test_a_book_begins_with_its_first_year(session: Session, units: dict[str, Unit]) -> None:
    assert units
    assert tallies.first_year(session, "accounts") == 2025
    assert tallies.first_year(session, "grants") is None
