"""Moving messages of one sending from state to state, with the tallies, in one act.

Whoever calls holds the lock of the sending: tallies of one sending are never written side by side.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.messaging.channels.states import Reason
from app.phonebook import service as phonebook
from app.sendings.models import Delivery, Sending, SendingTally
from app.sendings.types import PENDING, DeliveryState

MOST_WHY = 200
_MOVE = text(
    """
    UPDATE sending_delivery AS d
    SET state = v.state, reason = v.reason, billed = v.billed, code = v.code, why = v.why,
        gateway_id = coalesce(v.gateway_id, d.gateway_id),
        settled_at = CASE WHEN v.is_settled THEN :now END
    FROM unnest(
        CAST(:ns AS integer[]), CAST(:states AS text[]), CAST(:reasons AS text[]),
        CAST(:billed AS smallint[]), CAST(:codes AS text[]), CAST(:whys AS text[]),
        CAST(:gateway_ids AS text[]), CAST(:settled AS boolean[])
    ) AS v(n, state, reason, billed, code, why, gateway_id, is_settled)
    WHERE d.sending_id = :sending_id AND d.n = v.n
    """
)
_MARK = text(
    """
    UPDATE sending_delivery
    SET state = 'submitting', batch = :batch, tries = tries + 1, submitted_at = :now
    WHERE sending_id = :sending_id AND n = ANY(:ns)
    """
)
_WITHDRAW = text(
    """
    WITH gone AS (
        UPDATE sending_delivery SET state = 'withdrawn', settled_at = :now
        WHERE sending_id = :sending_id AND state = 'waiting' RETURNING segments
    ) SELECT count(*), coalesce(sum(segments), 0) FROM gone
    """
)
Stock = tuple[DeliveryState, str]


@dataclass(frozen=True)
class Change:
    """What a message becomes. `billed`: segments to pay for."""

    row: Delivery
    state: DeliveryState
    reason: str = ""
    billed: int = 0
    gateway_id: str | None = None
    code: str = ""
    why: str = ""


def move(session: Session, sending: Sending, changes: Sequence[Change], now: datetime) -> None:
    """The rows as they were read, under the sending's lock, say where each comes from."""
    if not changes:
        return
    session.execute(
        _MOVE,
        {
            "now": now,
            "sending_id": sending.id,
            "ns": [one.row.n for one in changes],
            "states": [one.state.value for one in changes],
            "reasons": [one.reason for one in changes],
            "billed": [one.billed for one in changes],
            "codes": [one.code for one in changes],
            "whys": [one.why[:MOST_WHY] for one in changes],
            "gateway_ids": [one.gateway_id for one in changes],
            "settled": [one.state not in PENDING | {DeliveryState.SUBMITTED} for one in changes],
        },
    )
    messages: Counter[Stock] = Counter()
    segments: Counter[Stock] = Counter()
    billed: Counter[Stock] = Counter()
    for one in changes:
        before, after = (one.row.state, one.row.reason), (one.state, one.reason)
        messages.update({before: -1})
        messages.update({after: 1})
        segments.update({before: -one.row.segments})
        segments.update({after: one.row.segments})
        billed.update({before: -one.row.billed})
        billed.update({after: one.billed})
    tell(
        session,
        sending.id,
        [(stock, messages[stock], segments[stock], billed[stock]) for stock in messages],
    )
    _tell_book(session, sending, changes, now)
    for one in changes:
        session.expire(one.row)


def _tell_book(
    session: Session, sending: Sending, changes: Sequence[Change], now: datetime
) -> None:
    """A number where nobody is, is wrong in the address book too."""
    refs = [
        one.row.phone_ref
        for one in changes
        if one.state is DeliveryState.FAILED and one.reason == Reason.WRONG_NUMBER
    ]
    if refs:
        phonebook.mark_unreachable(
            session, unit_id=sending.unit_id, ticket=sending.ticket, refs=refs, now=now
        )


def mark(
    session: Session, sending: Sending, rows: Sequence[Delivery], batch: str, now: datetime
) -> None:
    """Waiting ones are being handed over from now on."""
    session.execute(
        _MARK,
        {"batch": batch, "now": now, "sending_id": sending.id, "ns": [one.n for one in rows]},
    )
    shift(
        session,
        sending,
        (DeliveryState.WAITING, DeliveryState.SUBMITTING),
        len(rows),
        sum(one.segments for one in rows),
    )
    for one in rows:
        session.expire(one)


def withdraw(session: Session, sending: Sending, now: datetime) -> None:
    """None of those that wait goes any more."""
    count, segments = session.execute(_WITHDRAW, {"sending_id": sending.id, "now": now}).one()
    shift(session, sending, (DeliveryState.WAITING, DeliveryState.WITHDRAWN), count, segments)


def shift(
    session: Session,
    sending: Sending,
    way: tuple[DeliveryState, DeliveryState],
    messages: int,
    segments: int,
) -> None:
    """In the tallies alone: so many go from one state to another, and none of them is billed."""
    before, after = way
    shifts = [((before, ""), -messages, -segments, 0), ((after, ""), messages, segments, 0)]
    tell(session, sending.id, shifts)


def tell(session: Session, sending_id: int, shifts: Iterable[tuple[Stock, int, int, int]]) -> None:
    """Add to the tallies: messages, segments and billed segments of each state and reason."""
    rows = [
        {
            "sending_id": sending_id,
            "state": state,
            "reason": reason,
            "messages": messages,
            "segments": segments,
            "billed": billed,
        }
        for (state, reason), messages, segments, billed in shifts
        if messages or segments or billed
    ]
    if not rows:
        return
    added = insert(SendingTally).values(rows)
    session.execute(
        added.on_conflict_do_update(
            index_elements=[SendingTally.sending_id, SendingTally.state, SendingTally.reason],
            set_={
                name: getattr(SendingTally, name) + added.excluded[name]
                for name in ("messages", "segments", "billed")
            },
        )
    )
