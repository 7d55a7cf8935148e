"""Deliveries: a message or the sweep wakes the job, the rows say what is due."""

from celery import shared_task

from app.core.clock import utcnow
from app.core.db import transaction
from app.webhooks import delivering, waking

SECONDS = 6  # then others have their turn; what is being sent by then ends within eight more


@shared_task(name="deliver_webhooks", expires=60)  # type: ignore[untyped-decorator]
def deliver_webhooks() -> None:
    """Safe to run twice and side by side. Addresses that are slow wait for the next sweep."""
    if delivering.work_off(SECONDS):
        waking.wake()


@shared_task(name="sweep_webhooks", expires=3000)  # type: ignore[untyped-decorator]
def sweep_webhooks() -> None:
    with transaction() as session:
        delivering.sweep(session, now=utcnow())
