"""The hourly sweep of imports, and units on their day. A run that is missed is made good."""

from collections.abc import Callable

import structlog
from celery import shared_task

from app.administration import service
from app.core.clock import utcnow
from app.core.db import transaction

log = structlog.get_logger()


@shared_task(name="sweep_imports", expires=3000)  # type: ignore[untyped-decorator]
def sweep_imports() -> None:
    """Safe to run twice and side by side."""
    with transaction() as session:
        service.sweep(session, now=utcnow())


@shared_task(name="reorganise", expires=50)  # type: ignore[untyped-decorator]
def reorganise() -> None:
    """Units whose day has come, then what was begun meanwhile for units that are merged.

    Each is a transaction, and one that fails keeps no other from its day. Safe to run twice and
    side by side.
    """
    for due, act in (
        (service.due_plans, service.carry_out),
        (service.late_plans, service.follow_up),
    ):
        with transaction() as session:
            waiting = due(session, now=utcnow())
        for plan_id in waiting:
            _try(act, plan_id)


def _try(act: Callable[..., object], plan_id: int) -> None:
    try:
        with transaction() as session:
            act(session, now=utcnow(), plan_id=plan_id)
    except Exception:  # the next minute tries it again
        log.exception("reorganisation.failed", reorganisation_id=plan_id)
