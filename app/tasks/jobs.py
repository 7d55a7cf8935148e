"""The hourly sweep of reports. A run that is missed is made good by the next."""

from celery import shared_task

from app.core.clock import utcnow
from app.core.db import transaction
from app.tasks.service import batching


@shared_task(name="sweep_batches", expires=3000)  # type: ignore[untyped-decorator]
def sweep_batches() -> None:
    """Safe to run twice and side by side."""
    with transaction() as session:
        batching.sweep(session, now=utcnow())
