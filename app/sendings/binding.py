"""What a sending is bound to from its opening on: its text and list, and each row by itself.

Keyed, and each with the token of its sending: whoever can write into the tables can neither make
one nor bring one from another row. So a batch proves its own rows and needs no other.
"""

import hmac
from collections.abc import Mapping, Sequence

from app.core import crypto
from app.messaging.audience.numbers import phone_ref
from app.messaging.text.binding import flat
from app.recipients.types import Written
from app.sendings.models import Delivery, Sending


def of_head(sending: Sending) -> bytes:
    return crypto.keyed_hash(
        [
            "sending",
            *(sending.token, sending.ticket, sending.list_id, sending.template_id),
            *(sending.unit_id, *flat(sending.texts), sending.total),
        ]
    )


def of_row(token: str, row: Written) -> bytes:
    """`segments` are what is billed for it."""
    values = dict(row.values)
    said = [row.n, row.phone, row.area, values, row.segments]
    return crypto.keyed_hash(["delivery", token, *said, *([row.operator] if row.operator else [])])


def change_of(
    sending: Sending, deliveries: Sequence[Delivery], written: Mapping[int, Written]
) -> str:
    """In words, what is another than it was when the sending was opened; nothing if all is."""
    if not hmac.compare_digest(of_head(sending), sending.bound):
        return "文字或者发送的设置"
    for one in deliveries:
        row = written.get(one.n)
        if row is None or not _is_as_opened(sending, one, row):
            return f"名单第 {one.n} 号"
    return ""


def _is_as_opened(sending: Sending, delivery: Delivery, row: Written) -> bool:
    return (
        hmac.compare_digest(of_row(sending.token, row), delivery.bound)
        and delivery.phone_ref == phone_ref(row.phone)
        and delivery.segments == row.segments
    )
