"""The beat wakes these jobs, the database says what is to be told."""

import time

from celery import shared_task

from app.notifications import working

SECONDS = 8  # the beat comes every ten


@shared_task(name="tell_people", expires=60)  # type: ignore[untyped-decorator]
def tell_people() -> int:
    """Safe to run twice and side by side: each act is claimed with SKIP LOCKED."""
    done, until = 0, time.monotonic() + SECONDS
    while time.monotonic() < until and working.tell_next():
        done += 1
    return done


@shared_task(name="send_deliveries", expires=60)  # type: ignore[untyped-decorator]
def send_deliveries() -> int:
    """Safe to run twice and side by side: each message is claimed with SKIP LOCKED."""
    done, until = 0, time.monotonic() + SECONDS
    while time.monotonic() < until and working.send_next():
        done += 1
    return done
