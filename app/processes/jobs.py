"""Timers: the beat wakes this job, the database says what is due."""

import time

import structlog
from celery import shared_task

from app.core.clock import utcnow
from app.core.db import transaction
from app.processes.service import running, starting
from app.processes.types import StepFailed

log = structlog.get_logger()

SECONDS = 8  # the beat comes every ten


@shared_task(name="fire_timers", expires=60)  # type: ignore[untyped-decorator]
def fire_timers() -> int:
    """Each run and each start event in transactions of its own; answers how many were looked at.

    Safe to run twice and side by side. After a long halt thousands are due: the next beat goes on
    with them, so that others get their turn between.
    """
    done, until = 0, time.monotonic() + SECONDS
    while time.monotonic() < until and (_fire_one() or _ring_one()):
        done += 1
    return done


def _fire_one() -> bool:
    with transaction() as session:
        claim = running.claim_due(session, now=utcnow())
    if claim is None:
        return False
    try:
        with transaction() as session:
            running.fire_claimed(session, claim, now=utcnow())
    except StepFailed as error:
        with transaction() as session:
            running.give_up(session, now=utcnow(), error=error)
    except Exception:  # the attempt is counted: it comes again, and in the end to a person
        log.exception("timer.failed", instance_id=claim.instance_id, tries=claim.tries)
    return True


def _ring_one() -> bool:
    with transaction() as session:
        return starting.ring(session, now=utcnow())
