"""Sending, receipts, and what only time does: a message or the sweep wakes them, the rows say what
is due. Each is safe to run twice and side by side.
"""

import structlog
from celery import shared_task

from app.core.clock import utcnow
from app.core.db import transaction
from app.messaging import channels
from app.messaging.channels.types import GatewaySilent
from app.sendings import waking
from app.sendings.service import pulling, receipts, submitting, unsettled

log = structlog.get_logger()

SECONDS = 6  # then others have their turn


@shared_task(name="send_messages", expires=60)  # type: ignore[untyped-decorator]
def send_messages() -> None:
    if submitting.work_off(SECONDS):
        waking.wake()


@shared_task(name="settle_messages", expires=10)  # type: ignore[untyped-decorator]
def settle_messages() -> None:
    """A gateway that is silent does not keep the others from telling."""
    for name in channels.names():
        try:
            pulling.pull(name, utcnow())
        except GatewaySilent:
            log.info("receipts.silent", gateway=name)
    unsettled.sweep()


@shared_task(name="forget_receipts", expires=3000)  # type: ignore[untyped-decorator]
def forget_receipts() -> None:
    with transaction() as session:
        receipts.forget(session, utcnow())
