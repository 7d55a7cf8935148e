"""Celery: wakes up, looks into the database, works off what is due. It carries no truth."""

import time
from typing import Any

import structlog
from celery import Celery, shared_task, signals, states

from app.broker import WAKE_SECONDS
from app.config import Settings
from app.core import origin, outbox
from app.health import counters
from app.web.logs import configure
from app.wiring import (
    DELIVER,
    OUTBOX_QUEUE,
    SEND,
    SENDINGS_QUEUE,
    WEBHOOKS_QUEUE,
    WORK_OFF,
    join,
)

log = structlog.get_logger()

SWEEP_SECONDS = 10
BATCH, TURN_SECONDS = 50, 8
JOBS = [
    "app.access.dormant.jobs",
    "app.administration.jobs",
    "app.api.jobs",
    "app.attachments.jobs",
    "app.audit.jobs",
    "app.documents.jobs",
    "app.health.jobs",
    "app.hints.jobs",
    "app.holdings.jobs",
    "app.identity.jobs",
    "app.notifications.jobs",
    "app.insight.jobs",
    "app.oldbooks.jobs",
    "app.personnel.jobs",
    "app.processes.jobs",
    "app.rules.jobs",
    "app.sendings.jobs",
    "app.tasks.jobs",
    "app.tickets.jobs",
    "app.webhooks.jobs",
]
MINUTE, HOUR = 60, 3600
SEAL = "seal_audit"
CLOCKWORK = "celery"
QUEUES = (CLOCKWORK, OUTBOX_QUEUE, WEBHOOKS_QUEUE, SENDINGS_QUEUE)


def make_celery(settings: Settings) -> Celery:
    """JSON only, nothing kept in Redis, one job at a time per process."""
    celery = Celery("banjian", broker=settings.redis_url, include=JOBS)
    celery.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_ignore_result=True,
        task_acks_late=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        broker_connection_retry_on_startup=True,
        timezone=settings.timezone,
        # Taken from in turns: hundreds of forms that wait to be printed, and as many calls to print
        # them, do not stand before what is due by the clock.
        task_queues={name: {"routing_key": name} for name in QUEUES},
        task_default_queue=CLOCKWORK,
        task_routes={
            WORK_OFF: {"queue": OUTBOX_QUEUE},
            DELIVER: {"queue": WEBHOOKS_QUEUE},
            SEND: {"queue": SENDINGS_QUEUE},
        },
        beat_schedule={
            "sweep": {"task": WORK_OFF, "schedule": SWEEP_SECONDS},
            "timers": {"task": "fire_timers", "schedule": SWEEP_SECONDS},
            "reminders": {"task": "remind", "schedule": SWEEP_SECONDS},
            "tell people": {"task": "tell_people", "schedule": SWEEP_SECONDS},
            "webhooks": {"task": DELIVER, "schedule": SWEEP_SECONDS},
            "messages": {"task": SEND, "schedule": SWEEP_SECONDS},
            "settle messages": {"task": "settle_messages", "schedule": SWEEP_SECONDS},
            "send deliveries": {"task": "send_deliveries", "schedule": SWEEP_SECONDS},
            "pulse": {"task": "pulse", "schedule": SWEEP_SECONDS},
            "cover": {"task": "work_off_cover", "schedule": MINUTE},
            "seal audit": {"task": SEAL, "schedule": MINUTE},
            "reorganise": {"task": "reorganise", "schedule": MINUTE},
            "count closings": {"task": "count_closings", "schedule": MINUTE},
            "person events": {"task": "act_on_person_events", "schedule": MINUTE},
            "turn positions": {"task": "turn_positions", "schedule": MINUTE},
            "review logins": {"task": "review_logins", "schedule": HOUR},
            "sum holdings": {"task": "sum_holdings", "schedule": HOUR},
            "recheck books": {"task": "recheck_books", "schedule": HOUR},
            "remind of reviews": {"task": "remind_of_reviews", "schedule": HOUR},
            "warn of rules": {"task": "warn_of_rules", "schedule": HOUR},
            "sweep attachments": {"task": "sweep_attachments", "schedule": HOUR},
            "sweep prints": {"task": "sweep_prints", "schedule": HOUR},
            "sweep imports": {"task": "sweep_imports", "schedule": HOUR},
            "sweep person imports": {"task": "sweep_person_imports", "schedule": HOUR},
            "sweep old books": {"task": "sweep_old_books", "schedule": HOUR},
            "sweep batches": {"task": "sweep_batches", "schedule": HOUR},
            "sweep webhooks": {"task": "sweep_webhooks", "schedule": HOUR},
            "forget receipts": {"task": "forget_receipts", "schedule": HOUR},
            "forget keys": {"task": "forget_keys", "schedule": HOUR},
        },
    )
    celery.set_default()
    return celery


@shared_task(name=WORK_OFF, expires=WAKE_SECONDS)  # type: ignore[untyped-decorator]
def work_off_outbox() -> int:
    """Safe to run twice and side by side: each row is claimed with SKIP LOCKED.

    Where there is more, the next run need not wait for the sweep; other jobs go in between.
    """
    until = time.monotonic() + TURN_SECONDS
    done = outbox.work_off(BATCH, TURN_SECONDS)
    if done == BATCH or time.monotonic() >= until:
        outbox.wake()
    return done


@signals.beat_init.connect  # type: ignore[untyped-decorator]
def _seal_at_once(sender: Any, **_more: Any) -> None:
    """What happened while nothing ran, or was loaded before, has waited long enough."""
    sender.app.send_task(SEAL, expires=MINUTE)


@signals.task_prerun.connect  # type: ignore[untyped-decorator]
def _begin(task_id: str, task: Any, **_more: Any) -> None:
    """Events and log lines of a run say which job it was, and which run."""
    origin.bind(origin.Origin(f"job:{task.name}", request_id=task_id))
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(job=task.name, request_id=task_id)
    task.request.began = time.perf_counter()


@signals.task_postrun.connect  # type: ignore[untyped-decorator]
def _end(task: Any, state: str | None = None, **_more: Any) -> None:
    origin.unbind()
    took = time.perf_counter() - task.request.began
    failed = state != states.SUCCESS
    counters.count_job(task.name, took, failed=failed)
    if failed:
        log.error("job.failed", state=state, ms=round(took * 1000, 1))
    structlog.contextvars.clear_contextvars()


def make_worker() -> Celery:
    settings = Settings.from_env()
    configure(settings.log_format)
    celery = make_celery(settings)
    join(settings)
    return celery


app = make_worker()
