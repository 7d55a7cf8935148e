"""The months of one keeper's book: who may look at them, and how each one stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import Select, func, literal, select, union_all
from sqlalchemy.orm import Session, aliased

from app.core import days
from app.core.actor import Actor
from app.identity.models import Unit
from app.ledgers import policy
from app.ledgers.models import LedgerCounter, LedgerMonth, LedgerRow
from app.ledgers.queries import access_ledger, every_ledger
from app.ledgers.reach import Opened, Within
from app.ledgers.types import DECEMBER, Ledger, LedgerNotFound, Period, Stand


class MonthState(StrEnum):
    RUNNING = "running"  # not over yet
    OPEN = "open"
    PROPOSED = "proposed"
    CHANGED = "changed"  # other rows than were proposed
    FROZEN = "frozen"


@dataclass(frozen=True)
class Shelf:
    """One book of one 州 or 县市 in the hands of somebody; months are frozen book by book.

    `reads_whole`: all its rows are within his reach. `leads`: he may have to confirm.
    """

    ledger: Ledger
    division: Unit
    reads_whole: bool
    leads: bool

    @property
    def is_open(self) -> bool:
        return self.reads_whole or self.leads

    @property
    def whole(self) -> Opened:
        return Opened(self.ledger, Within((self.division.id,), ()))


@dataclass(frozen=True)
class Month:
    """How a month stands, and what the one who looks may do about it."""

    period: Period
    state: MonthState
    stand: Stand
    row: LedgerMonth | None
    may_propose: bool
    may_confirm: bool
    may_take: bool
    is_own: bool  # the proposal is his

    @property
    def checksum(self) -> str:
        """The beginning, in fours, as people compare it."""
        found = (self.row.sha256 or "")[:16] if self.row else ""
        return " ".join(found[n : n + 4] for n in range(0, len(found), 4))


@dataclass(frozen=True)
class Waiting:
    """A proposal that the one who looks may confirm."""

    ledger: Ledger
    period: Period
    proposed_name: str


def access_shelf(session: Session, actor: Actor, name: str, unit: str = "") -> Shelf:
    """The book `name` of the 州 or 县市 of `unit`, or of the own one. Raises: LedgerNotFound."""
    shelf = shelf_of(session, actor, access_ledger(session, actor, name), unit)
    if shelf is None or not shelf.is_open:
        raise LedgerNotFound
    return shelf


def shelf_of(session: Session, actor: Actor, book: Opened, unit: str = "") -> Shelf | None:
    """Also for who reads only the own unit's rows: that a month is frozen is no secret there."""
    division = _division_of(session, unit) if unit else session.get(Unit, _home(actor, book.ledger))
    if division is None:
        return None
    return Shelf(
        book.ledger,
        division,
        reads_whole=division.id in book.within.keepers,
        leads=policy.leads_in(actor, division.id),
    )


def _division_of(session: Session, code: str) -> Unit | None:
    asked = aliased(Unit)
    return session.scalars(
        select(Unit).join(asked, asked.division_id == Unit.id).where(asked.code == code)
    ).first()


def _home(actor: Actor, ledger: Ledger) -> int:
    """Where the actor keeps or inspects this book; for everybody else the own one."""
    whole = policy.reach(actor, ledger).divisions
    return actor.division_id if not whole or actor.division_id in whole else min(whole)


def stand_of(session: Session, shelf: Shelf, period: Period) -> Stand:
    found = session.execute(_counted(shelf, period)).one()
    return Stand(found[0], found[1] or 0, found[2] or 0)


def _counted(shelf: Shelf, period: Period) -> Select[int, int, int]:
    return select(func.count(), func.min(LedgerRow.serial), func.max(LedgerRow.serial)).where(
        LedgerRow.name == shelf.ledger.name,
        LedgerRow.unit_id == shelf.division.id,
        *days.within(LedgerRow.at, period.since, period.until),
    )


def month_row(
    session: Session, shelf: Shelf, period: Period, *, lock: bool = False
) -> LedgerMonth | None:
    statement = select(LedgerMonth).where(
        LedgerMonth.name == shelf.ledger.name,
        LedgerMonth.unit_id == shelf.division.id,
        LedgerMonth.year == period.year,
        LedgerMonth.month == period.month,
    )
    return session.scalars(statement.with_for_update() if lock else statement).first()


def rows_of_year(session: Session, shelf: Shelf, year: int) -> dict[int, LedgerMonth]:
    """What is proposed or frozen of a year, by month."""
    found = session.scalars(
        select(LedgerMonth).where(
            LedgerMonth.name == shelf.ledger.name,
            LedgerMonth.unit_id == shelf.division.id,
            LedgerMonth.year == year,
        )
    )
    return {row.month: row for row in found}


def first_year(session: Session, shelf: Shelf) -> int | None:
    """In which this keeper has booked for the first time."""
    return session.scalar(
        select(func.min(LedgerCounter.year)).where(
            LedgerCounter.name == shelf.ledger.name, LedgerCounter.unit_id == shelf.division.id
        )
    )


def look(session: Session, actor: Actor, shelf: Shelf, period: Period, today: date) -> Month:
    """One month, counted."""
    row = month_row(session, shelf, period)
    frozen = row.stand if row is not None and row.is_frozen else None
    return as_seen(actor, shelf, period, row, frozen or stand_of(session, shelf, period), today)


def of_year(session: Session, actor: Actor, shelf: Shelf, year: int, today: date) -> list[Month]:
    """The months of a year that have begun, newest first, counted in one statement."""
    first = first_year(session, shelf)
    last = today.month if year == today.year else DECEMBER
    if first is None or not first <= year <= today.year:
        return []
    rows = rows_of_year(session, shelf, year)
    periods = [Period(year, month) for month in range(last, 0, -1)]
    parts = [
        _counted(shelf, period).add_columns(literal(period.month).label("month"))
        for period in periods
    ]
    counted = {
        month: Stand(count, low or 0, high or 0)
        for count, low, high, month in session.execute(union_all(*parts))
    }
    found = []
    for period in periods:
        row = rows.get(period.month)
        stand = row.stand if row is not None and row.is_frozen else counted[period.month]
        found.append(as_seen(actor, shelf, period, row, stand, today))
    return found


def as_seen(
    actor: Actor,
    shelf: Shelf,
    period: Period,
    row: LedgerMonth | None,
    stand: Stand,
    today: date,
) -> Month:
    state = _state(row, stand, period, today)
    keeps = policy.can_propose(actor, shelf.ledger, shelf.division.id)
    return Month(
        period,
        state,
        stand,
        row,
        may_propose=keeps and state in (MonthState.OPEN, MonthState.CHANGED),
        may_confirm=row is not None
        and state is MonthState.PROPOSED
        and confirmable(actor, shelf.ledger, row),
        may_take=state is MonthState.FROZEN and may_take(actor, shelf, row),
        is_own=row is not None and row.proposed_by == actor.person_id,
    )


def confirmable(actor: Actor, ledger: Ledger, row: LedgerMonth) -> bool:
    return policy.can_confirm(
        actor, ledger, row.unit_id, proposed_by=row.proposed_by, place=row.place
    )


def may_take(actor: Actor, shelf: Shelf, row: LedgerMonth | None) -> bool:
    """Who reads the whole book, and who has put his name to this file."""
    return shelf.reads_whole or (row is not None and row.confirmed_by == actor.person_id)


def waiting_for(session: Session, actor: Actor) -> Sequence[Waiting]:
    """Proposals that the actor may confirm, the oldest first."""
    places = {one.division_id for one in actor.positions}
    open_ones = session.scalars(
        select(LedgerMonth)
        .where(LedgerMonth.frozen_at.is_(None), LedgerMonth.unit_id.in_(places))
        .order_by(LedgerMonth.id)
    ).all()
    if not open_ones:
        return []
    ledgers = {ledger.name: ledger for ledger in every_ledger(session)}
    return [
        Waiting(ledgers[row.name], row.period, row.proposed_name)
        for row in open_ones
        if policy.can_view(actor, ledgers[row.name]) and confirmable(actor, ledgers[row.name], row)
    ]


def _state(row: LedgerMonth | None, stand: Stand, period: Period, today: date) -> MonthState:
    if row is not None and row.is_frozen:
        return MonthState.FROZEN
    if period.until >= today:
        return MonthState.RUNNING
    if row is None:
        return MonthState.OPEN
    return MonthState.PROPOSED if row.stand == stand else MonthState.CHANGED
