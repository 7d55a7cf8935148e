"""The hourly sweep. A run that is missed is made good by the next."""

from celery import shared_task

from app.attachments import service
from app.core.clock import utcnow
from app.core.db import reading, transaction


@shared_task(name="sweep_attachments", expires=3000)  # type: ignore[untyped-decorator]
def sweep_attachments() -> None:
    """Safe to run twice and side by side."""
    with transaction() as session:
        service.sweep_rows(session, now=utcnow())
    with reading() as session:
        service.sweep_files(session)
