"""The pulse: beat sends it, whichever worker gets it writes it down."""

from celery import shared_task

from app.core.clock import utcnow
from app.core.db import transaction
from app.health import service


@shared_task(name="pulse", expires=30)  # type: ignore[untyped-decorator]
def pulse() -> None:
    with transaction() as session:
        service.beat(session, now=utcnow())
