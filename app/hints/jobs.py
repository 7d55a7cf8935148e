"""The night's look through the books. A night that is missed is made good by the next hour."""

from celery import shared_task

from app.core.clock import utcnow
from app.core.db import transaction
from app.hints import service


@shared_task(name="recheck_books", expires=3000)  # type: ignore[untyped-decorator]
def recheck_books() -> None:
    """Safe to run twice and side by side: one looks, once a night."""
    with transaction() as session:
        service.recheck_if_due(session, now=utcnow())
