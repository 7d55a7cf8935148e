"""A region with its people and processes, loaded once a run, and clients who speak REST."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, create_engine
from werkzeug.test import TestResponse

from app.config import Settings
from app.core.clock import utcnow
from app.core.db import transaction
from app.identity import service as identity
from app.identity.demo import DEMO_PASSWORD, load_demo_people
from app.processes.service import publishing
from app.wiring import join
from scripts.cluster import Cluster
from tests.support import servers
from tests.support.shared import Run
from tests.support.warm import Engines, app_on

ROOT = Path(__file__).resolve().parents[2]
PROCESS = "operator-account"


OFFICE = "template_api"


def _make_office(run: Run, cluster: Cluster) -> dict[str, str]:
    cluster.create(OFFICE, servers.TEMPLATE)
    made = create_engine(cluster.url(OFFICE))
    settings = Settings.from_env(servers.environment(run, cluster.url(OFFICE)))
    join(settings, bind=made)
    region = yaml.safe_load((ROOT / "regions" / "enshi.yaml").read_text(encoding="utf-8"))
    people = yaml.safe_load((ROOT / "regions" / "enshi.demo.yaml").read_text(encoding="utf-8"))
    with transaction() as session:
        now = utcnow()
        identity.import_region(session, data=region, now=now)
        load_demo_people(session, people, now)
        bundle = publishing.Bundle.read(ROOT, PROCESS)
        version = publishing.deploy(session, now=now, bundle=bundle)
        publishing.publish(session, now=now, key=version.key, number=version.number)
    made.dispose()
    return {}


@pytest.fixture(scope="session")
def office(run: Run, cluster: Cluster) -> str:
    """The name of a database with the region, its people and the shipped process, on this day."""
    run.once("api-office", lambda: _make_office(run, cluster))
    return OFFICE


@pytest.fixture(scope="session")
def database(run: Run, cluster: Cluster, worker_id: str, office: str) -> str:
    """A copy of it, for tests that roll back; other folders borrow it too."""
    name = f"api_{worker_id}"
    run.once(name, lambda: cluster.create(name, office) or {})
    return name


@pytest.fixture
def bind(
    request: pytest.FixtureRequest, engines: Engines, worker_id: str, office: str, database: str
) -> Iterator[Engine | Connection]:
    with (
        engines.copied(f"api_committed_{worker_id}", office)
        if request.node.get_closest_marker("committed")
        else engines.rolled_back(database)
    ) as bind:
        yield bind


@pytest.fixture
def app(run: Run, bind: Engine | Connection) -> Flask:
    settings = Settings.from_env(servers.environment(run, "postgresql://"))
    return app_on(settings, bind)


@dataclass
class Rest:
    """One person with a token."""

    client: FlaskClient
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.client.get(f"/api/v1{path}", query_string=query, headers=self._headers())

    def post(
        self,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        raw: bytes | None = None,
        mimetype: str = "application/json",
    ) -> TestResponse:
        data = raw if raw is not None else json.dumps({} if body is None else body)
        headers = self._headers() | ({"Idempotency-Key": key} if key else {})
        return self.client.post(f"/api/v1{path}", data=data, content_type=mimetype, headers=headers)

    def upload(self, path: str, files: Mapping[str, Any]) -> TestResponse:
        return self.client.post(f"/api/v1{path}", data=dict(files), headers=self._headers())

    def delete(self, path: str) -> TestResponse:
        return self.client.delete(f"/api/v1{path}", headers=self._headers())

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


@pytest.fixture
def stranger(app: Flask) -> Rest:
    """Somebody without a token."""
    return Rest(app.test_client())


@pytest.fixture
def login(app: Flask) -> Callable[[str], Rest]:
    def sign_in(username: str) -> Rest:
        rest = Rest(app.test_client())
        answer = rest.post("/tokens", {"username": username, "password": DEMO_PASSWORD})
        assert answer.status_code == 201, answer.text
        return Rest(app.test_client(), answer.json["token"])

    return sign_in


@pytest.fixture
def clerk(login: Callable[[str], Rest]) -> Rest:
    return login("yaohaiyang")


def person(n: int, **more: str) -> dict[str, str]:
    """A row of the form for an invented person."""
    body = f"422899199001{n % 28 + 1:02d}{n % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    return {
        "kind": "add",
        "name": "李冬梅",
        "id_number": body + "10X98765432"[total % 11],
        "phone": f"154{n:08d}",
        "requirement": "负责本窗口的岗位信息采集和核对，不分配导出权限。",
        **more,
    }


def answers_for(rest: Rest, count: int = 1, first: int = 1, **more: Any) -> dict[str, Any]:
    """Answers made from the form's definition alone, with `count` people from the `first` on."""
    form = rest.get(f"/processes/{PROCESS}").json["form"]
    found: dict[str, Any] = {}
    for component in _leaves(form["components"]):
        if component.get("readonly"):
            continue
        if component["type"] == "dynamiclist":
            values = {
                c["key"]: c["values"][0]["value"] for c in component["components"] if "values" in c
            }
            found[component["key"]] = [{**values, **person(n)} for n in range(first, first + count)]
        elif component.get("values"):
            found[component["key"]] = component["values"][0]["value"]
        elif component["type"] == "phone":
            found[component["key"]] = "0718-8200000"
    return found | more


def _leaves(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for component in components:
        if component["type"] == "group":
            yield from _leaves(component["components"])
        elif component.get("key"):
            yield component


@pytest.fixture
def ticket(clerk: Rest) -> dict[str, Any]:
    """A submitted ticket of 姚海洋, waiting for the head of the department."""
    answer = clerk.post("/tickets", {"process": PROCESS, "answers": answers_for(clerk)})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found
