"""A real Celery worker on a real Redis: woken after the commit, and missed by nobody when gone."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from celery import Celery
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import Seal
from app.broker import waker
from app.config import Settings
from app.core import outbox
from app.core.clock import utcnow
from app.core.db import transaction
from app.core.outbox import Outbox, OutboxState
from app.wiring import OUTBOX_QUEUE, WORK_OFF
from scripts.process import ROOT, wait_until
from tests.support.office import Office
from tests.support.patience import PATIENCE
from tests.worker.conftest import StartWorker

pytestmark = pytest.mark.committed
NOTICE = "tickets.notice"
BATCH = 50


def test_a_run_says_which_job_it_is(environment: dict[str, str]) -> None:
    """Its events carry the job's name (S52), and what comes after it does not."""
    script = """
from app import worker
from app.core import origin
@worker.app.task(name="some job")
def job():
    return origin.current().via
print(job.apply().get(), origin.current().via)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["job:some", "job", "cli"]


def test_lines_of_a_run_carry_its_number(environment: dict[str, str]) -> None:
    """One line each, ours and a library's, with job and number; the next run's has its own."""
    script = """
import logging
import structlog
from app import worker
@worker.app.task(name="some_job")
def job(fails):
    structlog.get_logger().info("some.event", words="a\\nb")
    logging.getLogger("library").warning("said so")
    if fails:
        raise ValueError("a\\nb")
for fails in (False, True):
    job.apply(args=[fails], task_id=f"run-{fails}")
structlog.get_logger().info("after")
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, **environment, "LOG_FORMAT": "json"},
        capture_output=True,
        text=True,
        check=True,
    )
    told = [json.loads(line) for line in done.stderr.splitlines()]
    for run in ("run-False", "run-True"):
        lines = [one for one in told if one.get("request_id") == run]
        assert {"some.event", "said so"} <= {one["event"] for one in lines}
        assert {one["job"] for one in lines} == {"some_job"}
    assert [one["request_id"] for one in told if one["event"] == "job.failed"] == ["run-True"]
    assert "job" not in next(one for one in told if one["event"] == "after")


def add(key: str) -> None:
    with transaction() as session:
        payload = {"ticket": key, "state": "closed"}
        outbox.add(session, NOTICE, payload, key=key, now=utcnow())


def states(session: Session) -> dict[str, OutboxState]:
    with session.begin_nested():
        rows = session.execute(select(Outbox.key, Outbox.state).where(Outbox.topic == NOTICE))
        found = {key: state for key, state in rows}  # noqa: C416 - rows are no pairs to mypy
    session.rollback()
    return found


def test_worker_is_woken_by_the_commit(office: Office, start_worker: StartWorker) -> None:
    """No beat runs here: only the message of the act itself can have brought it."""
    start_worker()
    add("first")
    done = {"first": OutboxState.DONE}
    assert wait_until(lambda: states(office.session) == done, PATIENCE), states(office.session)


def test_a_run_that_was_full_calls_the_next(office: Office, start_worker: StartWorker) -> None:
    """One message for many rows, and no beat."""
    start_worker()
    with transaction() as session:
        for n in range(2 * BATCH + 10):
            payload = {"ticket": str(n), "state": "closed"}
            outbox.add(session, NOTICE, payload, key=str(n), now=utcnow())

    def done() -> bool:
        return set(states(office.session).values()) == {OutboxState.DONE}

    assert wait_until(done, PATIENCE, 0.1)


def test_the_trail_is_sealed_as_soon_as_the_clockwork_runs(
    office: Office, start_worker: StartWorker, tmp_path: Path
) -> None:
    """Nobody waits a minute for the seal of what was loaded before."""
    office.start()
    office.session.commit()
    before = office.session.scalar(select(func.count()).select_from(Seal))
    start_worker("--beat", "--schedule", str(tmp_path / "beat"))

    def sealed() -> bool:
        office.session.rollback()
        return office.session.scalar(select(func.count()).select_from(Seal)) != before

    assert wait_until(sealed, PATIENCE, 0.2)


def test_nothing_is_lost_when_redis_is_gone(
    office: Office, settings: Settings, start_worker: StartWorker
) -> None:
    """The act commits at once all the same; the next wake-up takes along what lay there."""
    line = (WORK_OFF, OUTBOX_QUEUE)
    outbox.configure(waker("redis://127.0.0.1:1/0", *line))
    began = time.monotonic()
    add("while-gone")
    assert time.monotonic() - began < 20  # no journey that is tried again and again
    assert states(office.session) == {"while-gone": OutboxState.WAITING}
    outbox.configure(waker(settings.redis_url, *line))
    start_worker()
    add("after")
    done = {"while-gone": OutboxState.DONE, "after": OutboxState.DONE}
    assert wait_until(lambda: states(office.session) == done, PATIENCE), states(office.session)


def test_killed_worker_leaves_its_work_to_the_next(
    office: Office, start_worker: StartWorker
) -> None:
    """Messages may be lost with it: the rows are still there."""
    first = start_worker()
    first.kill()
    first.wait(60)
    add("orphan")
    start_worker()
    assert wait_until(lambda: states(office.session)["orphan"] is OutboxState.DONE, PATIENCE)


def test_calls_for_the_outbox_wait_in_a_line_of_their_own(
    settings: Settings, start_worker: StartWorker
) -> None:
    """However many there are: who is called by the clock is met after one of them, not all."""
    with Celery(broker=settings.redis_url, set_as_current=False).connection() as connection:
        broker = connection.default_channel.client
        broker.flushdb()
        for _ in range(20):
            waker(settings.redis_url, WORK_OFF, OUTBOX_QUEUE)()
        assert (broker.llen(OUTBOX_QUEUE), broker.llen("celery")) == (20, 0)
        start_worker()
        assert wait_until(lambda: not broker.llen(OUTBOX_QUEUE), PATIENCE, 0.1)
