"""威海 with its people and the processes of messages, on a day that a test names."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from flask import Flask
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.orm import Session

from app.config import Settings
from app.core.db import transaction
from app.documents import service as documents
from app.identity import service as identity
from app.identity.demo import load_demo_people
from app.processes.service import publishing
from app.wiring import join
from pdf.client import PdfClient
from scripts.cluster import Cluster
from scripts.process import ROOT
from tests.documents.conftest import pdf_socket  # noqa: F401 - a fixture
from tests.support import servers
from tests.support.shared import Run
from tests.support.story import story  # noqa: F401 - a fixture
from tests.support.warm import Engines, app_on

TEMPLATE = "template_weihai"
BEGINS = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
KEYS = ("message-template", "message-send")


def _make(run: Run, cluster: Cluster) -> dict[str, str]:
    cluster.create(TEMPLATE, servers.TEMPLATE)
    made = create_engine(cluster.url(TEMPLATE))
    join(Settings.from_env(servers.environment(run, cluster.url(TEMPLATE))), bind=made)
    region, people = (
        yaml.safe_load((ROOT / "regions" / name).read_text(encoding="utf-8"))
        for name in ("weihai.yaml", "weihai.demo.yaml")
    )
    with transaction() as session:
        identity.import_region(session, data=region, now=BEGINS)
        load_demo_people(session, people, BEGINS)
        for key in KEYS:
            bundle = publishing.Bundle.read(ROOT, key)
            version = publishing.deploy(session, now=BEGINS, bundle=bundle)
            publishing.publish(session, now=BEGINS, key=key, number=version.number)
    made.dispose()
    return {}


@pytest.fixture(scope="session")
def weihai(run: Run, cluster: Cluster, worker_id: str) -> str:
    run.once("weihai", lambda: _make(run, cluster))
    name = f"weihai_{worker_id}"
    run.once(name, lambda: cluster.create(name, TEMPLATE) or {})
    return name


@pytest.fixture
def bind(engines: Engines, weihai: str) -> Iterator[Engine | Connection]:
    with engines.rolled_back(weihai) as bind:
        yield bind


@pytest.fixture
def app(run: Run, bind: Engine | Connection, pdf_socket: Path) -> Flask:  # noqa: F811
    settings = Settings.from_env(servers.environment(run, "postgresql://"))
    made = app_on(settings, bind)
    documents.configure(documents.Press(PdfClient(pdf_socket), settings.base_url, demo=True))
    return made


@pytest.fixture
def session(app: Flask, bind: Engine | Connection) -> Iterator[Session]:  # noqa: ARG001 - joined
    with Session(bind, join_transaction_mode="create_savepoint") as made:
        yield made
