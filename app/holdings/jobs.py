"""The hourly sum of what was counted. A run that is missed is made good by the next."""

from celery import shared_task

from app.core.db import transaction
from app.holdings import service


@shared_task(name="sum_holdings", expires=3000)  # type: ignore[untyped-decorator]
def sum_holdings() -> None:
    """Safe to run twice and side by side."""
    with transaction() as session:
        service.add_up_counts(session)
