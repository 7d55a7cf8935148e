"""What the clock does to the rules."""

from celery import shared_task

from app.core.clock import utcnow
from app.core.db import transaction
from app.rules import service


@shared_task(name="warn_of_rules", expires=3000)  # type: ignore[untyped-decorator]
def warn_of_rules() -> None:
    """Safe to run twice: each version is told of once for each of its days."""
    with transaction() as session:
        service.warn_of_ends(session, now=utcnow())
