"""What the calendar does with events of people."""

from celery import shared_task

from app.core.clock import utcnow
from app.core.db import transaction
from app.personnel import service


@shared_task(name="act_on_person_events", expires=50)  # type: ignore[untyped-decorator]
def act_on_person_events() -> None:
    """Safe to run twice and side by side; what falls due in one county is a transaction."""
    is_more = True
    while is_more:
        with transaction() as session:
            is_more = service.end_short_leaves(session, now=utcnow())
    is_more = True
    while is_more:
        with transaction() as session:
            is_more = service.act_on_due(session, now=utcnow())


@shared_task(name="sweep_person_imports", expires=3000)  # type: ignore[untyped-decorator]
def sweep_person_imports() -> None:
    with transaction() as session:
        service.sweep(session, now=utcnow())
