"""Who reads which rows, page by page."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Malformed
from app.identity.models import Unit
from app.ledgers.queries import Filters, access_ledger, list_ledgers, list_rows
from app.ledgers.service import append_rows
from app.ledgers.types import LedgerNotFound
from tests.ledgers.books import actor_in, entry, office, ref

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture
def offices(session: Session, xianfeng: Unit, laifeng: Unit) -> dict[str, Unit]:
    """Three rows: two offices of 咸丰县, one of 来凤县."""
    made = {
        "here": office(session, xianfeng),
        "near": office(session, xianfeng, "jyzx"),
        "there": office(session, laifeng),
    }
    for number, (name, unit) in enumerate(made.items(), start=1):
        day = NOW.replace(day=number)
        append_rows(session, now=day, unit=ref(unit), entries=[entry(f"T{number}#1", name=name)])
    return made


def seen(session: Session, actor: Actor, filters: Filters = Filters()) -> list[str]:  # noqa: B008 - frozen
    book = access_ledger(session, actor, "accounts")
    return [line.values["name"] for line in list_rows(session, book, filters).items]


def test_admin_reads_the_whole_county_and_no_other(
    session: Session, offices: dict[str, Unit]
) -> None:
    actor = actor_in(offices["here"], "account_admin")
    assert seen(session, actor) == ["near", "here"]
    assert [offer.rows_count for offer in list_ledgers(session, actor)] == [2, 0]


def test_clerk_reads_the_own_unit(session: Session, offices: dict[str, Unit]) -> None:
    assert seen(session, actor_in(offices["here"], "clerk")) == ["here"]


@pytest.mark.usefixtures("offices")
def test_prefecture_admin_reads_every_county(session: Session, region: Unit) -> None:
    actor = actor_in(office(session, region, "xxzx"), "permission_admin")
    assert seen(session, actor) == ["there", "near", "here"]


def test_filter_never_widens_the_reach(session: Session, offices: dict[str, Unit]) -> None:
    actor = actor_in(offices["here"], "account_admin")
    assert seen(session, actor, Filters(unit="422827")) == []
    assert seen(session, actor, Filters(q="there")) == []
    assert seen(session, actor, Filters(unit="422826-jyzx")) == ["near"]


def test_filters_take_both_days(session: Session, offices: dict[str, Unit]) -> None:
    actor = actor_in(offices["here"], "account_admin")
    day = date(2026, 11, 2)
    assert seen(session, actor, Filters(since=day, until=day)) == ["near"]
    assert seen(session, actor, Filters(until=date(2026, 11, 1))) == ["here"]
    assert seen(session, actor, Filters(q="t1")) == ["here"]


def test_a_day_that_is_none_is_refused() -> None:
    with pytest.raises(Malformed):
        Filters.parse({"from": "2026-13-01"})


@pytest.mark.parametrize("name", ["accounts", "unknown"])
def test_company_and_unknown_book_are_answered_alike(
    session: Session, offices: dict[str, Unit], name: str
) -> None:
    with pytest.raises(LedgerNotFound):
        access_ledger(session, actor_in(offices["here"], "company_manager"), name)


def test_pages_follow_each_other_without_loss(session: Session, xianfeng: Unit) -> None:
    unit = office(session, xianfeng)
    append_rows(
        session, now=NOW, unit=ref(unit), entries=[entry(f"T1#{row}") for row in range(1, 6)]
    )
    book, found, cursor = access_ledger(session, actor_in(unit), "accounts"), list[int](), None
    for _ in range(3):
        page = list_rows(session, book, cursor=cursor, limit=2)
        found += [line.serial for line in page.items]
        cursor = page.next_cursor
    assert found == [5, 4, 3, 2, 1]
    assert cursor is None


def test_cells_stand_in_the_order_of_the_columns(
    session: Session, offices: dict[str, Unit]
) -> None:
    book = access_ledger(session, actor_in(offices["here"]), "accounts")
    line = list_rows(session, book).items[0]
    assert line.cells[:4] == ("1", "2026-11-01", "咸丰县rsj", "here")
    assert "T1-1" in line.cells
    assert not line.void
