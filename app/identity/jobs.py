"""What the clock does to logins."""

from celery import shared_task

from app.core.clock import utcnow
from app.core.db import transaction
from app.identity import service


@shared_task(name="review_logins", expires=3000)  # type: ignore[untyped-decorator]
def review_logins() -> None:
    """Safe to run twice and side by side; a batch is a transaction."""
    place: int | None = 0
    while place is not None:
        with transaction() as session:
            place = service.review_dormant(session, now=utcnow(), after=place)


@shared_task(name="turn_positions", expires=50)  # type: ignore[untyped-decorator]
def turn_positions() -> None:
    """Positions and logins whose day has come; each is a transaction."""
    is_more = True
    while is_more:
        with transaction() as session:
            is_more = service.turn_one(session, now=utcnow())


@shared_task(name="work_off_cover", expires=50)  # type: ignore[untyped-decorator]
def work_off_cover() -> None:
    """Safe to run twice and side by side; each absence and mandate is a transaction."""
    is_more = True
    while is_more:
        with transaction() as session:
            is_more = service.work_off_cover(session, now=utcnow())
