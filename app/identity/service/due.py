"""What the clock does to cover: absences and mandates begin and end by themselves."""

from datetime import datetime
from typing import TypeVar

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.identity.cover_models import Absence, Mandate
from app.identity.service.cover import work_off

K = TypeVar("K", Absence, Mandate)


def work_off_cover(session: Session, *, now: datetime) -> bool:
    """One that has begun or is over; answers whether there was any.

    Safe to run twice and side by side: it is claimed with SKIP LOCKED, and that it was worked off
    commits with what came of it.
    """
    return _one(session, Absence, now) or _one(session, Mandate, now)


def _one(session: Session, kind: type[K], now: datetime) -> bool:
    row = session.scalars(
        select(kind)
        .where(
            or_(
                and_(kind.begun_at.is_(None), kind.starts_at <= now),
                and_(kind.finished_at.is_(None), kind.ends_at <= now),
            )
        )
        .order_by(kind.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return False
    work_off(session, row, row.person_id, now)
    return True
