"""What administrators do: send again what did not arrive, open and close chats of units."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.audit.service import record
from app.core.actor import Actor
from app.core.crypto import seal
from app.core.errors import Fault
from app.identity.queries import find_unit_by_code, scope_path
from app.identity.types import UnitSucceeded
from app.notifications import chat, outside
from app.notifications.models import Channel, Delivery
from app.notifications.queries import access_channel, access_delivery
from app.notifications.types import (
    LONGEST_NAME,
    BadChannel,
    ChannelClosed,
    DeliveryMoved,
    DeliveryState,
)

AGAIN = (DeliveryState.FAILED, DeliveryState.DROPPED)


def send_again(
    session: Session, *, actor: Actor, now: datetime, delivery_id: int, seen: int | None
) -> Delivery:
    """All attempts anew. Raises: DeliveryNotFound, MayNotWatch, DeliveryMoved."""
    row = access_delivery(session, delivery_id, actor)
    if row.state not in AGAIN or seen != row.retries:
        raise DeliveryMoved(current=row.state.value)
    row.send_again(now)
    record(session, now=now, actor=actor, kind="delivery.retried", object=f"delivery:{row.id}")
    return row


def enter_channel(
    session: Session, *, actor: Actor, now: datetime, unit: str, name: str, url: str
) -> Channel:
    """A chat that people of the unit and below may choose; its address is seen no more.

    Raises: BadChannel.
    """
    name, url = " ".join(name.split()), url.strip()
    faults = []
    found = find_unit_by_code(session, unit.strip())
    if found is None or not found.path.startswith(scope_path(session, actor)):
        faults.append(Fault("unit", "unknown", "请填归您管的单位的代码。"))
    if not 0 < len(name) <= LONGEST_NAME:
        faults.append(Fault("name", "name", f"请给群聊起个名字，最多 {LONGEST_NAME} 个字。"))
    wrong = chat.fault_of(url, outside.current().chats)
    if wrong is not None:
        faults.append(wrong)
    if faults or found is None:
        raise BadChannel(faults)
    made = Channel(
        unit_id=found.id,
        name=name,
        url_sealed=seal(url),
        entered_by_id=actor.person_id,
        entered_at=now,
    )
    session.add(made)
    session.flush()  # the event names it
    _record(session, actor, "channel.entered", made, now)
    return made


def close_channel(
    session: Session, *, actor: Actor, now: datetime, channel_id: int, version: int | None
) -> Channel:
    """Nobody is told there any more. Raises: ChannelNotFound, MayNotWatch, ChannelClosed."""
    row = access_channel(session, channel_id, actor)
    if row.closed_at is not None or version != row.rev:
        raise ChannelClosed
    row.closed_at = now
    row.rev += 1
    _record(session, actor, "channel.closed", row, now)
    return row


def move_channels(session: Session, event: UnitSucceeded) -> None:
    """Its people talk there still, and choose it as people of the other unit."""
    session.execute(
        update(Channel)
        .where(Channel.unit_id == event.unit_id, Channel.closed_at.is_(None))
        .values(unit_id=event.successor_id, rev=Channel.rev + 1)
    )


def _record(session: Session, actor: Actor, kind: str, row: Channel, now: datetime) -> None:
    record(
        session,
        now=now,
        actor=actor,
        kind=kind,
        object=f"channel:{row.id}",
        data={"label": row.name},
    )
