"""Receipts: part by part, in any order, twice, late, or before their message is booked.

Of two words on one part the one that says more holds (arrived, then failed, then on its way), so
what comes of them does not hang on their order. A receipt of a number nobody knows is kept for
some days: its message may be booked, or settled, later.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.messaging.channels.states import Fate, fate_of, fate_of_all, reason_of
from app.messaging.channels.types import Receipt
from app.sendings.models import Delivery, PartReceipt, Sending
from app.sendings.service.moving import Change, move
from app.sendings.types import TAKEN, DeliveryState

RANKS = {Fate.WAITING: 0, Fate.FAILED: 1, Fate.DELIVERED: 2}
MOST_PARTS = 99
MOST_MATCHED = 500  # in one act
KEPT = timedelta(days=7)  # that no message belongs to
SLACK = timedelta(days=1)  # that a gateway's clock may be wrong by


@dataclass(frozen=True)
class Taken:
    """How many of the receipts said something new, and how many messages they changed."""

    new: int
    changed: int


def take(session: Session, gateway: str, receipts: Iterable[Receipt], *, now: datetime) -> Taken:
    """Keep what says something new, and move the messages it is about."""
    rows = _rows(gateway, receipts, now)
    if not rows:
        return Taken(0, 0)
    given = insert(PartReceipt).values(rows)
    more = given.excluded.rank > PartReceipt.rank
    kept = given.on_conflict_do_update(
        index_elements=[PartReceipt.gateway, PartReceipt.gateway_id, PartReceipt.part],
        set_={
            **{name: given.excluded[name] for name in ("parts", "status", "rank", "at", "got_at")},
            "is_matched": False,
        },
        where=more,
    ).returning(PartReceipt.gateway_id)
    ids = session.scalars(kept).all()
    return Taken(len(ids), match(session, now=now, ids=set(ids)) if ids else 0)


def match(session: Session, *, now: datetime, ids: Collection[str] | None = None) -> int:
    """Move messages by the receipts that have not told yet; of these numbers, or of all."""
    waiting = (
        select(PartReceipt.gateway, PartReceipt.gateway_id, Delivery.sending_id)
        .join(Delivery, Delivery.gateway_id == PartReceipt.gateway_id)
        .join(
            Sending,
            (Sending.id == Delivery.sending_id) & (Sending.gateway == PartReceipt.gateway),
        )
        .where(~PartReceipt.is_matched, Delivery.state.in_(TAKEN))
        .limit(MOST_MATCHED)
    )
    if ids is not None:
        waiting = waiting.where(PartReceipt.gateway_id.in_(ids)).limit(None)
    found: dict[int, set[str]] = defaultdict(set)
    for _, gateway_id, sending_id in session.execute(waiting):
        found[sending_id].add(gateway_id)
    return sum(_move(session, sending_id, found[sending_id], now) for sending_id in sorted(found))


def forget(session: Session, now: datetime) -> None:
    """What no message belonged to in all these days is no receipt of ours."""
    session.execute(
        delete(PartReceipt).where(~PartReceipt.is_matched, PartReceipt.got_at < now - KEPT)
    )


def _move(session: Session, sending_id: int, ids: Collection[str], now: datetime) -> int:
    sending = session.get_one(Sending, sending_id, with_for_update=True)
    told: dict[str, list[PartReceipt]] = defaultdict(list)
    for one in session.scalars(
        select(PartReceipt)
        .where(PartReceipt.gateway == sending.gateway, PartReceipt.gateway_id.in_(ids))
        .order_by(PartReceipt.part)
        .execution_options(populate_existing=True)
    ):
        told[one.gateway_id].append(one)
    rows = session.scalars(
        select(Delivery)
        .where(
            Delivery.sending_id == sending_id,
            Delivery.gateway_id.in_(ids),
            Delivery.state.in_(TAKEN),
        )
        .execution_options(populate_existing=True)
    ).all()
    changes = [
        change
        for row in rows
        if (change := _change(row, told[row.gateway_id or ""])).state is not row.state
    ]
    count = len(changes)
    move(session, sending, changes, now)
    session.execute(
        update(PartReceipt)
        .where(PartReceipt.gateway == sending.gateway, PartReceipt.gateway_id.in_(ids))
        .values(is_matched=True)
    )
    return count


def _change(row: Delivery, parts: Sequence[PartReceipt]) -> Change:
    fates = [fate_of(one.status) for one in parts]
    fate = fate_of_all(max(one.parts for one in parts), fates)
    if fate is Fate.DELIVERED:
        return Change(row, DeliveryState.DELIVERED, billed=row.billed, code=parts[0].status)
    if fate is Fate.FAILED:
        word = parts[fates.index(Fate.FAILED)].status
        return Change(row, DeliveryState.FAILED, reason_of(word), billed=row.billed, code=word)
    state = row.state if row.state is DeliveryState.SILENT else DeliveryState.SUBMITTED
    return Change(row, state, billed=row.billed)


def _rows(gateway: str, receipts: Iterable[Receipt], now: datetime) -> list[dict[str, object]]:
    """One for each part, in one order, so that two who write them never wait for each other."""
    best: dict[tuple[str, int], Receipt] = {}
    for one in receipts:
        key = (one.gateway_id, one.part)
        if one.parts > MOST_PARTS:
            continue
        if key not in best or _rank(one) > _rank(best[key]):
            best[key] = one
    return [
        {
            "gateway": gateway,
            "gateway_id": one.gateway_id,
            "part": one.part,
            "parts": one.parts,
            "status": one.status,
            "rank": _rank(one),
            "at": one.at if abs(now - one.at) < KEPT * 52 + SLACK else now,
            "got_at": now,
        }
        for _, one in sorted(best.items())
    ]


def _rank(receipt: Receipt) -> int:
    return RANKS[fate_of(receipt.status)]
