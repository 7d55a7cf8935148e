"""Asking how far a ticket is: counted first, then answered."""

from datetime import datetime

from sqlalchemy import case, delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import crypto
from app.core.errors import AppError
from app.progress.models import ProgressCount
from app.progress.queries import find_progress
from app.progress.types import (
    MOST_BY_ADDRESS,
    MOST_FOR_NUMBER,
    WINDOW,
    AskedTooOften,
    Progress,
    ProgressUnknown,
    number_of,
    tail_of,
)


def ask(
    session: Session, *, number: str, tail: str, address: str, now: datetime
) -> Progress | AppError:
    """How far it is, or why not. The refusal is returned: what was counted must be committed."""
    number = number_of(number)
    allowed = {
        crypto.blind_index("progress address", address): MOST_BY_ADDRESS,
        crypto.blind_index("progress number", number): MOST_FOR_NUMBER,
    }
    asked = _count(session, list(allowed), now)
    if any(asked[key] > most for key, most in allowed.items()):
        return AskedTooOften(retry_after=int(WINDOW.total_seconds()))
    return find_progress(session, number, tail_of(tail)) or ProgressUnknown()


def _count(session: Session, keys: list[bytes], now: datetime) -> dict[bytes, int]:
    """One more question under each key; in one order, so that two at once never wait in a ring."""
    session.execute(delete(ProgressCount).where(ProgressCount.first_at < now - 2 * WINDOW))
    new = ProgressCount.__table__.c
    is_over = new.first_at < now - WINDOW
    statement = insert(ProgressCount).values(
        [{"key": key, "asked": 1, "first_at": now} for key in sorted(keys)]
    )
    counted = session.execute(
        statement.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "asked": case((is_over, 1), else_=new.asked + 1),
                "first_at": case((is_over, now), else_=new.first_at),
            },
        ).returning(ProgressCount.key, ProgressCount.asked)
    )
    return {row.key: row.asked for row in counted}
