"""/metrics: closed without its token, complete, and silent about people."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Connection, Engine, create_engine

from app.config import BadSetting, Settings
from app.core import db
from app.core.outbox import Outbox, OutboxState
from app.health import counters, service
from app.wiring import create_app
from scripts import serve
from scripts.process import ROOT
from tests.support.office import Browser, Office

TOKEN = "a-token-of-the-tests"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
PERSONAL = re.compile(
    r"[A-Z]{2}-CZY-[0-9]|(?<![0-9])(?:[0-9]{17}[0-9X]|1[3-9][0-9]{9})(?![0-9])|[\u4e00-\u9fff]"
)
Figures = dict[tuple[str, str], float]


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    return Settings.from_env({**environment, "METRICS_TOKEN": TOKEN})


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def read(text: str) -> Figures:
    return {
        (sample.name, ",".join(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_token_opens_and_nothing_else(client: FlaskClient, environment: dict[str, str]) -> None:
    assert client.get("/metrics", headers=BEARER).status_code == 200
    for wrong in ("", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer é"):
        refused = client.get("/metrics", headers={"Authorization": wrong})
        assert refused.status_code == 401, wrong
        assert b"banjian_" not in refused.data
    assert client.get(f"/metrics?token={TOKEN}").status_code == 401
    with pytest.raises(BadSetting, match="METRICS_TOKEN"):
        Settings.from_env({**environment, "METRICS_TOKEN": "short"})


def test_without_the_setting_there_is_no_such_address(
    environment: dict[str, str], bind: Engine | Connection, app: Flask
) -> None:
    del app
    client = create_app(Settings.from_env(environment), bind=bind).test_client()
    for headers in ({}, BEARER, {"Authorization": "Bearer "}):
        assert client.get("/metrics", headers=headers).status_code == 404


def test_figures_of_the_database(client: FlaskClient, office: Office) -> None:
    """Outbox, timers, incidents, seal, pulse, sessions, connections."""
    service.beat(office.session, now=office.now)
    office.walk(office.start())
    for state in (OutboxState.DEAD, OutboxState.HELD):
        row = Outbox(topic="t", key=state, payload={}, due_at=office.now, created_at=office.now)
        row.state = state
        office.session.add(row)
    office.session.flush()
    text = client.get("/metrics", headers=BEARER).text
    found = read(text)
    assert found["banjian_database_up", ""] == 1
    assert found["banjian_outbox_rows", "dead"] == found["banjian_outbox_rows", "held"] == 1
    assert found["banjian_outbox_rows", "waiting"] >= 1
    assert found["banjian_outbox_oldest_seconds", "dead"] > 0
    for name in ("timer_lag_seconds", "incidents_open", "pulse_age_seconds"):
        assert (f"banjian_{name}", "") in found, name
    assert "banjian_seal_age_seconds" in text
    assert found["banjian_database_connections_limit", ""] > 1


def test_requests_are_counted_by_rule_and_name_nobody(
    client: FlaskClient, office: Office, browser: Callable[[str], Browser]
) -> None:
    """An address made up by somebody, or a number in it, makes no new label."""
    ticket = office.start()
    office.session.flush()
    clerk = browser("yaohaiyang")
    before = read(client.get("/metrics", headers=BEARER).text)
    assert clerk.get(f"/tickets/{ticket.number}", q="422899199001012385").status_code == 200
    client.get("/向小兰/15400010001")
    client.open("/login", method="BREW")
    text = client.get("/metrics", headers=BEARER).text
    found = read(text)
    known = ("banjian_http_requests_total", "GET,/tickets/<number>,2xx")
    assert found[known] == before.get(known, 0) + 1
    assert found["banjian_http_requests_total", "GET,-,4xx"] >= 1
    assert found["banjian_http_requests_total", "other,-,4xx"] >= 1
    assert found["banjian_http_request_seconds_count", "GET,/tickets/<number>"] >= 1
    assert found["banjian_sessions", "browser"] >= 1
    assert not [key for key in found if PERSONAL.search(" ".join(key))]
    assert "咸丰" not in text


def test_without_the_database_it_says_so(client: FlaskClient) -> None:
    db.configure(create_engine("postgresql://nobody@127.0.0.1:1/none"))
    found = read(client.get("/metrics", headers=BEARER).text)
    assert found["banjian_database_up", ""] == 0
    assert not [name for name, _ in found if name.startswith("banjian_outbox")]


def test_processes_are_added_up(tmp_path: Path) -> None:
    """Two that counted and ended, and one that failed a job; asked from here."""
    script = "import sys; from app.health.counters import count_job as count\n"
    for failed in (False, False, True):
        subprocess.run(
            [sys.executable, "-c", f"{script}count('some_job', 0.2, failed={failed})"],
            cwd=ROOT,
            env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
            check=True,
        )
    found = read(counters.exposition(tmp_path, []).decode())
    assert found["banjian_jobs_total", "some_job,done"] == 2
    assert found["banjian_jobs_total", "some_job,failed"] == 1
    assert found["banjian_job_seconds_count", "some_job"] == 3
    assert found["banjian_job_seconds_bucket", "some_job,0.05"] == 0
    assert found["banjian_job_seconds_bucket", "some_job,0.25"] == 3


def test_counts_begin_anew_and_belong_to_us(tmp_path: Path) -> None:
    """What a killed start left behind is gone; nobody else may read the folder."""
    folder = serve.counts_folder(tmp_path)
    (folder / "counter_1.db").touch()
    assert serve.counts_folder(tmp_path) == folder
    assert not list(folder.iterdir())
    assert folder.stat().st_mode & 0o077 == 0
    folder.rmdir()
