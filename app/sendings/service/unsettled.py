"""What nobody knows the outcome of: marked 未知 in time, and settled by asking the gateway.

A message is asked about only when it cannot be on its way any more. What the gateway never saw may
then be handed over, as it never was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.core.db import reading, transaction
from app.messaging import channels
from app.messaging.channels.types import GatewaySilent, Submitted
from app.sendings.models import Delivery, Sending
from app.sendings.service import ending, receipts, submitting
from app.sendings.service.moving import Change, move
from app.sendings.service.submitting import Moment, database_now
from app.sendings.types import MOST_REASON, SILENT_AFTER, DeliveryState

log = structlog.get_logger()

LEASE = timedelta(minutes=2)  # longer than any submission takes, whatever the gateway does
ASKED_EVERY = timedelta(minutes=5)
MOST = 1_000  # rows of one sending in one act
CUT_OFF = "提交它的进程在中途断了。"


@dataclass(frozen=True)
class Question:
    """What the gateway is asked of one sending: keys by n."""

    sending_id: int
    gateway: str
    keys: Mapping[int, str]


def sweep(moment: Moment = database_now) -> None:
    """All that only time does: cut-off submissions, look-ups, receipts that never came, ends."""
    with reading() as session:
        ids = session.scalars(select(Sending.id).where(Sending.ended_at.is_(None))).all()
    for sending_id in ids:
        with transaction() as session:
            give_up_hanging(session, sending_id, moment(session))
        look_up(sending_id, moment)
        with transaction() as session:
            sending = session.get_one(Sending, sending_id, with_for_update=True)
            ending.end_if_over(session, sending, moment(session))
    with transaction() as session:
        receipts.match(session, now=moment(session))
    while _silence(moment):
        pass


def give_up_hanging(session: Session, sending_id: int, now: datetime) -> int:
    """What was being handed over for longer than it can take is 未知."""
    sending = session.get_one(Sending, sending_id, with_for_update=True)
    rows = session.scalars(
        select(Delivery)
        .where(
            Delivery.sending_id == sending_id,
            Delivery.state == DeliveryState.SUBMITTING,
            ~Delivery.submitted_at.between(now - LEASE, now),
        )
        .limit(MOST)
    ).all()
    changes = [Change(one, DeliveryState.UNKNOWN, why=CUT_OFF) for one in rows]
    move(session, sending, changes, now)
    return len(rows)


def look_up(sending_id: int, moment: Moment = database_now) -> int:
    """Ask the gateway what became of unknown ones; answers how many are settled now."""
    with transaction() as session:
        question = _ask(session, sending_id, moment(session))
    if question is None:
        return 0
    try:
        with reading() as session:
            now = moment(session)
        told = channels.channel(question.gateway).look_up(list(question.keys.values()), now)
    except GatewaySilent as error:
        log.info("sending.gateway_silent", gateway=question.gateway)
        with transaction() as session:
            sending = session.get_one(Sending, sending_id, with_for_update=True)
            sending.asked_note = error.text[:MOST_REASON]
        return 0
    with transaction() as session:
        return _settle(session, question, told, moment(session))


def _ask(session: Session, sending_id: int, now: datetime) -> Question | None:
    """Those whose turn it is; that they are being asked about is noted first."""
    sending = session.get_one(Sending, sending_id, with_for_update=True)
    if sending.ended_at is not None or sending.gateway not in channels.names():
        return None
    rows = session.scalars(
        _unknown(sending, now).limit(channels.channel(sending.gateway).most)
    ).all()
    for one in rows:
        one.looked_at = now
    keys = {one.n: sending.key(one.n) for one in rows}
    return Question(sending.id, sending.gateway, keys) if keys else None


def _unknown(sending: Sending, now: datetime) -> Select[Delivery]:
    """Those not asked about lately, or not since a person wanted to know."""
    looked = Delivery.looked_at
    due = looked.is_(None) | ~looked.between(now - ASKED_EVERY, now)
    if sending.asked_at is not None:
        due |= looked < sending.asked_at
    return (
        select(Delivery)
        .where(
            Delivery.sending_id == sending.id,
            Delivery.state == DeliveryState.UNKNOWN,
            ~Delivery.submitted_at.between(now - LEASE, now),
            due,
        )
        .order_by(looked.nulls_first(), Delivery.n)
    )


def _settle(
    session: Session, question: Question, told: Mapping[str, Submitted], now: datetime
) -> int:
    sending = session.get_one(Sending, question.sending_id, with_for_update=True)
    rows: Sequence[Delivery] = session.scalars(
        select(Delivery).where(
            Delivery.sending_id == sending.id,
            Delivery.n.in_(question.keys),
            Delivery.state == DeliveryState.UNKNOWN,
        )
    ).all()
    found = [(row, told[sending.key(row.n)]) for row in rows if sending.key(row.n) in told]
    sending.asked_note = f"问了 {len(question.keys)} 条，查清 {len(found)} 条。"
    if sending.ended_at is None:
        submitting.settle(session, sending, found, now)
    return len(found)


def _silence(moment: Moment) -> bool:
    """Taken three days ago and no word since. The latest word of a receipt still counts then."""
    with transaction() as session:
        now = moment(session)
        late = Delivery.submitted_at <= now - SILENT_AFTER
        sending_id = session.scalars(
            select(Delivery.sending_id)
            .where(Delivery.state == DeliveryState.SUBMITTED, late)
            .order_by(Delivery.submitted_at)
            .limit(1)
        ).first()
        if sending_id is None:
            return False
        sending = session.get_one(Sending, sending_id, with_for_update=True)
        rows = session.scalars(
            select(Delivery)
            .where(
                Delivery.sending_id == sending_id,
                Delivery.state == DeliveryState.SUBMITTED,
                late,
            )
            .limit(MOST)
        ).all()
        changes = [
            Change(one, DeliveryState.SILENT, billed=one.billed, why="72 小时没有回执")
            for one in rows
        ]
        move(session, sending, changes, now)
        return bool(rows)
