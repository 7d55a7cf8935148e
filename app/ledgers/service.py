"""Booking rows. Called last in an act: the counter stays locked until the commit."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import clock
from app.identity.models import Unit
from app.ledgers.models import LedgerCounter, LedgerRow
from app.ledgers.queries import booked_sources
from app.ledgers.types import Entry
from app.processes.types import UnitRef


def append_rows(
    session: Session, *, now: datetime, unit: UnitRef, entries: Sequence[Entry]
) -> list[LedgerRow]:
    """Book what is not booked yet, in the given order, in the books of the unit's 州 or 县市."""
    fresh = _fresh(session, entries)
    if not fresh:
        return []
    keeper = session.get_one(Unit, unit.division_id)
    year = clock.local(now).year
    corrected = _corrected(session, fresh)
    serials = _reserve(session, keeper.id, year, Counter(entry.ledger for entry in fresh))
    rows = []
    for entry in fresh:
        serials[entry.ledger] += 1
        rows.append(
            LedgerRow(
                name=entry.ledger,
                unit_id=keeper.id,
                unit_code=keeper.code,
                unit_name=keeper.name,
                year=year,
                serial=serials[entry.ledger],
                at=now,
                place=unit.path,
                ticket=entry.ticket,
                row_no=entry.row_no,
                source=entry.source,
                values={"unit": unit.name, **entry.values},
                corrects_id=corrected.get((entry.ledger, entry.corrects or "")),
            )
        )
    session.add_all(rows)
    session.flush()  # a source booked twice must fail here, inside the act
    return rows


def _fresh(session: Session, entries: Sequence[Entry]) -> list[Entry]:
    booked = {
        (name, source)
        for name in {entry.ledger for entry in entries}
        for source in booked_sources(
            session, name, [entry.source for entry in entries if entry.ledger == name]
        )
    }
    return [entry for entry in entries if (entry.ledger, entry.source) not in booked]


def _corrected(session: Session, entries: Sequence[Entry]) -> dict[tuple[str, str], int]:
    sources = [entry.corrects for entry in entries if entry.corrects]
    if not sources:
        return {}
    found = session.execute(
        select(LedgerRow.name, LedgerRow.source, LedgerRow.id).where(LedgerRow.source.in_(sources))
    )
    return {(name, source): row_id for name, source, row_id in found}


def _reserve(session: Session, keeper_id: int, year: int, wanted: Counter[str]) -> dict[str, int]:
    """Take all serials in one statement, counters in sorted order; answers the last one before."""
    reserve = insert(LedgerCounter).values(
        [
            {"name": name, "unit_id": keeper_id, "year": year, "last": wanted[name]}
            for name in sorted(wanted)
        ]
    )
    taken = session.execute(
        reserve.on_conflict_do_update(
            index_elements=[LedgerCounter.name, LedgerCounter.unit_id, LedgerCounter.year],
            set_={"last": LedgerCounter.last + reserve.excluded.last},
        ).returning(LedgerCounter.name, LedgerCounter.last)
    )
    return {name: last - wanted[name] for name, last in taken}
