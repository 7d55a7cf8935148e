"""The hourly sweep of imports. A run that is missed is made good by the next."""

from celery import shared_task

from app.administration import service
from app.core.clock import utcnow
from app.core.db import transaction


@shared_task(name="sweep_imports", expires=3000)  # type: ignore[untyped-decorator]
def sweep_imports() -> None:
    """Safe to run twice and side by side."""
    with transaction() as session:
        service.sweep(session, now=utcnow())
