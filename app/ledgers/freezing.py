"""封存: one keeper asks to freeze a month of the book, a second person does it, for good.

The file is made once, when it is confirmed; what is taken out later are the same bytes. A frozen
month takes no row any more (`service.append_rows`), and nothing opens it again.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core import clock, sheets
from app.core.actor import Actor
from app.core.crypto import digest, seal
from app.identity import terms
from app.ledgers import policy, shelves, tallies
from app.ledgers.checking import FROZEN, opened
from app.ledgers.models import LedgerCounter, LedgerMonth
from app.ledgers.queries import Filters, every_row
from app.ledgers.service import STATE
from app.ledgers.shelves import Shelf, access_shelf
from app.ledgers.types import (
    Export,
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
    Stand,
)


@dataclass(frozen=True)
class Seen:
    """What the page showed to whoever acts: of other rows he knows nothing."""

    rows_count: int
    last_serial: int

    def fits(self, stand: Stand) -> bool:
        return (self.rows_count, self.last_serial) == (stand.rows_count, stand.last_serial)


def propose(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    name: str,
    period: Period,
    seen: Seen,
    unit: str = "",
) -> Shelf:
    """A keeper says that the month is complete. What was booked since a proposal takes a new one.

    Raises: LedgerNotFound, NotKeeper, MonthRunning, NoSuchMonth, MonthFrozen, MonthProposed,
    RowsChanged.
    """
    shelf = access_shelf(session, actor, name, unit)
    if not policy.can_propose(actor, shelf.ledger, shelf.division.id):
        raise NotKeeper
    _must_be_over(session, shelf, period, now)
    row, is_new = _own_row(session, shelf, period, actor, now)
    stand = shelves.stand_of(session, shelf, period)
    if row.is_frozen:
        raise _is_frozen(row)
    if not is_new and row.stand == stand:
        raise MonthProposed(
            f"{period.label}已经由{row.proposed_name}提出封存，等另一个人确认。", month=str(period)
        )
    if not seen.fits(stand):
        raise RowsChanged(period, stand)
    row.propose(actor, policy.desk(actor, shelf.ledger, shelf.division.id), stand, now)
    _record(session, actor, now, "ledger.freeze_proposed", shelf, row)
    return shelf


def confirm(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    name: str,
    period: Period,
    seen: Seen,
    unit: str = "",
) -> Shelf:
    """A second person freezes the month: its rows become a file once and for all.

    Raises: LedgerNotFound, NotProposed, MonthFrozen, SecondPerson, RowsChanged.
    """
    shelf = access_shelf(session, actor, name, unit)
    row = shelves.month_row(session, shelf, period, lock=True)
    if row is None:
        raise NotProposed
    if row.is_frozen:
        raise _is_frozen(row)
    if not shelves.confirmable(actor, shelf.ledger, row):
        raise SecondPerson(_who_may(row, actor))
    stand = shelves.stand_of(session, shelf, period)
    if stand != row.stand or not seen.fits(stand):
        raise RowsChanged(period, stand)
    data = _file(session, shelf, row, actor, now)
    row.freeze(actor, digest(data), len(data), seal(data), now)
    # The trail before the counter: acts that book take them in this order too.
    _record(session, actor, now, FROZEN, shelf, row)
    _close(session, shelf, period)
    late = shelves.stand_of(session, shelf, period)
    if late != stand:  # booked between the count and the lock
        raise RowsChanged(period, late)
    return shelf


def take(
    session: Session, *, actor: Actor, now: datetime, name: str, period: Period, unit: str = ""
) -> Export:
    """The frozen file, byte for byte; that it left the house is an act.

    Raises: LedgerNotFound, NotFrozen, SealBroken.
    """
    shelf = access_shelf(session, actor, name, unit)
    row = shelves.month_row(session, shelf, period)
    if row is None or not row.is_frozen or not shelves.may_take(actor, shelf, row):
        raise NotFrozen
    data = opened(row)
    if data is None or digest(data) != row.sha256:
        raise SealBroken
    _record(session, actor, now, "ledger.frozen_taken", shelf, row)
    title = f"{shelf.ledger.title}-{shelf.division.name}-{period.label}（封存件）.xlsx"
    return Export(title, data, row.rows_count, row.sha256)


def _must_be_over(session: Session, shelf: Shelf, period: Period, now: datetime) -> None:
    if period.until >= clock.local(now).date():
        raise MonthRunning(period)
    first = shelves.first_year(session, shelf)
    if first is None or period.year < first:
        raise NoSuchMonth


def _own_row(
    session: Session, shelf: Shelf, period: Period, actor: Actor, now: datetime
) -> tuple[LedgerMonth, bool]:
    """The month's row, locked; two who propose at once find the same one."""
    made = session.scalar(
        insert(LedgerMonth)
        .values(
            name=shelf.ledger.name,
            unit_id=shelf.division.id,
            year=period.year,
            month=period.month,
            rows_count=0,
            first_serial=0,
            last_serial=0,
            place=actor.unit_path,
            proposed_by=actor.person_id,
            proposed_name=actor.name,
            proposed_at=now,
        )
        .on_conflict_do_nothing()
        .returning(LedgerMonth.id)
    )
    row = shelves.month_row(session, shelf, period, lock=True)
    if row is None:  # nothing deletes them
        raise NotProposed
    return row, made is not None


def _close(session: Session, shelf: Shelf, period: Period) -> None:
    """From the commit on the counter says that this month takes no row; it is locked till then."""
    bit = 1 << (period.month - 1)
    counter = insert(LedgerCounter).values(
        name=shelf.ledger.name,
        unit_id=shelf.division.id,
        year=period.year,
        last=0,
        months=[0] * tallies.MONTHS,
        frozen=bit,
    )
    session.execute(
        counter.on_conflict_do_update(
            index_elements=[LedgerCounter.name, LedgerCounter.unit_id, LedgerCounter.year],
            set_={"frozen": LedgerCounter.frozen.op("|")(bit)},
        )
    )


def _file(session: Session, shelf: Shelf, row: LedgerMonth, actor: Actor, now: datetime) -> bytes:
    period, moment = row.period, clock.local(now)
    filters = Filters(period.since, period.until)
    rows = [
        [*line.cells, "已被更正" if line.void else ""]
        for line in every_row(session, shelf.whole, filters)
    ]
    if len(rows) != row.rows_count:
        raise RowsChanged(period, shelves.stand_of(session, shelf, period))
    demo = "演示数据，不是真人。" if terms.current().demo else ""
    proposed = clock.local(row.proposed_at)
    return sheets.as_xlsx(
        sheets.Sheet(
            f"{shelf.ledger.title} {period.label}",
            f"{demo}{shelf.division.name}，{row.stand.in_words}。"
            f"提出封存：{row.proposed_name}，{proposed:%Y-%m-%d %H:%M}；"
            f"确认封存：{actor.unit_name} {actor.name}，{moment:%Y-%m-%d %H:%M}。"
            "证件号码和手机号已遮盖。",
            [*shelf.ledger.columns, STATE],
            rows,
        )
    )


def _is_frozen(row: LedgerMonth) -> MonthFrozen:
    return MonthFrozen(
        f"{row.period.label}已经由{row.proposed_name}、{row.confirmed_name}共同封存，不用再办。",
        month=str(row.period),
    )


def _who_may(row: LedgerMonth, actor: Actor) -> str:
    if row.proposed_by == actor.person_id:
        return "封存是您提出的，要由另一个人确认：另一位记这本台账的人，或者您单位的分管领导。"
    return (
        f"封存是{row.proposed_name}提出的，"
        "由另一位记这本台账的人或提出人单位的分管领导确认，您的岗位不能确认。"
    )


def _record(
    session: Session, actor: Actor, now: datetime, kind: str, shelf: Shelf, row: LedgerMonth
) -> None:
    facts = {
        "title": shelf.ledger.title,
        "keeper": shelf.division.code,
        "month": str(row.period),
        "rows": row.rows_count,
        "first_serial": row.first_serial,
        "last_serial": row.last_serial,
    }
    facts |= {"sha256": row.sha256, "proposed_by": row.proposed_name} if row.is_frozen else {}
    audit.record(session, now=now, actor=actor, kind=kind, object=f"ledger:{row.name}", data=facts)
