"""Tests of this room stand in an office with its people and the shipped process."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.process import ROOT, wait_until
from tests.support.office import (  # noqa: F401 - fixtures
    app,
    bind,
    browser,
    count_queries,
    joined,
    office,
    office_database,
    session,
    settings,
)
from tests.support.patience import PATIENCE

StartWorker = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start_worker(environment: dict[str, str], tmp_path: Path) -> Iterator[StartWorker]:
    running: list[subprocess.Popen[bytes]] = []

    def start(*more: str) -> subprocess.Popen[bytes]:
        log = tmp_path / f"worker-{len(running)}.log"
        celery = [sys.executable, "-m", "celery", "--quiet", "-A", "app.worker", "worker"]
        options = ["--pool", "solo", "--loglevel", "info", "--without-gossip", "--without-mingle"]
        with log.open("wb") as output:
            made = subprocess.Popen(
                [*celery, *options, *more],
                cwd=ROOT,
                env={**os.environ, **environment, "PYTHONWARNINGS": "ignore"},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        running.append(made)
        assert wait_until(lambda: b" ready." in log.read_bytes(), PATIENCE), log.read_text()
        return made

    yield start
    for worker in running:
        worker.terminate()
        worker.wait(60)
