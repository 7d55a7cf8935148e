"""Taking a batch, handing it to the gateway, and booking what the gateway said.

That a message is being handed over is committed before a byte of it leaves. A worker that dies in
between leaves it so, and it becomes 未知: nobody can say whether it went, so it never goes again by
itself. No transaction is open while the gateway takes its time.
"""

import math
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.audit.types import Result
from app.core import clock
from app.core.db import reading, transaction
from app.messaging import channels
from app.messaging.audience.types import Block
from app.messaging.channels.states import cause_of, reason_of
from app.messaging.channels.types import Message, Outcome, Submitted
from app.messaging.checks import MOST_TOLD
from app.messaging.hours import may_send
from app.messaging.queries import words_in
from app.messaging.text import templates
from app.recipients import queries as recipients
from app.recipients.types import Written
from app.sendings import binding, policy
from app.sendings.models import Delivery, GatewayMark, Sending
from app.sendings.queries import standing_of
from app.sendings.service import capping, ending
from app.sendings.service.moving import Change, mark, move
from app.sendings.types import MOST_REASON, OPEN, DeliveryState, SendingState

log = structlog.get_logger()

QUIET = timedelta(seconds=15)  # after a gateway took nothing
MOST_UNKNOWN = 500  # of one sending; then a person looks before more go the same way
BATCH_SECONDS = 2  # of the rate
SPAN = 1_000  # of the list, read for one batch
NAP = 0.05  # seconds between two looks while the rate is used up
BLOCKED = {
    Block.REFUSED: DeliveryState.UNSUBSCRIBED,
    Block.BLACKLISTED: DeliveryState.BLACKLISTED,
    Block.WRONG_NUMBER: DeliveryState.WRONG_NUMBER,
}
NOT_TAKEN = "HTTP"  # begins the code of a request that was refused as a whole
Moment = Callable[[Session], datetime]


@dataclass(frozen=True)
class Batch:
    """What is committed as being handed over, since when."""

    id: str
    sending_id: int
    gateway: str
    at: datetime
    messages: Mapping[int, Message]


def database_now(session: Session) -> datetime:
    """One clock for all workers, wherever they run; moved as ours is."""
    found: datetime = session.scalars(select(func.clock_timestamp())).one()
    return found + clock.offset()


def work_off(seconds: float, moment: Moment = database_now) -> bool:
    """Send what may go, for so many seconds; answers whether there is more for now."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not turn(moment):
            if not is_due(moment):
                return False
            time.sleep(NAP)  # the rate says when it goes on, this only saves asking
    return is_due(moment)


def turn(moment: Moment = database_now) -> bool:
    """One batch, from the table to the table. False where none may go now."""
    with transaction() as session:
        batch = claim(session, moment(session))
    if batch is None:
        return False
    hand_over(batch, moment)
    return True


def hand_over(batch: Batch, moment: Moment) -> None:
    if batch.messages:
        messages = list(batch.messages.values())
        told = channels.channel(batch.gateway).submit(batch.id, messages, batch.at)
        with transaction() as session:
            book(session, batch, told, moment(session))


def is_due(moment: Moment = database_now) -> bool:
    with reading() as session:
        now = moment(session)
        return session.scalars(_due(now, _open_units(session, now))).first() is not None


def claim(session: Session, now: datetime) -> Batch | None:
    """The next numbers of the sending that waited longest, marked as being handed over.

    An empty batch: all that was looked at is blocked, or the sending has ended. None: nothing may
    go now.
    """
    due = _due(now, _open_units(session, now))
    sending = session.scalars(due.with_for_update(skip_locked=True)).first()
    if sending is None:
        return None
    if not sending.gateway:
        sending.take_gateway(channels.first())
    if sending.state is SendingState.READY:
        _begin(session, sending, now)
    rows = _next(session, sending)
    written = _written(session, sending, rows)
    if change := binding.change_of(sending, rows, written):
        _void(session, sending, change, now)
        return Batch("", sending.id, sending.gateway, now, {})
    left_out = _left_out(session, sending, rows, now)
    changes = [Change(one, left_out[one.n]) for one in rows if one.n in left_out]
    free = [one for one in rows if one.n not in left_out]
    if free and not _has_rate(session, sending, sum(one.segments for one in free), now):
        return None
    messages = _messages(sending, free, written)
    if said := words_in(session, *(one.text for one in messages.values())):
        _hold(session, sending, said, now)
        return Batch("", sending.id, sending.gateway, now, {})
    batch = Batch(uuid.uuid4().hex, sending.id, sending.gateway, now, messages)
    move(session, sending, changes, now)
    if free:
        sending.submitted_at, sending.quiet_until, sending.reason = now, None, ""
        mark(session, sending, free, batch.id, now)
    else:
        ending.end_if_over(session, sending, now)
    return batch


def book(session: Session, batch: Batch, told: Mapping[str, Submitted], now: datetime) -> None:
    """Write down what the gateway said of each. What is not of this attempt any more stays."""
    sending = session.get_one(Sending, batch.sending_id, with_for_update=True)
    rows = session.scalars(
        select(Delivery)
        .where(
            Delivery.sending_id == sending.id,
            Delivery.n.in_(batch.messages),
            Delivery.batch == batch.id,
            Delivery.state == DeliveryState.SUBMITTING,
        )
        .execution_options(populate_existing=True)
    ).all()
    settle(session, sending, [(row, told[sending.key(row.n)]) for row in rows], now)


def settle(
    session: Session,
    sending: Sending,
    told: Sequence[tuple[Delivery, Submitted]],
    now: datetime,
) -> None:
    """What outcomes make of messages that were handed over, or looked up later."""
    move(session, sending, [_change(sending, row, one) for row, one in told], now)
    _brake(session, sending, [one for _, one in told], now)
    ending.end_if_over(session, sending, now)


def _change(sending: Sending, row: Delivery, one: Submitted) -> Change:
    if one.outcome is Outcome.ACCEPTED:
        return Change(row, DeliveryState.SUBMITTED, billed=row.segments, gateway_id=one.gateway_id)
    if one.outcome is Outcome.UNKNOWN:
        return Change(row, DeliveryState.UNKNOWN, why=one.why)
    if one.outcome is Outcome.UNSENT or one.code.startswith(NOT_TAKEN):
        is_over = sending.state is SendingState.STOPPED
        after = DeliveryState.WITHDRAWN if is_over else DeliveryState.WAITING
        return Change(row, after, code=one.code, why=one.why)
    return Change(row, DeliveryState.REFUSED, reason_of(one.code), code=one.code, why=one.why)


def _brake(session: Session, sending: Sending, told: Sequence[Submitted], now: datetime) -> None:
    """A gateway that refuses whole requests, or leaves too much open, gets no more by itself."""
    if not sending.is_open:
        return
    refused = next((one.code for one in told if one.code.startswith(NOT_TAKEN)), "")
    unknown = standing_of(session, sending).count(DeliveryState.UNKNOWN)
    if refused:
        _pause(sending, f"{cause_of(refused)}，这一批没有发出。请运维处理好以后再继续。", now)
    elif unknown >= MOST_UNKNOWN:
        _pause(sending, f"有 {unknown} 条网关没有说清，请先查询，再继续。", now)
    elif any(one.outcome in {Outcome.UNSENT, Outcome.UNKNOWN} for one in told):
        sending.quiet_until = now + QUIET
        unsent = next((one.why for one in told if one.outcome is Outcome.UNSENT), "")
        sending.reason = unsent[:MOST_REASON]  # nothing is lost, and whoever looks knows why


def _void(session: Session, sending: Sending, change: str, now: datetime) -> None:
    """Somebody wrote into the tables. Whoever goes on without mending it is stopped again."""
    told = f"{change}和批准时不一样，这一批没有发出。请先查清；没有查清就停止，重新申请。"
    _pause_on_record(session, sending, "sending.changed", told, now)


def _hold(session: Session, sending: Sending, said: Sequence[str], now: datetime) -> None:
    """The list of words is longer than when this was approved. Whoever goes on without a change
    of it is stopped again.
    """
    told = (
        f"短信里有不发的词：{'、'.join(said[:MOST_TOLD])}。没有发出。请停止，"
        "换一个备案过的模板或者改好名单重新申请；词写错了的，先改词表再继续。"
    )
    _pause_on_record(session, sending, "sending.held", told, now)


def _pause_on_record(
    session: Session, sending: Sending, kind: str, told: str, now: datetime
) -> None:
    _pause(sending, told, now)
    audit.record(
        session,
        now=now,
        actor=None,
        kind=kind,
        object=f"sending:{sending.id}",
        data={"ticket": sending.ticket, "reason": told},
        result=Result.REFUSED,
    )


def _pause(sending: Sending, reason: str, now: datetime) -> None:
    log.warning("sending.braked", sending_id=sending.id)
    if sending.state is SendingState.RUNNING:
        sending.pause_for(reason, now)


def _open_units(session: Session, now: datetime) -> list[int]:
    """Those with something to send whose hours it is."""
    units = session.scalars(
        select(Sending.unit_id)
        .where(Sending.ended_at.is_(None), Sending.state.in_(OPEN), Sending.not_before <= now)
        .distinct()
    )
    return [one for one in units.all() if may_send(session, one, now)]


def _due(now: datetime, units: Sequence[int]) -> Select[Sending]:
    waits = exists().where(
        Delivery.sending_id == Sending.id, Delivery.state == DeliveryState.WAITING
    )
    return (
        select(Sending)
        .where(
            Sending.ended_at.is_(None),
            Sending.state.in_(OPEN),
            Sending.not_before <= now,
            Sending.unit_id.in_(units),
            Sending.gateway.in_(_usable()),
            _may_ask(now),
            waits,
        )
        .order_by(Sending.submitted_at.nulls_first(), Sending.id)
        .limit(1)
    )


def _usable() -> list[str]:
    """Those that are set; with them also what was opened while there was none."""
    names = channels.names()
    return [*names, ""] if names else []


def _may_ask(now: datetime) -> ColumnElement[bool]:
    """Also when the pause was written before the clock went back."""
    quiet = Sending.quiet_until
    return quiet.is_(None) | (quiet <= now) | (quiet > now + QUIET)


def _next(session: Session, sending: Sending) -> Sequence[Delivery]:
    """The next ones in the order of the list, as many as a submission and the rate allow."""
    most = channels.channel(sending.gateway).most
    rows = session.scalars(
        select(Delivery)
        .where(Delivery.sending_id == sending.id, Delivery.state == DeliveryState.WAITING)
        .order_by(Delivery.n)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    left = sending.rate * BATCH_SECONDS or math.inf
    found: list[Delivery] = []
    for one in rows:
        left -= one.segments
        if found and (left < 0 or one.n >= found[0].n + SPAN):
            break
        found.append(one)
    return found


def _begin(session: Session, sending: Sending, now: datetime) -> None:
    """Its time counts from here: what the gateway could have taken before is nobody's."""
    sending.begin(now)
    session.execute(
        insert(GatewayMark).values(name=sending.gateway, used_until=now).on_conflict_do_nothing()
    )
    row = session.get_one(GatewayMark, sending.gateway, with_for_update=True)
    row.used_until = max(row.used_until, now)


def _has_rate(session: Session, sending: Sending, segments: int, now: datetime) -> bool:
    """Of all sendings over this gateway together; noted if it may go."""
    if not sending.rate:
        return True
    row = session.get_one(GatewayMark, sending.gateway, with_for_update=True)
    row.used_until, may = policy.used_until(row.used_until, segments, sending.rate, now)
    return may


def _left_out(
    session: Session, sending: Sending, rows: Sequence[Delivery], now: datetime
) -> dict[int, DeliveryState]:
    """Who gets nothing, and why: asked at the last moment, since people unsubscribe meanwhile."""
    blocked = recipients.blocked_refs(session, [one.phone_ref for one in rows])
    found = {one.n: BLOCKED[blocked[one.phone_ref]] for one in rows if one.phone_ref in blocked}
    free = {one.phone_ref: one.n for one in rows if one.n not in found}
    capped = capping.capped_refs(session, sending, free, now)
    return found | {free[ref]: DeliveryState.TOO_OFTEN for ref in capped}


def _written(session: Session, sending: Sending, rows: Sequence[Delivery]) -> dict[int, Written]:
    """What the frozen list says of them."""
    if not rows:
        return {}
    wanted, first = {one.n for one in rows}, rows[0].n
    found = recipients.after(session, sending.list_id, first - 1, rows[-1].n - first + 1)
    return {one.n: one for one in found if one.n in wanted}


def _messages(
    sending: Sending, rows: Sequence[Delivery], written: Mapping[int, Written]
) -> Mapping[int, Message]:
    """The texts, put together by the one function that does; of each the one that its operator has
    on file.
    """
    texts = sending.texts

    def message(row: Written) -> Message:
        filed = texts[row.operator]
        text = templates.compose(filed.signature, filed.body, row.values)
        return Message(sending.key(row.n), row.phone, text)

    return {one.n: message(written[one.n]) for one in rows}
