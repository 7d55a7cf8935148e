"""The minute's counting. A run that is missed is made good by the next."""

import time

from celery import shared_task

from app.core.db import transaction
from app.insight import service

TURN_SECONDS = 30


@shared_task(name="count_closings", expires=55)  # type: ignore[untyped-decorator]
def count_closings() -> None:
    """Safe to run twice and side by side: one counts, and what is counted waits no more."""
    until = time.monotonic() + TURN_SECONDS
    while time.monotonic() < until:
        with transaction() as session:
            if not service.fold(session):
                return
