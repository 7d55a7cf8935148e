"""Both regions as a start makes them: their people, all processes that ship, administrators."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask
from sqlalchemy import create_engine, text, update
from sqlalchemy.orm import Session

from app.config import Settings
from app.core import clock, outbox
from app.core.db import transaction
from app.demo.bootstrap import enter_numberings, found
from app.documents import service as documents
from app.identity import service as identity
from app.identity.demo import DEMO_PASSWORD, load_demo_people
from app.identity.jobs import turn_positions, work_off_cover
from app.identity.models import Appointment
from app.messaging import channels
from app.processes.jobs import fire_timers
from app.processes.service import publishing
from app.sendings.service import submitting
from app.tickets.jobs import remind
from app.webhooks import sending as outside
from app.webhooks.addresses import Allowed
from app.wiring import join
from pdf.client import PdfClient
from scripts.cluster import Cluster
from scripts.invariants import RULES
from scripts.process import ROOT
from tests.api.conftest import Rest
from tests.documents.conftest import pdf_socket  # noqa: F401 - a fixture
from tests.messaging.conftest import allowed, gateway  # noqa: F401 - fixtures
from tests.messaging.gateway import Gateway
from tests.support import servers
from tests.support.shared import Run
from tests.support.warm import Engines, app_on
from tests.walks.cast import WALKED

BEGINS = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)  # a Tuesday, nine in the office
MOST_BATCHES = 20
REGIONS = sorted({play.region for play in WALKED.values()})


def _shipped() -> dict[str, list[str]]:
    """What each region needs so that its processes can be walked."""
    keys: dict[str, list[str]] = {region: ["region-bootstrap"] for region in REGIONS}
    for key, play in WALKED.items():
        keys[play.region].append(key)
    return keys


def _make(run: Run, cluster: Cluster, region: str) -> dict[str, str]:
    template = f"template_walks_{region}"
    cluster.create(template, servers.TEMPLATE)
    made = create_engine(cluster.url(template))
    join(Settings.from_env(servers.environment(run, cluster.url(template))), bind=made)
    data, people = (
        yaml.safe_load((ROOT / "regions" / name).read_text(encoding="utf-8"))
        for name in (f"{region}.yaml", f"{region}.demo.yaml")
    )
    with transaction() as session:
        identity.import_region(session, data=data, now=BEGINS)
        load_demo_people(session, people, BEGINS)
        for key in _shipped()[region]:
            bundle = publishing.Bundle.read(ROOT, key)
            version = publishing.deploy(session, now=BEGINS, bundle=bundle)
            publishing.publish(session, now=BEGINS, key=key, number=version.number)
    with transaction() as session:
        if "letterhead" in people:
            found(session, BEGINS + timedelta(hours=1), people["letterhead"])
        session.execute(update(Appointment).values(turns_at=None))
        enter_numberings(session, BEGINS, people.get("numberings", ()))
    made.dispose()
    return {}


@dataclass
class Site:
    """Everybody of a region over REST, and the clock that a walk moves."""

    app: Flask
    clock_file: Path
    holders: dict[str, list[str]]  # "dept_head:422826-jyzx" → user names
    now: datetime = BEGINS + timedelta(days=20)
    desks: dict[str, Rest] = field(default_factory=dict)

    def pass_by(self, **time: float) -> None:
        """Time goes by, and whatever the beat wakes does its work."""
        self.now += timedelta(**time)
        self.clock_file.write_text(str((self.now - datetime.now(UTC)).total_seconds()))
        self.desks.clear()  # tokens do not live for days
        self.settle()

    def settle(self) -> None:
        for _ in range(5):
            outbox.work_off()
            work_off_cover()
            turn_positions()
            if not remind() + fire_timers() + self._send():
                return

    def _send(self) -> int:
        """Batches to the gateway, while something may go now."""
        made = 0
        while made < MOST_BATCHES and submitting.is_due(self._moment):
            submitting.turn(self._moment)
            made += 1
        return made

    def _moment(self, _session: Session) -> datetime:
        return self.now

    def who(self, username: str) -> Rest:
        if username not in self.desks:
            rest = Rest(self.app.test_client())
            answer = rest.post("/tokens", {"username": username, "password": DEMO_PASSWORD})
            assert answer.status_code == 201, (username, answer.text)
            self.desks[username] = Rest(self.app.test_client(), answer.json["token"])
        return self.desks[username]

    def broken(self) -> list[str]:
        """The invariants of the house that do not hold, with what breaks them."""
        with transaction() as session:
            return [
                f"{rule.invariant} {rule.words}: {dict(row._mapping)}"
                for rule in RULES
                for row in session.execute(text(rule.query.replace(":", r"\:")))
            ]


@pytest.fixture
def sites(
    run: Run,
    cluster: Cluster,
    worker_id: str,
    engines: Engines,
    pdf_socket: Path,  # noqa: F811
    gateway: Gateway,  # noqa: F811
    tmp_path: Path,
) -> Iterator[Any]:
    """Calls open a region afresh; whatever was done there is undone by the next call."""
    file = tmp_path / "offset"
    open_ones: list[Any] = []

    def leave() -> None:
        for one in open_ones:
            one.__exit__(None, None, None)
        open_ones.clear()

    def enter(region: str) -> Site:
        leave()
        template = f"template_walks_{region}"
        run.once(template, lambda: _make(run, cluster, region))
        name = f"walks_{region}_{worker_id}"
        run.once(name, lambda: cluster.create(name, template) or {})
        bound = engines.rolled_back(name)
        bind = bound.__enter__()
        open_ones.append(bound)
        settings = Settings.from_env(servers.environment(run, "postgresql://"))
        app = app_on(settings, bind)
        channels.configure([gateway.setting])
        outside.configure(Allowed.of(["127.0.0.1"]))  # where the gateway stands
        documents.configure(documents.Press(PdfClient(pdf_socket), settings.base_url, demo=True))
        clock.configure(timezone="Asia/Shanghai", offset_file=file)
        with Session(bind, join_transaction_mode="create_savepoint") as session:
            holders = _holders(session)
        made = Site(app, file, holders)
        made.pass_by()
        return made

    yield enter
    leave()
    channels.configure([])
    clock.configure(timezone="Asia/Shanghai", offset_file=None)


def _holders(session: Session) -> dict[str, list[str]]:
    held: dict[str, list[str]] = {}
    for position, code, username in session.execute(
        text(
            "SELECT a.position, u.code, l.username FROM appointment a"
            " JOIN unit u ON u.id = a.unit_id JOIN login l ON l.person_id = a.person_id"
            " WHERE a.ends_at IS NULL ORDER BY a.id"
        )
    ):
        held.setdefault(f"{position}:{code}", []).append(username)
    return held
