"""What is frozen is a file that never changes, and rows go on in the next open month."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from app.audit.models import Event
from app.core.crypto import digest, seal, unseal
from app.identity.models import Unit
from app.keys.service import rotate_batch
from app.keys.service import sealed_columns as columns_to_seal
from app.ledgers import checking
from app.ledgers.freezing import Seen
from app.ledgers.models import LedgerCounter, LedgerMonth
from app.ledgers.service import append_rows
from app.ledgers.shelves import MonthState
from app.ledgers.types import (
    GRANTS,
    LedgerNotFound,
    NotFrozen,
    Period,
    SealBroken,
)
from app.processes.types import UnitRef
from tests.freezing.months import (
    KEEPER,
    OCTOBER_DAY,
    SECOND,
    confirm,
    freeze,
    look,
    propose,
    seen,
    take,
)
from tests.ledgers.books import entry, ref
from tests.support.office import NOW, Office


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
