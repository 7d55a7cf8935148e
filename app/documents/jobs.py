"""The hourly sweep of prints. A run that is missed is made good by the next."""

from celery import shared_task

from app.core.clock import utcnow
from app.core.db import transaction
from app.documents import batches, copies


@shared_task(name="sweep_prints", expires=3000)  # type: ignore[untyped-decorator]
def sweep_prints() -> None:
    """Safe to run twice and side by side."""
    with transaction() as session:
        copies.sweep(session, now=utcnow())
        batches.sweep(session, now=utcnow())
