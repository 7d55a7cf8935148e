"""A month is frozen by two people, once, for good: who proposes, who confirms, who comes late."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.crypto import digest
from app.core.errors import AppError
from app.identity.models import Unit
from app.ledgers import freezing, shelves
from app.ledgers.freezing import Seen
from app.ledgers.models import LedgerMonth, LedgerRow
from app.ledgers.service import append_rows
from app.ledgers.shelves import MonthState
from app.ledgers.types import (
    ACCOUNTS,
    LedgerNotFound,
    MonthFrozen,
    MonthProposed,
    MonthRunning,
    NoSuchMonth,
    NotKeeper,
    NotProposed,
    Period,
    RowsChanged,
    SecondPerson,
)
from app.processes.types import UnitRef
from tests.freezing.months import (
    FAR_KEEPER,
    KEEPER,
    LEADER,
    NOVEMBER,
    OCTOBER,
    OCTOBER_DAY,
    SECOND,
    confirm,
    freeze,
    look,
    propose,
    take,
)
from tests.ledgers.books import entry, ref
from tests.support.office import NOW, Office, race


@pytest.mark.usefixtures("county")
def test_a_month_that_is_not_over_is_refused(office: Office) -> None:
    with pytest.raises(MonthRunning, match="12月1日起"):
        propose(office, saw=Seen(1, 4), period=NOVEMBER)
    assert look(office, KEEPER, NOVEMBER).state is MonthState.RUNNING
    midnight = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)  # in the office it is December
    with pytest.raises(MonthRunning):
        propose(office, saw=Seen(1, 4), period=NOVEMBER, now=midnight - timedelta(seconds=1))
    propose(office, saw=Seen(1, 4), period=NOVEMBER, now=midnight)


@pytest.mark.usefixtures("county")
@pytest.mark.parametrize("period", [Period(2025, 12), Period(1, 1)])
def test_there_is_no_month_before_the_book(office: Office, period: Period) -> None:
    with pytest.raises(NoSuchMonth):
        propose(office, saw=Seen(0, 0), period=period)


@pytest.mark.usefixtures("county")
@pytest.mark.parametrize("by", [KEEPER, "wuyiming"])
def test_whoever_keeps_the_book_proposes(office: Office, by: str) -> None:
    propose(office, by)


@pytest.mark.usefixtures("county")
@pytest.mark.parametrize(
    ("by", "refusal"),
    [
        (LEADER, NotKeeper),
        ("yaohaiyang", LedgerNotFound),  # a clerk reads rows of the own unit, and not the months
        (FAR_KEEPER, NoSuchMonth),  # has a book of her own, where nothing is booked
        ("qinzhiming", NoSuchMonth),  # the 州 keeps its own book
    ],
)
def test_nobody_else_proposes(office: Office, by: str, refusal: type[AppError]) -> None:
    with pytest.raises(refusal):
        propose(office, by, Seen(3, 3))
    assert not office.session.scalars(select(LedgerMonth)).all()


@pytest.mark.usefixtures("county")
def test_the_prefecture_reads_a_county_s_months_and_freezes_none(office: Office) -> None:
    with pytest.raises(NotKeeper):
        propose(office, "qinzhiming", Seen(3, 3), unit="422826")
    freeze(office)
    assert take(office, "qinzhiming", unit="422826-jyzx") == take(office)


@pytest.mark.usefixtures("county")
@pytest.mark.parametrize("by", [SECOND, "wuyiming", LEADER])
def test_another_keeper_or_the_leader_confirms(office: Office, by: str) -> None:
    propose(office)
    assert look(office, by).may_confirm
    confirm(office, by)
    assert look(office, by).state is MonthState.FROZEN
    assert digest(take(office, by)) == office.session.scalars(select(LedgerMonth.sha256)).one()


@pytest.mark.usefixtures("county")
@pytest.mark.parametrize(
    ("by", "more", "refusal"),
    [
        (KEEPER, {}, SecondPerson),  # who proposed
        ("yinguanghui", {}, SecondPerson),  # leads a township of the county, not the keepers' unit
        ("yaohaiyang", {}, LedgerNotFound),
        (FAR_KEEPER, {}, NotProposed),  # of her own book
        (FAR_KEEPER, {"unit": "422826"}, LedgerNotFound),
        ("qinzhiming", {"unit": "422826"}, SecondPerson),
    ],
)
def test_nobody_else_confirms(
    office: Office, by: str, more: dict[str, str], refusal: type[AppError]
) -> None:
    propose(office)
    with pytest.raises(refusal):
        confirm(office, by, Seen(3, 3), **more)
    assert not office.session.scalars(select(LedgerMonth)).one().is_frozen


@pytest.mark.usefixtures("county")
def test_nothing_is_confirmed_that_nobody_proposed(office: Office) -> None:
    with pytest.raises(NotProposed):
        confirm(office)


@pytest.mark.usefixtures("county")
def test_a_second_click_and_a_second_proposer_are_told(office: Office) -> None:
    propose(office)
    for by in (KEEPER, SECOND):
        with pytest.raises(MonthProposed, match="谭丽华"):
            propose(office, by)
    confirm(office)
    for by in (SECOND, LEADER):
        with pytest.raises(MonthFrozen, match="谭丽华、谭桂芳"):
            confirm(office, by)
    with pytest.raises(MonthFrozen):
        propose(office)


@pytest.mark.usefixtures("county")
def test_an_old_page_decides_nothing(office: Office) -> None:
    for saw in (Seen(2, 3), Seen(3, 2)):
        with pytest.raises(RowsChanged):
            propose(office, saw=saw)
    propose(office)
    with pytest.raises(RowsChanged):
        confirm(office, saw=Seen(2, 3))


def test_a_row_booked_meanwhile_needs_a_new_proposal(office: Office, county: UnitRef) -> None:
    propose(office)
    append_rows(office.session, now=OCTOBER_DAY, unit=county, entries=[entry("T4#1")])
    assert look(office, SECOND).state is MonthState.CHANGED
    with pytest.raises(RowsChanged, match="共 4 行，序号 1 至 5"):
        confirm(office)
    with pytest.raises(RowsChanged):
        confirm(office, saw=Seen(3, 3))  # the page from before: also what it shows is gone
    propose(office, SECOND)  # anybody who keeps the book
    with pytest.raises(SecondPerson):
        confirm(office, SECOND)
    confirm(office, KEEPER)


@pytest.mark.usefixtures("county")
def test_waiting_months_are_told_to_those_who_may_confirm(office: Office) -> None:
    def told(by: str) -> list[str]:
        found = shelves.waiting_for(office.session, office.actor(by))
        return [f"{one.ledger.name} {one.period} {one.proposed_name}" for one in found]

    assert told(SECOND) == []
    propose(office)
    for by in (SECOND, LEADER, "wuyiming"):
        assert told(by) == ["accounts 2026-10 谭丽华"]
    for by in (KEEPER, "yaohaiyang", "yinguanghui", FAR_KEEPER, "qinzhiming"):
        assert told(by) == []
    confirm(office)
    assert told(SECOND) == []


@pytest.mark.usefixtures("county")
def test_the_year_is_told_month_by_month(office: Office) -> None:
    freeze(office)
    shelf = shelves.access_shelf(office.session, office.actor(KEEPER), ACCOUNTS.name)
    day, actor = date(2026, 11, 20), office.actor(KEEPER)
    found = shelves.of_year(office.session, actor, shelf, 2026, day)
    assert [one.period.month for one in found] == list(range(11, 0, -1))
    assert [one.state.value for one in found[:3]] == ["running", "frozen", "open"]
    assert [one.stand.rows_count for one in found[:3]] == [1, 3, 0]
    assert shelves.of_year(office.session, actor, shelf, 2025, day) == []


@pytest.mark.committed
def test_at_once_a_month_is_frozen_once_and_no_row_slips_in(session: Session) -> None:
    """Rows that are booked while it is frozen stand in the file, or in the month after it."""
    unit = ref(session.scalars(select(Unit).where(Unit.code == "422826-jyzx")).one())
    append_rows(session, now=OCTOBER_DAY, unit=unit, entries=[entry("T1#1")])
    office = Office(session)
    propose(office)
    people = {by: office.actor(by) for by in (SECOND, LEADER, "wuyiming")}
    session.commit()

    def freeze_it(by: str) -> Callable[[Session], object]:
        given = {"name": ACCOUNTS.name, "period": OCTOBER, "seen": Seen(1, 1), "now": NOW}
        return lambda own: freezing.confirm(own, actor=people[by], **given)  # type: ignore[arg-type]

    def book(n: int) -> Callable[[Session], object]:
        sources = [entry(f"R{n}#1")]
        return lambda own: append_rows(own, now=OCTOBER_DAY, unit=unit, entries=sources)

    answers = race(*map(freeze_it, people), *map(book, range(6)))
    refused = [one for one in answers if isinstance(one, BaseException)]
    assert len(answers) - len(refused) in (6, 7)
    assert {type(one) for one in refused} <= {MonthFrozen, RowsChanged}
    session.expire_all()
    row = session.scalars(select(LedgerMonth)).one()
    assert row.is_frozen is (len(refused) == 2)
    serials = session.scalars(select(LedgerRow.serial).order_by(LedgerRow.id)).all()
    assert serials == list(range(1, 8))
    if row.is_frozen:
        assert look(office, KEEPER).stand == shelves.stand_of(
            session, shelves.access_shelf(session, people[SECOND], ACCOUNTS.name), OCTOBER
        )
