"""What REST leaves to be done by the clock."""

from celery import shared_task

from app.api import service
from app.core.clock import utcnow
from app.core.db import transaction


@shared_task(name="forget_keys", expires=600)  # type: ignore[untyped-decorator]
def forget_keys() -> None:
    """Safe to run twice: what is gone stays gone."""
    with transaction() as session:
        service.forget_keys(session, now=utcnow())
