"""The worker's part: make deliveries of what happened, and send what is due.

Each attempt is counted in a transaction of its own before it is made, and no transaction is open
while another system takes its time. One address is in the hands of one thread at a time, so its
messages go in their order; some threads take only addresses that answer quickly.
"""

import contextvars
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    delete,
    exists,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session, aliased

from app.audit.service import record
from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.identity.models import Unit
from app.processes.models import Instance, ProcessVersion
from app.webhooks import sending, signing
from app.webhooks.models import Delivery, Endpoint, News
from app.webhooks.sending import Answer
from app.webhooks.service import delivery_of
from app.webhooks.types import KEPT, MOST_TRIES, DeliveryState, EndpointState, Told

log = structlog.get_logger()

MOST_NEWS = 200  # in one transaction
BURST = 2.0  # seconds of one address before others have their turn
SLOW_AT_ONCE = 2  # addresses
LEASE = timedelta(seconds=30)  # longer than any attempt
QUICK_ONLY = (True, True, False, False)  # threads: half of them never meet a slow address


@dataclass(frozen=True)
class Attempt:
    """What a request needs, read out before it is made."""

    endpoint_id: int
    delivery_id: int
    tries: int
    url: str
    headers: Mapping[str, str]
    body: bytes


def work_off(seconds: float) -> bool:
    """Both, for so many seconds; answers whether quick addresses have something left."""
    until = time.monotonic() + seconds
    while spread() and time.monotonic() < until:
        pass
    if not _is_due(quick_only=False):
        return False
    with ThreadPoolExecutor(len(QUICK_ONLY)) as pool:
        lanes = [
            pool.submit(contextvars.copy_context().run, send, until, quick_only=quick)
            for quick in QUICK_ONLY
        ]
    for lane in lanes:
        lane.result()
    return _is_due(quick_only=True)


def spread() -> bool:
    """Make deliveries of the oldest news; answers whether there may be more."""
    with transaction() as session:
        return spread_within(session)


def spread_within(session: Session) -> bool:
    found = session.scalars(
        select(News).order_by(News.id).limit(MOST_NEWS).with_for_update(skip_locked=True)
    ).all()
    if not found:
        return False
    rows = list(_deliveries(session, [item for news in found for item in news.items]))
    if rows:
        session.execute(pg_insert(Delivery).on_conflict_do_nothing(), rows)
    session.execute(delete(News).where(News.id.in_([news.id for news in found])))
    return len(found) == MOST_NEWS


def send(until: float, *, quick_only: bool) -> int:
    """Take one address after the other until then; answers how many requests were made."""
    count = 0
    while time.monotonic() < until:
        endpoint_id = _lease(quick_only=quick_only)
        if endpoint_id is None:
            break
        try:
            count += _burst(endpoint_id, min(until, time.monotonic() + BURST))
        finally:
            _release(endpoint_id)
    return count


def sweep(session: Session, *, now: datetime) -> None:
    session.execute(delete(Delivery).where(Delivery.done_at < now - KEPT))


def _deliveries(session: Session, items: Sequence[Mapping[str, Any]]) -> Any:
    """A row for each address that wants to hear it and whose unit's tree the ticket lies in."""
    endpoints = session.execute(
        select(Endpoint.id, Endpoint.kinds, Endpoint.created_at, Unit.path)
        .join(Unit, Unit.id == Endpoint.unit_id)
        .where(Endpoint.state == EndpointState.ON)
        .order_by(Endpoint.id)
    ).all()
    tickets = _tickets(session, {item["instance"] for item in items}) if endpoints else {}
    now = utcnow()
    for item in items:
        ticket = tickets.get(item["instance"])
        for endpoint in endpoints:
            wanted = item["type"] in endpoint.kinds
            if ticket is not None and wanted and ticket.path.startswith(endpoint.path):
                made = delivery_of(endpoint.id, _told(item, ticket), now)
                yield {
                    **{name: getattr(made, name) for name in _COLUMNS},
                    "state": DeliveryState.WAITING,
                    "tries": 0,
                    "replays": 0,
                }


_COLUMNS = ("endpoint_id", "message", "kind", "number", "body", "created_at", "next_at")


def _tickets(session: Session, ids: set[int]) -> dict[int, Row[*tuple[Any, ...]]]:
    rows = session.execute(
        select(Instance.id, Instance.number, ProcessVersion.key, Unit.path)
        .join(ProcessVersion, ProcessVersion.id == Instance.version_id)
        .join(Unit, Unit.id == Instance.unit_id)
        .where(Instance.id.in_(ids), ~Instance.is_confidential)
    )
    return {row.id: row for row in rows}


def _told(item: Mapping[str, Any], ticket: Row[*tuple[Any, ...]]) -> Told:
    return Told(
        id=item["id"],
        type=item["type"],
        at=datetime.fromisoformat(item["at"]),
        number=ticket.number,
        process=ticket.key,
        node=item.get("node") or None,
        state=item.get("state"),
    )


def _is_due(*, quick_only: bool) -> bool:
    with reading() as session:
        return session.execute(_due_endpoints(utcnow(), quick_only).limit(1)).first() is not None


def _due_endpoints(now: datetime, quick_only: bool) -> Select[Endpoint]:
    """Whose turn it is: the one that was tried longest ago first."""
    waits = exists().where(Delivery.endpoint_id == Endpoint.id, _is_waiting(now))
    statement = select(Endpoint).where(
        Endpoint.state == EndpointState.ON,
        _has_come(Endpoint.next_at, Endpoint.tried_at, now),
        or_(Endpoint.leased_until.is_(None), ~_is_leased(now)),
        waits,
    )
    may_be_slow = false() if quick_only else _slow_in_hand(now) < SLOW_AT_ONCE
    statement = statement.where(or_(~Endpoint.is_slow, may_be_slow))
    return statement.order_by(Endpoint.is_slow, Endpoint.tried_at.nulls_first(), Endpoint.id)


def _slow_in_hand(now: datetime) -> ScalarSelect[int]:
    """Of all workers together: else each message that wakes one would bind it to another."""
    other = aliased(Endpoint)
    leased = other.leased_until.between(now, now + LEASE)
    return select(func.count()).where(other.is_slow, leased).scalar_subquery()


def _is_waiting(now: datetime) -> ColumnElement[bool]:
    since = func.coalesce(Delivery.tried_at, Delivery.created_at)
    return (Delivery.state == DeliveryState.WAITING) & _has_come(Delivery.next_at, since, now)


def _has_come(at: Any, since: Any, now: datetime) -> ColumnElement[bool]:
    """Also if the pause began in the future: the clock went back meanwhile."""
    return or_(at.is_(None), at <= now, since > now)


def _is_leased(now: datetime) -> ColumnElement[bool]:
    return Endpoint.leased_until.between(now, now + LEASE)


def _lease(*, quick_only: bool) -> int | None:
    with transaction() as session:
        now = utcnow()
        due = (
            _due_endpoints(now, quick_only).limit(1).with_for_update(of=Endpoint, skip_locked=True)
        )
        endpoint = session.scalars(due).first()
        if endpoint is None:
            return None
        endpoint.tried_at, endpoint.leased_until = now, now + LEASE
        return endpoint.id


def _release(endpoint_id: int) -> None:
    with transaction() as session:
        endpoint = session.get(Endpoint, endpoint_id, with_for_update=True)
        if endpoint is not None:
            endpoint.leased_until = None


def _burst(endpoint_id: int, until: float) -> int:
    """Its messages one after the other; it ends when it is silent or has had its time."""
    count = 0
    while attempt := _begin(endpoint_id):
        answer = sending.post(attempt.url, attempt.headers, attempt.body)
        count += 1
        if not _note(attempt, answer) or time.monotonic() >= until:
            break
    return count


def _begin(endpoint_id: int) -> Attempt | None:
    """Count the next attempt at this address, and renew the lease."""
    with transaction() as session:
        now = utcnow()
        endpoint = session.get_one(Endpoint, endpoint_id, with_for_update=True)
        if endpoint.state is not EndpointState.ON:
            return None
        due = (
            select(Delivery)
            .where(Delivery.endpoint_id == endpoint_id, _is_waiting(now))
            .order_by(Delivery.next_at, Delivery.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        delivery = session.scalars(due).first()
        while delivery is not None and delivery.tries >= MOST_TRIES:
            delivery.give_up(now)  # the last attempt ended its process
            session.flush()
            delivery = session.scalars(due).first()
        if delivery is None:
            return None
        delivery.begin(now)
        endpoint.leased_until = now + LEASE
        body = delivery.body.encode()
        return Attempt(
            endpoint_id,
            delivery.id,
            delivery.tries,
            endpoint.url,
            signing.headers(endpoint.secrets(now), delivery.message, int(now.timestamp()), body),
            body,
        )


def _note(attempt: Attempt, answer: Answer) -> bool:
    """Write down what came of it; answers whether this address may have its next message."""
    with transaction() as session:
        now = utcnow()
        endpoint = session.get_one(Endpoint, attempt.endpoint_id, with_for_update=True)
        delivery = session.scalars(
            select(Delivery)
            .where(
                Delivery.id == attempt.delivery_id,
                Delivery.tries == attempt.tries,
                Delivery.state == DeliveryState.WAITING,
            )
            .with_for_update()
        ).first()
        if answer.is_good and answer.status is not None:
            endpoint.heard(answer.took_ms)
            if delivery is not None:
                delivery.delivered(answer.status, answer.took_ms, now)
            return True
        if delivery is not None:
            delivery.failed(answer.error, answer.status, answer.took_ms, now)
        was_on = endpoint.state is EndpointState.ON
        endpoint.failed(answer.error, now, pause=answer.pause, took_ms=answer.took_ms)
        if answer.status == sending.GONE and endpoint.state is EndpointState.ON:
            endpoint.pause("对方答 410：这个地址不再使用。", now)
        if was_on and endpoint.state is EndpointState.PAUSED:
            _tell_of_pause(session, endpoint, now)
        return answer.pause is None


def _tell_of_pause(session: Session, endpoint: Endpoint, now: datetime) -> None:
    log.warning("webhook.paused", endpoint_id=endpoint.id)
    record(
        session,
        now=now,
        actor=None,
        kind="webhook.paused",
        object=f"webhook:{endpoint.id}",
        data={"webhook": endpoint.name, "cause": endpoint.paused_why},
    )
