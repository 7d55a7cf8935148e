"""What people answer: kept once each, and who answers T or the like gets nothing any more.

An answer is told apart by the number that its gateway gave it, so one that comes again, by push or
by pull, changes nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from app.core import crypto
from app.messaging.audience.numbers import phone_ref
from app.messaging.audience.types import Block
from app.messaging.channels.types import Reply
from app.messaging.text import templates
from app.recipients import service as recipients
from app.sendings.models import Delivery, Sending, SendingReply
from app.sendings.types import TAKEN, DeliveryState

SLACK = timedelta(days=1)  # that a gateway's clock may be wrong by
OLDEST = timedelta(days=365)
# Whoever answers one of these had it in hand, whatever we know of it.
LEFT = TAKEN | {DeliveryState.UNKNOWN, DeliveryState.SUBMITTING}
Answered = Row[bytes, int, int, str]


def take(session: Session, gateway: str, replies: Iterable[Reply], *, now: datetime) -> int:
    """Keep them, and enter refusals as 退订; answers how many are new."""
    by_id = {one.id: one for one in replies}
    refs = {one.phone: phone_ref(one.phone) for one in by_id.values()}
    answered = _answered(session, gateway, refs.values())
    rows = [
        _row(gateway, one, answered.get(refs[one.phone]), now) for _, one in sorted(by_id.items())
    ]
    if not rows:
        return 0
    kept = insert(SendingReply).values(rows).on_conflict_do_nothing()
    new = session.scalars(kept.returning(SendingReply.gateway_id)).all()
    fresh = [by_id[one] for one in new if templates.is_refusal(by_id[one].text)]
    # In one order, so that two who enter the same numbers never wait for each other.
    for one in sorted(fresh, key=lambda each: refs[each.phone]):
        message = answered.get(refs[one.phone])
        recipients.block(
            session,
            phone=one.phone,
            kind=Block.REFUSED,
            source=f"短信回复“{one.text}”" + (f"，{message.ticket}" if message else ""),
            now=now,
        )
    return len(new)


def _answered(session: Session, gateway: str, refs: Iterable[bytes]) -> Mapping[bytes, Answered]:
    """The last message that each of these numbers got over this gateway."""
    rows = session.execute(
        select(Delivery.phone_ref, Delivery.sending_id, Sending.unit_id, Sending.ticket)
        .ext(distinct_on(Delivery.phone_ref))
        .join(Sending, Sending.id == Delivery.sending_id)
        .where(
            Delivery.phone_ref.in_(sorted(set(refs))),
            Delivery.state.in_(LEFT),
            Sending.gateway == gateway,
        )
        .order_by(Delivery.phone_ref, Delivery.sending_id.desc())
    )
    return {row.phone_ref: row for row in rows}


def _row(gateway: str, one: Reply, message: Answered | None, now: datetime) -> dict[str, object]:
    return {
        "gateway": gateway,
        "gateway_id": one.id,
        "phone": crypto.seal(one.phone),
        "text_sealed": crypto.seal(one.text),
        "is_refusal": templates.is_refusal(one.text),
        "sending_id": message.sending_id if message else None,
        "unit_id": message.unit_id if message else None,
        "at": one.at if -SLACK < now - one.at < OLDEST else now,
        "got_at": now,
    }
