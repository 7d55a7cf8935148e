"""Reviews that come round: the hour's look at which are due."""

from celery import shared_task

from app.access.dormant.reminding import remind_of_reviews
from app.core.clock import utcnow
from app.core.db import transaction


@shared_task(name="remind_of_reviews", expires=3000)  # type: ignore[untyped-decorator]
def call_for_reviews() -> None:
    """Safe to run twice and side by side: each 州 and 县市 is told once a round."""
    with transaction() as session:
        remind_of_reviews(session, now=utcnow())
