"""Refused access: an event of its own, since the act it belongs to is rolled back.

Bounded, so that nobody fills the trail by asking again and again: one person's refusals at one
address are events at the 1st, 10th, 100th … within a minute, and each says which it is.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit.models import RefusalCount
from app.audit.service.recording import record
from app.audit.types import NUMBER, Result
from app.core.actor import Actor

WINDOW = timedelta(minutes=1)


def refuse(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    route: str,
    code: str,
    asked: Mapping[str, Any],
) -> None:
    """Note that `actor` was refused at `route`. `asked`: what stood in the address."""
    count = _count(session, actor.person_id, route, now)
    if not _is_told(count):
        return
    record(
        session,
        now=now,
        actor=actor,
        kind="access.refused",
        object=_object(asked),
        data={"route": route, "code": code, "count": count},
        result=Result.REFUSED,
    )


def _count(session: Session, person_id: int, route: str, now: datetime) -> int:
    """The how manieth of this minute; one statement, so that two at once are two."""
    row = RefusalCount.__table__.c
    fresh = (row.since <= now - WINDOW) | (row.since > now)
    statement = insert(RefusalCount).values(person_id=person_id, route=route, since=now, count=1)
    return session.scalars(
        statement.on_conflict_do_update(
            index_elements=["person_id", "route"],
            set_={
                "since": case((fresh, now), else_=row.since),
                "count": case((fresh, 1), else_=row.count + 1),
            },
        ).returning(RefusalCount.count)
    ).one()


def _is_told(count: int) -> bool:
    """1, 10, 100, …"""
    return set(str(count)[1:]) <= {"0"} and str(count)[0] == "1"


def _object(asked: Mapping[str, Any]) -> str:
    """What was asked for, if it can be no personal data: a ticket's number, or a number of ours.

    Whatever else people put into an address, an ID number perhaps, is not written down.
    """
    for name, value in asked.items():
        if isinstance(value, int):
            return f"{name.removesuffix('_id')}:{value}"
        if isinstance(value, str) and len(value) <= 40 and NUMBER.fullmatch(value):
            return f"ticket:{value}"
    return "address"
