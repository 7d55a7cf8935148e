"""Serials have no gaps, a row is booked once, and what is booked stays as it is."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core.db import transaction
from app.identity.models import Unit
from app.ledgers.models import LedgerRow
from app.ledgers.service import append_rows
from app.ledgers.types import GRANTS
from tests.ledgers.books import entry, office, ref

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def serials(session: Session, unit: Unit, name: str = "accounts", year: int = 2026) -> list[int]:
    return list(
        session.scalars(
            select(LedgerRow.serial)
            .where(LedgerRow.name == name, LedgerRow.unit_id == unit.id, LedgerRow.year == year)
            .order_by(LedgerRow.id)
        )
    )


def test_each_book_and_keeper_counts_alone(session: Session, xianfeng: Unit, laifeng: Unit) -> None:
    here, there = ref(office(session, xianfeng)), ref(office(session, laifeng))
    both = [entry("T1#1"), entry("T1#2"), entry("T1#1", ledger=GRANTS.name)]
    append_rows(session, now=NOW, unit=here, entries=both)
    append_rows(session, now=NOW, unit=there, entries=[entry("T2#1")])
    assert serials(session, xianfeng) == [1, 2]
    assert serials(session, xianfeng, GRANTS.name) == [1]
    assert serials(session, laifeng) == [1]


def test_a_new_year_begins_with_one_in_the_offices_zone(session: Session, xianfeng: Unit) -> None:
    unit = ref(office(session, xianfeng))
    eve = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)  # 2027-01-01 01:00 in Shanghai
    append_rows(session, now=NOW, unit=unit, entries=[entry("T1#1")])
    append_rows(session, now=eve, unit=unit, entries=[entry("T2#1")])
    assert serials(session, xianfeng) == [1]
    assert serials(session, xianfeng, year=2027) == [1]


def test_the_same_source_is_booked_once(session: Session, xianfeng: Unit) -> None:
    unit = ref(office(session, xianfeng))
    append_rows(session, now=NOW, unit=unit, entries=[entry("T1#1")])
    again = append_rows(session, now=NOW, unit=unit, entries=[entry("T1#1"), entry("T1#2")])
    assert [row.source for row in again] == ["T1#2"]
    assert serials(session, xianfeng) == [1, 2]


def test_an_act_undone_gives_its_serials_back(session: Session, xianfeng: Unit) -> None:
    unit = ref(office(session, xianfeng))
    savepoint = session.begin_nested()
    append_rows(session, now=NOW, unit=unit, entries=[entry("T1#1"), entry("T1#2")])
    savepoint.rollback()
    append_rows(session, now=NOW, unit=unit, entries=[entry("T2#1")])
    assert serials(session, xianfeng) == [1]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_row SET serial = 9",
        "DELETE FROM ledger_row",
        "TRUNCATE ledger_row CASCADE",
    ],
)
def test_booked_rows_refuse_every_change(session: Session, xianfeng: Unit, statement: str) -> None:
    append_rows(session, now=NOW, unit=ref(office(session, xianfeng)), entries=[entry("T1#1")])
    with pytest.raises(DBAPIError, match="only ever added"):
        session.execute(text(statement))


@pytest.mark.committed
def test_serials_have_no_gaps_when_eight_book_at_once(
    bind: Engine, session: Session, xianfeng: Unit
) -> None:
    """Every third act fails after its serials were taken; they must not be lost."""
    unit = ref(office(session, xianfeng))
    session.commit()

    def act(number: int) -> None:
        with transaction() as own:
            sources = [entry(f"T{number}#{row}") for row in range(1, 4)]
            append_rows(own, now=NOW, unit=unit, entries=sources)
            if number % 3 == 0:
                raise ZeroDivisionError

    with ThreadPoolExecutor(8) as pool:
        tries = [pool.submit(act, number) for number in range(48)]
    failed = [one for one in tries if one.exception()]
    assert {type(one.exception()) for one in failed} == {ZeroDivisionError}
    assert len(failed) == 16
    # By id, so that this also says: ids rise with serials, which paging relies on.
    assert serials(session, xianfeng) == list(range(1, 97))
    assert bind.dialect.name == "postgresql"
