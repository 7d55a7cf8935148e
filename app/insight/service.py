"""Closed tickets are counted once: what closed waits in `closing` until it is in the sums.

Counting and forgetting are one transaction, and one at a time: killed, it has not been; told
twice, there is nothing left to count (ADR 109).
"""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from app.insight.counting import AT_ONCE, RESULTS, among, sums
from app.insight.models import Closing, ClosingYear
from app.insight.types import Key
from app.processes.types import InstanceEnded

LOCK = 0x57A7_0001


def note_closing(session: Session, event: InstanceEnded) -> None:
    """With the end itself, in the statement that writes it. What was called off is not counted."""
    if event.result in RESULTS:
        session.add(Closing(instance_id=event.instance_id))


def fold(session: Session, *, limit: int = AT_ONCE) -> int:
    """Count some of what waits; answers how many, 0 also while somebody else is counting."""
    if not session.scalar(select(func.pg_try_advisory_xact_lock(LOCK))):
        return 0
    runs = list(session.scalars(select(Closing.instance_id).limit(limit)))
    if runs:
        _add(session, sums(session, runs))
        session.execute(delete(Closing).where(among(Closing.instance_id, runs)))
    return len(runs)


def recount(session: Session) -> int:
    """All anew, from the tickets; answers how many rows of sums there are.

    What closes meanwhile is in `closing` and stays there: the sums leave it out.
    """
    _wait_for_turn(session)
    session.execute(delete(Closing))
    session.execute(delete(ClosingYear))
    found = sums(session)
    session.add_all(found.values())
    return len(found)


def differences(session: Session) -> list[Key]:
    """Sums that are not what a recount finds."""
    _wait_for_turn(session)
    counted = sums(session)
    kept = _kept(session)
    return sorted(
        key for key in counted.keys() | kept.keys() if _counts(counted, key) != _counts(kept, key)
    )


def _wait_for_turn(session: Session) -> None:
    session.execute(select(func.pg_advisory_xact_lock(LOCK)))


def _kept(session: Session, *where: ColumnElement[bool]) -> dict[Key, ClosingYear]:
    statement = select(ClosingYear).where(*where).execution_options(populate_existing=True)
    return {(row.year, row.unit_id, row.process): row for row in session.scalars(statement)}


def _counts(rows: Mapping[Key, ClosingYear], key: Key) -> object:
    return rows[key].counts if key in rows else None


def _add(session: Session, found: Mapping[Key, ClosingYear]) -> None:
    years, units, _ = map(set, zip(*found, strict=True)) if found else (set(), set(), set())
    kept = _kept(session, ClosingYear.year.in_(years), ClosingYear.unit_id.in_(units))
    for key, row in found.items():
        if key in kept:
            kept[key].add(row)
        else:
            session.add(row)
