"""Each region reads its own words: 威海 is a 市, 恩施 a 州, and neither hears of the other."""

import re
from collections.abc import Iterator

import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, create_engine

from app.config import Settings
from app.core.db import transaction
from app.identity import loading
from app.identity import service as identity
from app.identity.demo import load_demo_people
from app.processes.service import publishing
from app.wiring import join
from scripts.cluster import Cluster
from scripts.process import ROOT
from tests.support import servers
from tests.support.shared import Run
from tests.support.warm import Engines, app_on
from tests.weihai.conftest import BEGINS

LINK = re.compile(r'href="(/[^"#]*)"')
NO_PAGE = re.compile(
    r"^/(static|logout|login|attachments|api/v1/openapi)|\.(xlsx|pdf|csv|bpmn|zip)"
)
MOST = 60  # pages of one person: what the menu leads to, and what stands there

# Who, and what must not be read there.
ROLES = [
    ("weihai", "州", one) for one in ("congpeijun", "yujianbo", "liuguodong", "juxiaohong")
] + [("enshi", "市级", one) for one in ("pengxiuying", "duanshiyu")]


@pytest.fixture
def region(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def whole(run: Run, cluster: Cluster, worker_id: str, region: str) -> str:
    """A region as it is after its first start: its people and every process that it has."""
    name = f"whole_{region}_{worker_id}"

    def make() -> dict[str, str]:
        cluster.create(name, servers.TEMPLATE)
        made = create_engine(cluster.url(name))
        settings = Settings.from_env(servers.environment(run, cluster.url(name)))
        join(settings, bind=made)
        data, people = (
            yaml.safe_load((ROOT / "regions" / f"{region}{end}").read_text(encoding="utf-8"))
            for end in (".yaml", ".demo.yaml")
        )
        with transaction() as session:
            identity.import_region(session, data=data, now=BEGINS)
            load_demo_people(session, people, BEGINS)
            for key in publishing.keys_here(session, ROOT):
                bundle = publishing.Bundle.read(ROOT, key)
                version = publishing.deploy(session, now=BEGINS, bundle=bundle)
                publishing.publish(session, now=BEGINS, key=key, number=version.number)
        made.dispose()
        return {}

    run.once(name, make)
    return name


@pytest.fixture
def bind(engines: Engines, whole: str) -> Iterator[Engine | Connection]:
    with engines.rolled_back(whole) as bind:
        yield bind


@pytest.fixture
def app(run: Run, bind: Engine | Connection, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Without the name that is kept for the life of a process, which has one region."""
    monkeypatch.setattr(loading, "_site", [])
    return app_on(Settings.from_env(servers.environment(run, "postgresql://")), bind)


def signed_in(app: Flask, username: str) -> FlaskClient:
    client = app.test_client()
    page = client.get("/login").text
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    sent = {"username": username, "csrf_token": found[1]}
    assert client.post("/login/demo", data=sent).status_code == 302
    return client


def walk(client: FlaskClient) -> Iterator[tuple[str, str]]:
    """Every page that links lead to, once: of one address with other questions the first."""
    todo, seen = ["/"], set()
    while todo and len(seen) < MOST:
        path = todo.pop(0)
        if path.partition("?")[0] in seen or NO_PAGE.search(path):
            continue
        seen.add(path.partition("?")[0])
        answer = client.get(path.replace("&amp;", "&"), follow_redirects=True)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            yield path, answer.text
            todo += LINK.findall(answer.text)


@pytest.mark.parametrize(("region", "word", "username"), ROLES, indirect=["region"])
def test_nobody_reads_the_words_of_another_region(app: Flask, word: str, username: str) -> None:
    found = {}
    pages = 0
    for path, text in walk(signed_in(app, username)):
        pages += 1
        if word in text:
            at = text.index(word)
            found[path] = text[max(0, at - 60) : at + 60]
    assert not found
    assert pages > 15


@pytest.mark.parametrize(
    ("region", "username", "there", "absent"),
    [
        ("weihai", "liuguodong", ("不发的词",), ("进展看板", "业务需求")),
        ("weihai", "yujianbo", ("收信名单", "短信发送"), ("进展看板",)),
        ("enshi", "pengxiuying", ("进展看板",), ("收信名单", "短信发送", "不发的词")),
        ("enshi", "duanshiyu", ("进展看板",), ("不发的词", "信息发送")),
    ],
    indirect=["region"],
)
def test_the_menu_leads_nowhere_that_a_region_has_not(
    app: Flask, username: str, there: tuple[str, ...], absent: tuple[str, ...]
) -> None:
    client = signed_in(app, username)
    page = client.get("/rules").text + client.get("/ledgers").text
    assert all(word in page for word in there)
    assert not any(word in page for word in absent)
