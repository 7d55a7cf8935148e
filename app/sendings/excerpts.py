"""What stands in a bundle of one sending, as lines of CSV or JSON, read some rows at a time.

Each some have a transaction of their own: whoever takes a large bundle away slowly holds none open.
"""

import codecs
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.core import clock, crypto
from app.core.db import reading
from app.core.masking import masked
from app.core.sheets import as_csv_lines
from app.messaging.channels.states import REASONS, Reason
from app.messaging.types import OPERATORS, UNKNOWN_OPERATOR_LABEL, Operator
from app.recipients.models import Recipient
from app.sendings.models import Delivery, PartReceipt, SendingReply
from app.sendings.types import DELIVERY_STATES

STEP = 1_000
Line = Sequence[str]
NUMBERS = (
    *("序号", "手机号", "号码校验码", "区市", "运营商", "状态", "原因", "网关的原话", "条数"),
    *("计费条数", "网关编号", "提交次数", "提交时间", "有结果的时间"),
)
RECEIPTS = ("序号", "网关编号", "第几段", "共几段", "状态码", "运营商的时间", "收到的时间")
REPLIES = ("手机号", "回复", "退订", "时间", "收到的时间")


def numbers(sending_id: int, list_id: int) -> Iterator[bytes]:
    """Each number with what became of it, in the order of the list."""
    columns = (Recipient.n, Recipient.phone, Recipient.area, Recipient.operator, Delivery)

    def some(session: Session, after: int) -> list[tuple[int, Line]]:
        found = session.execute(
            select(*columns)
            .join(Delivery, (Delivery.sending_id == sending_id) & (Delivery.n == Recipient.n))
            .where(Recipient.list_id == list_id, Recipient.n > after)
            .order_by(Recipient.n)
            .limit(STEP)
        )
        return [(row[0], _number(*row)) for row in found]

    return _sheet(NUMBERS, some)


def receipts(sending_id: int, gateway: str) -> Iterator[bytes]:
    """The last word on each part, in the order of the list."""

    def some(session: Session, after: int) -> list[tuple[int, Line]]:
        wanted = (
            select(Delivery.n, Delivery.gateway_id)
            .where(Delivery.sending_id == sending_id, Delivery.n > after)
            .order_by(Delivery.n)
            .limit(STEP)
        )
        places = {given: n for n, given in session.execute(wanted)}
        last = max(places.values(), default=0)
        parts = session.scalars(
            select(PartReceipt).where(
                PartReceipt.gateway == gateway,
                PartReceipt.gateway_id.in_([one for one in places if one]),
            )
        )
        told = sorted(parts, key=lambda one: (places[one.gateway_id], one.part))
        lines = [(last, _receipt(places[one.gateway_id], one)) for one in told]
        return lines or ([(last, ())] if places else [])

    return _sheet(RECEIPTS, some)


def replies(sending_id: int) -> Iterator[bytes]:
    def some(session: Session, after: int) -> list[tuple[int, Line]]:
        found = session.scalars(
            select(SendingReply)
            .where(SendingReply.sending_id == sending_id, SendingReply.id > after)
            .order_by(SendingReply.id)
            .limit(STEP)
        )
        return [(one.id, _reply(one)) for one in found]

    return _sheet(REPLIES, some)


def log(chain: str, sending_id: int) -> Iterator[bytes]:
    """The chain of the ticket and the acts on the sending: a line of JSON each, with the hashes by
    which nothing can be left out of the chain.
    """
    last = 0
    while True:
        with reading() as session:
            found = session.scalars(
                select(Event)
                .where(
                    or_(Event.chain == chain, Event.object == f"sending:{sending_id}"),
                    Event.id > last,
                )
                .order_by(Event.id)
                .limit(STEP)
            ).all()
            lines = [json.dumps(_event(one), ensure_ascii=False) for one in found]
            last = found[-1].id if found else last
        if not lines:
            return
        yield "".join(f"{line}\n" for line in lines).encode()


def _sheet(heads: Line, some: Callable[[Session, int], list[tuple[int, Line]]]) -> Iterator[bytes]:
    """`some`: lines behind a place, each with its own; an empty line only says where to go on."""
    yield codecs.BOM_UTF8 + as_csv_lines([heads])
    after = 0
    while True:
        with reading() as session:
            rows = some(session, after)
        if not rows:
            return
        after = rows[-1][0]
        yield as_csv_lines([line for _, line in rows if line])


def _number(n: int, phone: bytes, area: str, operator: Operator | None, one: Delivery) -> Line:
    return (
        str(n),
        masked(crypto.unseal(phone).decode()),
        one.phone_ref.hex(),
        area,
        OPERATORS[operator] if operator else UNKNOWN_OPERATOR_LABEL,
        DELIVERY_STATES[one.state],
        REASONS[Reason(one.reason)] if one.reason else "",
        f"{one.code} {one.why}".strip(),
        str(one.segments),
        str(one.billed),
        one.gateway_id or "",
        str(one.tries),
        stamp(one.submitted_at),
        stamp(one.settled_at),
    )


def _receipt(n: int, one: PartReceipt) -> Line:
    times = (stamp(one.at), stamp(one.got_at))
    return (str(n), one.gateway_id, str(one.part), str(one.parts), one.status, *times)


def _reply(one: SendingReply) -> Line:
    return (
        masked(crypto.unseal(one.phone).decode()),
        crypto.unseal(one.text_sealed).decode(),
        "是" if one.is_refusal else "",
        stamp(one.at),
        stamp(one.got_at),
    )


def _event(one: Event) -> dict[str, object]:
    return {
        "chain": one.chain,
        "seq": one.seq,
        "at": clock.local(one.at).isoformat(),
        "kind": one.kind,
        "object": one.object,
        "actor": one.actor_name,
        "unit": one.unit_name,
        "prev_hash": one.prev_hash.hex(),
        "hash": one.hash.hex(),
    }


def stamp(moment: datetime | None) -> str:
    return f"{clock.local(moment):%Y-%m-%d %H:%M:%S}" if moment else ""
