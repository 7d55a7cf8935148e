"""拦截-频控: nobody is written to more often than the parameters allow, whichever unit writes.

A day is 24 hours back from now, not a day of the calendar. What the gateway took counts, and what
it may have taken; what it refused never reached anybody.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core import clock
from app.messaging.models import MessageTemplate
from app.messaging.text.types import Purpose
from app.rules.queries.parameters import parameter
from app.sendings.models import Sending
from app.sendings.types import TAKEN, DeliveryState

DAY, MINUTE = timedelta(hours=24), timedelta(minutes=1)
COUNTED = (*TAKEN, DeliveryState.SUBMITTING, DeliveryState.UNKNOWN)
# Number by number, or else a large sending is read through again at each of its batches.
_HAD = text(
    """
    SELECT wanted.ref, had.minute, had.day, had.publicity
    FROM unnest(CAST(:refs AS bytea[])) AS wanted(ref) CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE d.submitted_at > :minute) AS minute, count(*) AS day,
            count(*) FILTER (WHERE t.purpose = :publicity) AS publicity
        FROM sending_delivery d
        JOIN sending s ON s.id = d.sending_id JOIN message_template t ON t.id = s.template_id
        WHERE d.phone_ref = wanted.ref AND d.sending_id <> :own
            AND d.submitted_at > :day AND d.state = ANY(:states)
    ) AS had
    WHERE had.day > 0
    """
)


class Limits(NamedTuple):
    """Messages to one number. `publicity_per_day` counts and binds 宣传公告 alone."""

    per_minute: int
    per_day: int
    publicity_per_day: int


def capped_refs(
    session: Session, sending: Sending, refs: Collection[bytes], now: datetime
) -> frozenset[bytes]:
    """Those of the indexes of numbers that have had as many messages as one may have."""
    if not refs:
        return frozenset()
    limits = _limits(session, sending, now)
    is_publicity = _purpose(session, sending) is Purpose.PUBLICITY
    return frozenset(
        ref
        for ref, minute, day, publicity in _had(session, sending, refs, now)
        if minute >= limits.per_minute
        or day >= limits.per_day
        or (is_publicity and publicity >= limits.publicity_per_day)
    )


def _limits(session: Session, sending: Sending, now: datetime) -> Limits:
    """As they are in the unit that sends, today."""
    keys = ("messages_per_minute", "messages_per_day", "publicity_per_day")
    day = clock.local(now).date()
    return Limits(*(parameter(session, key, sending.unit_id, day).value for key in keys))


def _purpose(session: Session, sending: Sending) -> Purpose:
    return session.get_one(MessageTemplate, sending.template_id).purpose


def _had(
    session: Session, sending: Sending, refs: Collection[bytes], now: datetime
) -> Sequence[tuple[bytes, int, int, int]]:
    """Messages of the last minute, of the last day, and of 宣传公告 among these."""
    rows = session.execute(
        _HAD,
        {
            "refs": list(refs),
            "own": sending.id,
            "minute": now - MINUTE,
            "day": now - DAY,
            "states": [one.value for one in COUNTED],
            "publicity": Purpose.PUBLICITY.value,
        },
    )
    return [(ref, minute, day, publicity) for ref, minute, day, publicity in rows]
