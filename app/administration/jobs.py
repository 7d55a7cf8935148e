"""The hourly sweep of imports, and units on their day. A run that is missed is made good."""

from celery import shared_task

from app.administration import service
from app.core.clock import utcnow
from app.core.db import transaction


@shared_task(name="sweep_imports", expires=3000)  # type: ignore[untyped-decorator]
def sweep_imports() -> None:
    """Safe to run twice and side by side."""
    with transaction() as session:
        service.sweep(session, now=utcnow())


@shared_task(name="reorganise", expires=50)  # type: ignore[untyped-decorator]
def reorganise() -> None:
    """Units whose day has come; each is a transaction. Safe to run twice and side by side."""
    after: int | None = 0
    while after is not None:
        with transaction() as session:
            after = service.carry_out_next(session, now=utcnow(), after=after)
    with transaction() as session:
        service.follow_up(session, now=utcnow())
