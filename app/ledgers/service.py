"""Booking rows, and taking a book out of the house as a file.

Rows are booked last in an act: the counter stays locked until the commit.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core import clock, days, sheets
from app.core.actor import Actor
from app.core.crypto import digest
from app.core.search import words_of
from app.identity import terms
from app.identity.models import Unit
from app.ledgers import tallies
from app.ledgers.models import LedgerCounter, LedgerRow
from app.ledgers.queries import (
    EVERYTHING,
    Filters,
    access_ledger,
    booked_sources,
    count_rows,
    every_ledger,
    every_row,
    find_ledger,
)
from app.ledgers.reach import WHOLE, Opened
from app.ledgers.types import (
    NAME,
    Column,
    Entry,
    Export,
    LedgerNotFound,
    Period,
    TooManyRows,
)
from app.processes.types import UnitRef

EXPORT_ROWS = 10_000
STATE = Column("_state", "状态")
FORMATS: dict[str, Callable[[sheets.Sheet], bytes]] = {
    "xlsx": sheets.as_xlsx,
    "csv": sheets.as_csv,
}


def append_rows(
    session: Session, *, now: datetime, unit: UnitRef, entries: Sequence[Entry]
) -> list[LedgerRow]:
    """Book what is not booked yet, in the given order, in the books of the unit's 州 or 县市."""
    return append_placed(session, now=now, placed=[(unit, entry) for entry in entries])


def append_placed(
    session: Session, *, now: datetime, placed: Sequence[tuple[UnitRef, Entry]]
) -> list[LedgerRow]:
    """The same for rows of several units, all of one 州 or 县市: one order, one run of serials."""
    fresh = _fresh(session, placed)
    if not fresh:
        return []
    keeper = session.get_one(Unit, fresh[0][0].division_id)
    today, wanted = clock.local(now).date(), Counter(entry.ledger for _, entry in fresh)
    corrected = _corrected(session, [entry for _, entry in fresh])
    day, serials = _reserve_open(session, keeper.id, today, wanted)
    at = now if day == today else days.midnight(day)
    for path in sorted({unit.path for unit, _ in fresh}):
        booked = Counter(entry.ledger for unit, entry in fresh if unit.path == path)
        tallies.keep(session, keeper_id=keeper.id, place=path, day=day, booked=booked)
    rows = []
    for unit, entry in fresh:
        serials[entry.ledger] += 1
        earlier = corrected.get((entry.ledger, entry.corrects or ""))
        late = f"{Period.of(today).label}已封存，记入本月" if day != today else ""
        entry = _noted(session, entry, late, _reference(earlier, day))  # noqa: PLW2901 - told more
        rows.append(
            LedgerRow(
                name=entry.ledger,
                unit_id=keeper.id,
                unit_code=keeper.code,
                unit_name=keeper.name,
                year=day.year,
                serial=serials[entry.ledger],
                at=at,
                place=unit.path,
                ticket=entry.ticket,
                row_no=entry.row_no,
                source=entry.source,
                values={"unit": unit.name, **entry.values},
                words=_words(session, unit, entry),
                corrects_id=earlier.id if earlier else None,
                account_id=entry.account_id,
            )
        )
    session.add_all(rows)
    session.flush()  # a source booked twice must fail here, inside the act
    return rows


def _words(session: Session, unit: UnitRef, entry: Entry) -> str:
    """What the book's search box looks into, as it is now."""
    ledger, values = find_ledger(session, entry.ledger), {"unit": unit.name, **entry.values}
    texts = [values.get(key, "") for key in ledger.texts] if ledger else []
    name = values.get(NAME, "")
    return words_of(number=entry.ticket, texts=texts, names=[name], tags=[entry.ledger])


def _fresh(
    session: Session, placed: Sequence[tuple[UnitRef, Entry]]
) -> list[tuple[UnitRef, Entry]]:
    entries = [entry for _, entry in placed]
    booked = {
        (name, source)
        for name in {entry.ledger for entry in entries}
        for source in booked_sources(
            session, name, [entry.source for entry in entries if entry.ledger == name]
        )
    }
    return [one for one in placed if (one[1].ledger, one[1].source) not in booked]


def _corrected(session: Session, entries: Sequence[Entry]) -> dict[tuple[str, str], LedgerRow]:
    sources = [entry.corrects for entry in entries if entry.corrects]
    if not sources:
        return {}
    found = session.scalars(select(LedgerRow).where(LedgerRow.source.in_(sources)))
    return {(row.name, row.source): row for row in found}


def _reference(earlier: LedgerRow | None, day: date) -> str:
    """A book that is read month by month has to say where the row stands that this one mends."""
    month = Period.of(clock.local(earlier.at).date()) if earlier else None
    if earlier is None or month is None or month == Period.of(day):
        return ""
    return f"原记录：{month.label}第{earlier.serial}号"


def _noted(session: Session, entry: Entry, *notes: str) -> Entry:
    """In the remarks of the book; one that has none says it behind the reason."""
    told = [note for note in notes if note]
    ledger = find_ledger(session, entry.ledger) if told else None
    if ledger is None:
        return entry
    keys = {column.key for column in ledger.columns}
    key = next(one for one in ("_remark", "remark", "reason") if one in keys)
    text = "；".join(filter(None, [entry.values.get(key, ""), *told]))
    return replace(entry, values={**entry.values, key: text})


def _reserve_open(
    session: Session, keeper_id: int, day: date, wanted: Counter[str]
) -> tuple[date, dict[str, int]]:
    """Serials in the month of `day`; when it is frozen, in the next one that is not.

    The counters are locked from here on, and freezing locks them too: whoever began before
    midnight and comes late finds the month closed.
    """
    while True:
        serials, is_frozen = _reserve(session, keeper_id, day, wanted)
        if not is_frozen:
            return day, serials
        _give_back(session, keeper_id, day, wanted)
        day = Period.of(day).next.since


def _give_back(session: Session, keeper_id: int, day: date, wanted: Counter[str]) -> None:
    """Nobody has seen these serials: their counters have been locked since they were taken."""
    counters = session.scalars(
        select(LedgerCounter)
        .where(
            LedgerCounter.name.in_(list(wanted)),
            LedgerCounter.unit_id == keeper_id,
            LedgerCounter.year == day.year,
        )
        .execution_options(populate_existing=True)
    )
    for counter in counters:
        count = wanted[counter.name]
        counter.last -= count
        counter.months = [
            rows - taken
            for rows, taken in zip(counter.months, tallies.only_in(day.month, count), strict=True)
        ]
    session.flush()  # the next statement adds to them in the database


def _reserve(
    session: Session, keeper_id: int, day: date, wanted: Counter[str]
) -> tuple[dict[str, int], bool]:
    """Take all serials in one statement, counters in sorted order; answers the last one before,
    and whether one of the books has this month frozen.
    """
    reserve = insert(LedgerCounter).values(
        [
            {
                "name": name,
                "unit_id": keeper_id,
                "year": day.year,
                "last": wanted[name],
                "months": tallies.only_in(day.month, wanted[name]),
            }
            for name in sorted(wanted)
        ]
    )
    taken = session.execute(
        reserve.on_conflict_do_update(
            index_elements=[LedgerCounter.name, LedgerCounter.unit_id, LedgerCounter.year],
            set_={
                "last": LedgerCounter.last + reserve.excluded.last,
                "months": tallies.added(LedgerCounter.months, reserve.excluded.months),
            },
        ).returning(LedgerCounter.name, LedgerCounter.last, LedgerCounter.frozen)
    ).all()
    bit = 1 << (day.month - 1)
    return (
        {name: last - wanted[name] for name, last, _ in taken},
        any(frozen & bit for *_, frozen in taken),
    )


def export_ledger(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    name: str,
    filters: Filters = EVERYTHING,
    limit: int = EXPORT_ROWS,
) -> Export:
    """The rows that the actor may see on the page, masked as there, as xlsx.

    Raises: LedgerNotFound, TooManyRows.
    """
    book = access_ledger(session, actor, name)
    count = count_rows(session, book, filters)
    if count > limit:
        raise TooManyRows(count, limit)
    return _export(session, actor=actor, now=now, book=book, filters=filters)


def export_whole_ledger(session: Session, *, now: datetime, name: str, kind: str) -> Export:
    """Every row of every unit, for the operator at the command line. Raises: LedgerNotFound."""
    ledger = find_ledger(session, name)
    if ledger is None:
        names = "、".join(one.name for one in every_ledger(session))
        raise LedgerNotFound(f"没有名为 {name} 的台账，只有：{names}。")
    return _export(session, actor=None, now=now, book=Opened(ledger, WHOLE), kind=kind)


def _export(
    session: Session,
    *,
    actor: Actor | None,
    now: datetime,
    book: Opened,
    filters: Filters = EVERYTHING,
    kind: str = "xlsx",
) -> Export:
    moment, ledger = clock.local(now), book.ledger
    rows = [
        [*line.cells, "已被更正" if line.void else ""] for line in every_row(session, book, filters)
    ]
    who = f"{actor.unit_name} {actor.name}" if actor else "系统运维（命令行）"
    demo = "演示数据，不是真人。" if terms.current().demo else ""
    sheet = sheets.Sheet(
        ledger.title,
        f"{demo}导出：{who}，{moment:%Y-%m-%d %H:%M}；范围：{filters.in_words()}；"
        f"共 {len(rows)} 行。证件号码和手机号已遮盖。",
        [*ledger.columns, STATE],
        rows,
    )
    data = FORMATS[kind](sheet)
    export = Export(f"{ledger.title}-{moment:%Y%m%d-%H%M}.{kind}", data, len(rows), digest(data))
    audit.record(
        session,
        now=now,
        actor=actor,
        kind="ledger.exported",
        object=f"ledger:{ledger.name}",
        data={
            "title": ledger.title,
            "rows": export.rows_count,
            "sha256": export.sha256,
            "format": kind,
            **filters.as_facts(),
        },
    )
    return export
