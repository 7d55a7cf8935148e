"""The hourly sweep of paper ledgers that nobody confirms."""

from celery import shared_task

from app.core.clock import utcnow
from app.core.db import transaction
from app.oldbooks import service


@shared_task(name="sweep_old_books", expires=3000)  # type: ignore[untyped-decorator]
def sweep_old_books() -> None:
    """Safe to run twice and side by side."""
    with transaction() as session:
        service.expire(session, now=utcnow())
