"""A month is frozen by two people, once, for good: what was in it is a file that never changes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.core.crypto import digest, seal, unseal
from app.core.errors import AppError
from app.identity.models import Unit
from app.keys.service import rotate_batch
from app.keys.service import sealed_columns as columns_to_seal
from app.ledgers import checking, freezing, shelves
from app.ledgers.freezing import Seen
from app.ledgers.models import LedgerCounter, LedgerMonth, LedgerRow
from app.ledgers.service import append_rows
from app.ledgers.shelves import MonthState
from app.ledgers.types import (
    ACCOUNTS,
    GRANTS,
    LedgerNotFound,
    MonthFrozen,
    MonthProposed,
    MonthRunning,
    NoSuchMonth,
    NotFrozen,
    NotKeeper,
    NotProposed,
    Period,
    RowsChanged,
    SealBroken,
    SecondPerson,
)
from app.processes.types import UnitRef
from tests.ledgers.books import entry, ref
from tests.support.office import NOW, Office, race

OCTOBER, NOVEMBER = Period(2026, 10), Period(2026, 11)
OCTOBER_DAY = datetime(2026, 10, 12, 2, 0, tzinfo=UTC)
KEEPER, SECOND, LEADER = "tanlihua", "tanguifang", "pengxiuying"
FAR_KEEPER = "ransiqi"  # of 来凤县


@pytest.fixture
def county(office: Office) -> UnitRef:
    """咸丰县, with three rows of October and one of November in its book of accounts."""
    session = office.session
    unit = ref(session.scalars(select(Unit).where(Unit.code == "422826-jyzx")).one())
    for day, sources in ((OCTOBER_DAY, ("T1#1", "T1#2", "T2#1")), (NOW, ("T3#1",))):
        append_rows(session, now=day, unit=unit, entries=[entry(one) for one in sources])
    return unit


def seen(office: Office, period: Period = OCTOBER, *, by: str = KEEPER) -> Seen:
    shelf = shelves.access_shelf(office.session, office.actor(by), ACCOUNTS.name)
    stand = shelves.stand_of(office.session, shelf, period)
    return Seen(stand.rows_count, stand.last_serial)


def act(
    what: Callable[..., object], office: Office, by: str, saw: Seen, **more: object
) -> shelves.Shelf:
    given = {"name": ACCOUNTS.name, "period": OCTOBER, "now": office.tick(), **more}
    done = what(office.session, actor=office.actor(by), seen=saw, **given)
    assert isinstance(done, shelves.Shelf)
    office.session.flush()
    return done


def propose(office: Office, by: str = KEEPER, saw: Seen | None = None, **more: object) -> None:
    act(freezing.propose, office, by, saw or seen(office), **more)


def confirm(office: Office, by: str = SECOND, saw: Seen | None = None, **more: object) -> None:
    act(freezing.confirm, office, by, saw or seen(office), **more)


def freeze(office: Office) -> LedgerMonth:
    propose(office)
    confirm(office)
    return office.session.scalars(select(LedgerMonth)).one()


def take(office: Office, by: str = KEEPER, **more: object) -> bytes:
    given: dict[str, object] = {"name": ACCOUNTS.name, "period": OCTOBER, "now": office.tick()}
    return freezing.take(office.session, actor=office.actor(by), **(given | more)).data  # type: ignore[arg-type]


def look(office: Office, by: str, period: Period = OCTOBER) -> shelves.Month:
    shelf = shelves.access_shelf(office.session, office.actor(by), ACCOUNTS.name)
    return shelves.look(office.session, office.actor(by), shelf, period, date(2026, 11, 20))


# ── the file, and what is on record of it ──


@pytest.mark.usefixtures("county")
def test_the_file_holds_the_months_rows_and_both_names(office: Office) -> None:
    row = freeze(office)
    page = load_workbook(BytesIO(take(office))).worksheets[0]
    cells = [[str(cell.value) for cell in line] for line in page.iter_rows()]
    assert cells[0][0] == "账户管理台账 2026年10月"
    notes = cells[1][0]
    for words in ("咸丰县", "共 3 行，序号 1 至 3", "谭丽华", "咸丰县人社信息中心 谭桂芳"):
        assert words in notes
    assert [line[0] for line in cells[3:]] == ["1", "2", "3"]
    assert (row.rows_count, row.first_serial, row.last_serial) == (3, 1, 3)


@pytest.mark.usefixtures("county")
def test_every_download_is_the_same_bytes_and_an_act(office: Office) -> None:
    row = freeze(office)
    first, again = take(office), take(office, SECOND)
    assert first == again
    assert digest(first) == row.sha256
    assert len(first) == row.size
    events = office.session.scalars(
        select(Event).where(Event.object == "ledger:accounts").order_by(Event.id)
    ).all()
    kinds = [event.kind for event in events]
    assert kinds == ["ledger.freeze_proposed", "ledger.frozen", *["ledger.frozen_taken"] * 2]
    assert [event.actor_name for event in events] == ["谭丽华", "谭桂芳", "谭丽华", "谭桂芳"]
    frozen = events[1].data
    assert (frozen["sha256"], frozen["rows"], frozen["month"]) == (row.sha256, 3, "2026-10")


@pytest.mark.usefixtures("county")
def test_an_empty_month_can_be_frozen(office: Office) -> None:
    """That nothing was booked is worth keeping too."""
    september = Period(2026, 9)
    propose(office, saw=Seen(0, 0), period=september)
    confirm(office, saw=Seen(0, 0), period=september)
    data = take(office, period=september)
    page = load_workbook(BytesIO(data)).worksheets[0]
    assert page.max_row == 3
    assert "没有一行" in str(page["A2"].value)


# ── when, and by whom ──


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


# ── twice, late, meanwhile ──


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


# ── what is frozen ──


def test_what_comes_late_stands_in_the_next_open_month(office: Office, county: UnitRef) -> None:
    """Somebody began before midnight, or the clock went back: serials go on, no month changes."""
    freeze(office)
    before = take(office)
    (late,) = append_rows(office.session, now=OCTOBER_DAY, unit=county, entries=[entry("T5#1")])
    assert (late.serial, late.year) == (5, 2026)
    assert late.at.astimezone(UTC) == datetime(2026, 10, 31, 16, 0, tzinfo=UTC)
    assert late.values["remark"] == "2026年10月已封存，记入本月"
    counter = office.session.scalars(select(LedgerCounter)).one()
    office.session.refresh(counter)
    assert (counter.last, counter.months[9:11]) == (5, [3, 2])
    assert take(office) == before
    assert look(office, KEEPER).stand.rows_count == 3


def test_one_act_stays_together_when_one_book_is_frozen(office: Office, county: UnitRef) -> None:
    freeze(office)
    both = [entry("T6#1"), entry("T6#1", ledger=GRANTS.name)]
    rows = append_rows(office.session, now=OCTOBER_DAY, unit=county, entries=both)
    assert {row.at for row in rows} == {datetime(2026, 10, 31, 16, 0, tzinfo=UTC)}
    assert [row.serial for row in rows] == [5, 1]
    assert rows[1].values["reason"] == "2026年10月已封存，记入本月"


def test_a_december_that_is_frozen_leads_into_the_next_year(
    office: Office, county: UnitRef
) -> None:
    december = datetime(2025, 12, 12, 2, 0, tzinfo=UTC)
    append_rows(office.session, now=december, unit=county, entries=[entry("T0#1")])
    period = Period(2025, 12)
    propose(office, saw=seen(office, period), period=period)
    confirm(office, saw=seen(office, period), period=period)
    (late,) = append_rows(office.session, now=december, unit=county, entries=[entry("T0#2")])
    assert (late.year, late.serial) == (2026, 5)


def test_a_correction_says_where_the_row_stands(office: Office, county: UnitRef) -> None:
    freeze(office)
    before = take(office)
    again = replace(entry("T1#1"), source="T1#1~1", corrects="T1#1")
    (row,) = append_rows(office.session, now=NOW, unit=county, entries=[again])
    assert row.at == NOW
    assert row.values["remark"] == "原记录：2026年10月第1号"
    assert take(office) == before  # the file says what stood there when it was frozen


def test_another_county_s_book_stays_open(office: Office) -> None:
    """Each 州 or 县市 freezes its own."""
    session = office.session
    away = ref(session.scalars(select(Unit).where(Unit.code == "422827-jyzx")).one())
    append_rows(session, now=OCTOBER_DAY, unit=away, entries=[entry("L1#1")])
    here = ref(session.scalars(select(Unit).where(Unit.code == "422826-jyzx")).one())
    append_rows(session, now=OCTOBER_DAY, unit=here, entries=[entry("T1#1")])
    freeze(office)
    (row,) = append_rows(session, now=OCTOBER_DAY, unit=away, entries=[entry("L1#2")])
    assert (row.at, row.serial) == (OCTOBER_DAY, 2)


@pytest.mark.usefixtures("county")
@pytest.mark.parametrize(
    "change",
    [
        delete(LedgerMonth),
        update(LedgerMonth).values(frozen_at=None),
        update(LedgerMonth).values(rows_count=4),
        update(LedgerMonth).values(xlsx_sealed=None),
        text("TRUNCATE ledger_month"),
    ],
)
def test_nothing_thaws_a_month(office: Office, change: object) -> None:
    freeze(office)
    with pytest.raises(DBAPIError, match="ledger_month"), office.session.begin_nested():
        office.session.execute(change)  # type: ignore[call-overload]


@pytest.mark.usefixtures("county")
def test_the_file_moves_to_a_new_key(office: Office) -> None:
    """The trigger lets the seal change, and nothing else."""
    row = freeze(office)
    (column,) = (one for one in columns_to_seal() if str(one) == "ledger_month.xlsx_sealed")
    assert rotate_batch(office.session, column) == 0
    before = row.xlsx_sealed
    office.session.execute(update(LedgerMonth).values(xlsx_sealed=seal(unseal(before or b""))))
    office.session.expire(row)
    assert row.xlsx_sealed != before
    assert digest(take(office)) == row.sha256


@pytest.mark.usefixtures("county")
def test_a_file_that_was_exchanged_is_found(office: Office) -> None:
    row = freeze(office)
    assert checking.check(office.session, row).holds
    for sealed in (seal(b"other rows"), b"no seal of ours"):
        office.session.execute(update(LedgerMonth).values(xlsx_sealed=sealed))
        office.session.expire(row)
        with pytest.raises(SealBroken):
            take(office)
        ((title, verdict),) = checking.check_all(office.session)
        assert title == "咸丰县 账户管理台账 2026年10月"
        assert not verdict.holds


@pytest.mark.usefixtures("county")
def test_what_is_not_frozen_has_no_file(office: Office) -> None:
    for _ in range(2):
        with pytest.raises(NotFrozen):
            take(office)
        if not office.session.scalars(select(LedgerMonth)).all():
            propose(office)
    confirm(office)
    with pytest.raises(LedgerNotFound):
        take(office, "yaohaiyang")
    with pytest.raises(NotFrozen):
        take(office, "yinguanghui")  # leads elsewhere in the county: sees that it is frozen
    assert look(office, "yinguanghui").state is MonthState.FROZEN


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


# ── at once ──


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
