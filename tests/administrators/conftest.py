"""恩施 with its administrators' accounts, and all processes that are about them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from flask import Flask
from sqlalchemy import Connection, Engine, create_engine, update

from app.config import Settings
from app.core import clock
from app.core.db import transaction
from app.demo.bootstrap import found
from app.identity import service as identity
from app.identity.demo import load_demo_people
from app.identity.models import Appointment
from app.processes.service import publishing
from app.wiring import join
from scripts.cluster import Cluster
from tests.administrators.playing import Town
from tests.api.conftest import ROOT, Rest, login, stranger  # noqa: F401 - fixtures
from tests.support import servers
from tests.support.shared import Run
from tests.support.warm import Engines, app_on

TEMPLATE = "template_administrators"
BEGINS = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)
KEYS = ("operator-account", "admin-account", "admin-handover", "region-bootstrap")


def _make(run: Run, cluster: Cluster) -> dict[str, str]:
    cluster.create(TEMPLATE, servers.TEMPLATE)
    made = create_engine(cluster.url(TEMPLATE))
    settings = Settings.from_env(servers.environment(run, cluster.url(TEMPLATE)))
    join(settings, bind=made)
    region, people = (
        yaml.safe_load((ROOT / "regions" / name).read_text(encoding="utf-8"))
        for name in ("enshi.yaml", "enshi.demo.yaml")
    )
    with transaction() as session:
        identity.import_region(session, data=region, now=BEGINS)
        load_demo_people(session, people, BEGINS)
        for key in KEYS:
            bundle = publishing.Bundle.read(ROOT, key)
            version = publishing.deploy(session, now=BEGINS, bundle=bundle)
            publishing.publish(session, now=BEGINS, key=key, number=version.number)
    with transaction() as session:
        found(session, BEGINS + timedelta(hours=1), people["letterhead"])
        session.execute(update(Appointment).values(turns_at=None))
    made.dispose()
    return {}


@pytest.fixture(scope="session")
def founded(run: Run, cluster: Cluster, worker_id: str) -> str:
    run.once("administrators", lambda: _make(run, cluster))
    name = f"administrators_{worker_id}"
    run.once(name, lambda: cluster.create(name, TEMPLATE) or {})
    return name


@pytest.fixture
def bind(
    request: pytest.FixtureRequest, engines: Engines, worker_id: str, founded: str
) -> Iterator[Engine | Connection]:
    with (
        engines.copied(f"administrators_committed_{worker_id}", TEMPLATE)
        if request.node.get_closest_marker("committed")
        else engines.rolled_back(founded)
    ) as bind:
        yield bind


@pytest.fixture
def app(run: Run, bind: Engine | Connection) -> Flask:
    settings = Settings.from_env(servers.environment(run, "postgresql://"))
    return app_on(settings, bind)


@pytest.fixture
def town(
    app: Flask,  # noqa: ARG001 - joins all rooms
    login: Callable[[str], Rest],  # noqa: F811
    tmp_path: Path,
) -> Iterator[Town]:
    """Everybody over REST, on a day that a test names."""
    file = tmp_path / "offset"
    clock.configure(timezone="Asia/Shanghai", offset_file=file)
    made = Town(login, file)
    made.at("2026-09-21 09:00")
    yield made
    clock.configure(timezone="Asia/Shanghai", offset_file=None)
