"""What administrators do: enter an address, change it, switch it, test it, send again."""

import json
import uuid
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.service import record
from app.core import clock, crypto
from app.core.actor import Actor
from app.core.db import after_commit
from app.core.errors import Fault
from app.identity.models import Unit
from app.identity.queries import scope_path, unit_by_code
from app.identity.types import NoSuchUnit
from app.webhooks import sending, signing, waking
from app.webhooks.addresses import Refused
from app.webhooks.models import Delivery, Endpoint
from app.webhooks.policy import can_keep
from app.webhooks.queries import access_endpoint, get_delivery
from app.webhooks.types import (
    LONGEST_NAME,
    MOST_ENDPOINTS,
    PING,
    AlreadyWaiting,
    BadEndpoint,
    EndpointState,
    EndpointTwice,
    Kind,
    NotSwitchedOn,
    NotYourEndpoint,
    StaleEndpoint,
    Told,
    TooManyEndpoints,
    Wanted,
)

RESTORED = "数据是从备份恢复的。备份以后送过的会用原来的编号再送一次。"
LOCK = 0x5EA1_0B48  # two who enter the same address at once


def add_endpoint(
    session: Session, *, actor: Actor, now: datetime, unit: str, wanted: Wanted
) -> tuple[Endpoint, str]:
    """It is told from now on. Answers the secret, which can be read this once.

    Raises: NoSuchUnit, NotYourEndpoint, BadEndpoint, EndpointTwice, TooManyEndpoints.
    """
    where = _access_unit(session, actor, unit)
    wanted = _judged(wanted)
    session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    _refuse_twice(session, where.id, wanted.url)
    count = session.scalar(select(func.count()).where(Endpoint.unit_id == where.id)) or 0
    if count >= MOST_ENDPOINTS:
        raise TooManyEndpoints
    secret = signing.new_secret()
    endpoint = Endpoint(
        unit_id=where.id,
        name=wanted.name,
        url=wanted.url,
        kinds=list(wanted.kinds),
        state=EndpointState.ON,
        secret_sealed=crypto.seal(secret),
        created_by_id=actor.person_id,
        created_at=now,
    )
    session.add(endpoint)
    session.flush()  # the event names it
    _record(session, actor, now, "webhook.added", endpoint, unit=where.code)
    return endpoint, secret


def change_endpoint(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    endpoint_id: int,
    version: int | None,
    wanted: Wanted,
) -> Endpoint:
    """Raises: EndpointNotFound, StaleEndpoint, BadEndpoint, EndpointTwice."""
    endpoint = _access(session, endpoint_id, actor, version)
    wanted = _judged(wanted)
    if wanted.url != endpoint.url:
        session.execute(select(func.pg_advisory_xact_lock(LOCK)))
        _refuse_twice(session, endpoint.unit_id, wanted.url)
    endpoint.name, endpoint.url, endpoint.kinds = wanted.name, wanted.url, list(wanted.kinds)
    endpoint.rev += 1
    _record(session, actor, now, "webhook.changed", endpoint)
    return endpoint


def switch_on(
    session: Session, *, actor: Actor, now: datetime, endpoint_id: int, version: int | None
) -> Endpoint:
    """What waited goes on; what happened meanwhile is not made up for.

    Raises: EndpointNotFound, StaleEndpoint.
    """
    endpoint = _access(session, endpoint_id, actor, version)
    endpoint.switch_on()
    _record(session, actor, now, "webhook.switched_on", endpoint)
    after_commit(session, waking.wake)
    return endpoint


def switch_off(
    session: Session, *, actor: Actor, now: datetime, endpoint_id: int, version: int | None
) -> Endpoint:
    """Nothing is sent from now on. Raises: EndpointNotFound, StaleEndpoint."""
    endpoint = _access(session, endpoint_id, actor, version)
    endpoint.switch_off()
    _record(session, actor, now, "webhook.switched_off", endpoint)
    return endpoint


def rotate_secret(
    session: Session, *, actor: Actor, now: datetime, endpoint_id: int, version: int | None
) -> tuple[Endpoint, str]:
    """A new secret, shown once; the old one signs beside it for a day.

    Raises: EndpointNotFound, StaleEndpoint.
    """
    endpoint = _access(session, endpoint_id, actor, version)
    secret = signing.new_secret()
    endpoint.rotate(secret, now)
    _record(session, actor, now, "webhook.rotated", endpoint)
    return endpoint, secret


def pause_all(session: Session, *, now: datetime) -> int:
    """After a restore: what is sent from a copy of the data, or a second time, is a person's to
    decide. Answers how many.
    """
    found = session.scalars(select(Endpoint).where(Endpoint.state == EndpointState.ON)).all()
    for endpoint in found:
        endpoint.pause(RESTORED, now)
    return len(found)


def ping(session: Session, *, actor: Actor, now: datetime, endpoint_id: int) -> Delivery:
    """试发: a message that says nothing, to see whether it arrives.

    Raises: EndpointNotFound, NotSwitchedOn, AlreadyWaiting.
    """
    endpoint = access_endpoint(session, endpoint_id, actor, can_keep)
    if endpoint.state is not EndpointState.ON:
        raise NotSwitchedOn(current=endpoint.state.value)
    waits = select(Delivery.id).where(
        Delivery.endpoint_id == endpoint.id, Delivery.kind == PING, Delivery.state == "waiting"
    )
    if session.scalar(waits.limit(1)) is not None:
        raise AlreadyWaiting(current="waiting")
    delivery = delivery_of(endpoint.id, Told(new_message(), PING, now, None, None, None, None), now)
    session.add(delivery)
    session.flush()  # the answer names it
    _record(session, actor, now, "webhook.pinged", endpoint)
    after_commit(session, waking.wake)
    return delivery


def replay(
    session: Session, *, actor: Actor, now: datetime, endpoint_id: int, delivery_id: int
) -> Delivery:
    """重发: the same message under the same id, whether it had arrived or not.

    Raises: EndpointNotFound, DeliveryNotFound, NotSwitchedOn, AlreadyWaiting.
    """
    endpoint = access_endpoint(session, endpoint_id, actor, can_keep)
    delivery = get_delivery(session, endpoint_id, delivery_id)
    if endpoint.state is not EndpointState.ON:
        raise NotSwitchedOn(current=endpoint.state.value)
    if delivery.is_waiting:
        raise AlreadyWaiting(current=delivery.state.value)
    delivery.replay(now)
    endpoint.next_at = None
    _record(session, actor, now, "webhook.replayed", endpoint, message=delivery.message)
    after_commit(session, waking.wake)
    return delivery


def new_message() -> str:
    return f"msg_{uuid.uuid4().hex}"


def delivery_of(endpoint_id: int, told: Told, now: datetime) -> Delivery:
    """The body is written once: each attempt signs the same bytes."""
    body = {
        "id": told.id,
        "type": told.type,
        "at": clock.local(told.at).isoformat(timespec="seconds"),
        "number": told.number,
        "process": told.process,
        "node": told.node,
        "state": told.state,
    }
    return Delivery(
        endpoint_id=endpoint_id,
        message=told.id,
        kind=told.type,
        number=told.number,
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        created_at=now,
        next_at=now,
    )


def _access(session: Session, endpoint_id: int, actor: Actor, version: int | None) -> Endpoint:
    endpoint = access_endpoint(session, endpoint_id, actor, can_keep)
    if version != endpoint.rev:
        raise StaleEndpoint(current=endpoint.state.value, version=endpoint.rev)
    return endpoint


def _access_unit(session: Session, actor: Actor, code: str) -> Unit:
    """Raises: NoSuchUnit for one out of sight, NotYourEndpoint."""
    if not can_keep(actor):
        raise NotYourEndpoint
    unit = unit_by_code(session, code.strip())
    if not unit.path.startswith(scope_path(session, actor)):
        raise NoSuchUnit
    return unit


def _judged(wanted: Wanted) -> Wanted:
    """Raises: BadEndpoint."""
    tidy = Wanted(
        wanted.name.strip(), wanted.url.strip(), [k for k in Kind if k in set(wanted.kinds)]
    )
    if faults := [*_faults(tidy, unknown=set(wanted.kinds) - set(Kind))]:
        raise BadEndpoint(faults)
    return tidy


def _faults(wanted: Wanted, *, unknown: set[str]) -> Iterator[Fault]:
    if not wanted.name:
        yield Fault("name", "required", "请写对方系统的名称，例如：县政务服务大厅叫号系统。")
    if len(wanted.name) > LONGEST_NAME:
        yield Fault("name", "too_long", f"名称最多 {LONGEST_NAME} 个字。")
    try:
        sending.check(wanted.url)
    except Refused as error:
        yield Fault("url", "url", str(error))
    if unknown or not wanted.kinds:
        yield Fault("kinds", "kinds", "请至少选一件要推送的事，只能选列出来的。")


def _refuse_twice(session: Session, unit_id: int, url: str) -> None:
    there = select(Endpoint.id).where(Endpoint.unit_id == unit_id, Endpoint.url == url)
    known = session.scalar(there)
    if known is not None:
        raise EndpointTwice(current="entered", webhook_id=known)


def _record(
    session: Session, actor: Actor, now: datetime, kind: str, endpoint: Endpoint, **more: object
) -> None:
    """Never the secret, nor the address: its end may hold a key of the reader's."""
    record(
        session,
        now=now,
        actor=actor,
        kind=kind,
        object=f"webhook:{endpoint.id}",
        data={"webhook": endpoint.name, "kinds": "、".join(endpoint.kinds), **more},
    )
