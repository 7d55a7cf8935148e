"""What the worker does, each act in transactions of its own."""

from collections.abc import Callable
from datetime import datetime

import structlog

from app.core.clock import utcnow
from app.core.db import transaction
from app.notifications import chat, mail, outside
from app.notifications.service import noting, sending
from app.notifications.types import MAIL, Parcel, Result, Sent

log = structlog.get_logger()


def tell_next() -> bool:
    """Tell people of one act; False: there is none."""
    with transaction() as session:
        claimed = noting.claim(session, utcnow())
    if claimed is None:
        return False
    try:
        with transaction() as session:
            noting.tell_of(session, claimed, utcnow())
    except Exception as error:
        log.exception("notifications.untold", untold_id=claimed)
        with transaction() as session:
            noting.note_failure(session, claimed, f"{type(error).__name__}: {error}")
    return True


def send_next(now: Callable[[], datetime] = utcnow) -> bool:
    """Send one message, outside of any transaction; False: nothing is due, or its line is down."""
    with transaction() as session:
        parcel = sending.claim(session, now())
    if parcel is None:
        return False
    result = _send(parcel)
    if result.sent is not Sent.DONE:
        log.warning("delivery.not_sent", line=parcel.line, outcome=result.sent.value)
    with transaction() as session:
        sending.settle(session, parcel, result, now())
    return True


def _send(parcel: Parcel) -> Result:
    ways = outside.current()
    if parcel.line != MAIL:
        return chat.send(parcel, ways.chats)
    if ways.smtp is None:
        return Result(Sent.DOWN, "没有设邮件服务器。")
    return mail.send(parcel, ways.smtp)
