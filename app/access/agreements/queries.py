"""Reads: whose agreement holds on a day, and who may have no account without one."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from app.access.agreements.models import Agreement
from app.access.types import FormRow, Problem, RowKind
from app.identity.models import Unit
from app.rules.queries.parameters import parameter

NEEDED, TERM = "agreement_needed", "agreement_term"
REMEDY = "此人没有有效的保密协议，请先办理“保密协议”，生效后再申请"


def unagreed(
    session: Session, rows: Sequence[FormRow], *, unit_id: int, day: date
) -> Iterator[Problem]:
    """R16: rows that would open an account for somebody without an agreement that holds."""
    added = [row for row in rows if row.kind is RowKind.ADD]
    if not added or not parameter(session, NEEDED, unit_id, day).value:
        return
    held = _held(session, {row.person_ref for row in added}, day)
    for row in added:
        if row.person_ref not in held:
            yield Problem(row, "id_number", "no_agreement", REMEDY)


def held_here(session: Session, ref: bytes, *, division_id: int, day: date) -> list[Agreement]:
    """The person's agreements with units of this 州 or 县市 that hold on that day, locked."""
    return list(
        session.scalars(
            select(Agreement)
            .join(Unit, Unit.id == Agreement.unit_id)
            .where(Agreement.person_ref == ref, *_holds(day), Unit.division_id == division_id)
            .order_by(Agreement.id)
            .with_for_update(of=Agreement)
        )
    )


def _held(session: Session, refs: Collection[bytes], day: date) -> set[bytes]:
    found = select(Agreement.person_ref).where(Agreement.person_ref.in_(refs), *_holds(day))
    return set(session.scalars(found))


def _holds(day: date) -> tuple[ColumnElement[bool], ...]:
    return (
        Agreement.starts_on <= day,
        Agreement.ends_on >= day,
        or_(Agreement.ended_on.is_(None), Agreement.ended_on > day),
    )
