"""Deadlines of which somebody is to be told: the beat wakes this job, the rows say of which."""

import time

import structlog
from celery import shared_task

from app.core.clock import utcnow
from app.core.db import transaction
from app.processes.types import StepFailed
from app.tickets import service

log = structlog.get_logger()

SECONDS = 8  # the beat comes every ten


@shared_task(name="remind", expires=60)  # type: ignore[untyped-decorator]
def remind() -> int:
    """Each in a transaction of its own, in the order of the moments; answers how many.

    Safe to run twice and side by side. After a long halt the next beat goes on.
    """
    done, until = 0, time.monotonic() + SECONDS
    while time.monotonic() < until and _remind_one():
        done += 1
    return done


def _remind_one() -> bool:
    waiting = None
    try:
        with transaction() as session:
            waiting = service.next_reminder(session, utcnow())
            if waiting is not None:
                service.remind(session, waiting, utcnow())
    except StepFailed as error:
        if waiting is None:
            raise
        with transaction() as session:
            service.give_up(session, visit_id=waiting.id, error=error, now=utcnow())
    except Exception:
        log.exception("reminder.failed")
        if waiting is None:
            raise
        with transaction() as session:
            service.put_off(session, waiting, utcnow())
    return waiting is not None
