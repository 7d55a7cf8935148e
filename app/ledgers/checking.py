"""Whether frozen files are what was frozen: by their own hash, and by the audit trail's."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.core.crypto import Unreadable, digest, unseal
from app.identity.models import Unit
from app.ledgers.models import LedgerMonth
from app.ledgers.queries import find_ledger
from app.ledgers.shelves import Month
from app.ledgers.types import NotFrozen

FROZEN = "ledger.frozen"


@dataclass(frozen=True)
class Verdict:
    """Whether a frozen file is what was frozen, by its own hash and by the trail's."""

    opens: bool
    is_whole: bool
    is_in_trail: bool

    @property
    def holds(self) -> bool:
        return self.opens and self.is_whole and self.is_in_trail


def verdict_of(session: Session, month: Month) -> Verdict:
    """Of a month as somebody looks at it. Raises: NotFrozen."""
    if month.row is None or not month.may_take:
        raise NotFrozen
    return check(session, month.row)


def check(session: Session, row: LedgerMonth) -> Verdict:
    """Does the file open, is it the one that was frozen, and does the audit trail say so?"""
    data = opened(row)
    told = session.scalars(
        select(Event.data["sha256"].astext).where(
            Event.object == f"ledger:{row.name}",
            Event.kind == FROZEN,
            Event.data["month"].astext == str(row.period),
            Event.data["keeper"].astext == session.get_one(Unit, row.unit_id).code,
        )
    ).all()
    return Verdict(
        opens=data is not None,
        is_whole=data is not None and digest(data) == row.sha256,
        is_in_trail=list(told) == [row.sha256],
    )


def check_all(session: Session) -> list[tuple[str, Verdict]]:
    """Every frozen month in words, with its verdict; for the operator at the command line."""
    rows = session.scalars(
        select(LedgerMonth)
        .where(LedgerMonth.frozen_at.is_not(None))
        .order_by(LedgerMonth.name, LedgerMonth.unit_id, LedgerMonth.year, LedgerMonth.month)
    ).all()
    found = []
    for row in rows:
        ledger = find_ledger(session, row.name)
        title = ledger.title if ledger else row.name
        unit = session.get_one(Unit, row.unit_id).name
        found.append((f"{unit} {title} {row.period.label}", check(session, row)))
    return found


def opened(row: LedgerMonth) -> bytes | None:
    try:
        return unseal(row.xlsx_sealed or b"")
    except Unreadable:
        return None
