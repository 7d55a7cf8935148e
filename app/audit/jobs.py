"""The minute's seal. A run that is missed is made good by the next."""

from celery import shared_task

from app.audit import service
from app.audit.sources import joined
from app.core.clock import utcnow
from app.core.db import reading, transaction


@shared_task(name="seal_audit", expires=55)  # type: ignore[untyped-decorator]
def seal_audit() -> None:
    """Safe to run twice and side by side: one seals, the file says what it has."""
    with transaction() as session:
        service.seal(session, now=utcnow())
    with reading() as session:
        service.export(session, joined().folder)
