"""封存 as people and programs meet it: the page, REST, the command."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core import clock
from app.core.crypto import digest, seal
from app.identity.demo import DEMO_PASSWORD
from app.identity.models import Unit
from app.ledgers.models import LedgerMonth
from app.ledgers.service import append_rows
from tests.ledgers.books import entry, ref
from tests.support.office import Browser, Office

PAGE = "/ledgers/accounts?from=2026-10-01&to=2026-10-31"
MONTH = "/ledgers/accounts/months/2026-10"
SEEN = {"rows": 2, "last_serial": 2}
People = Callable[[str], Browser]


@pytest.fixture(autouse=True)
def october(office: Office) -> None:
    """Two rows of 咸丰县 in October; the site's own clock says November."""
    assert clock.today().isoformat() > "2026-10-31"
    unit = ref(office.session.scalars(select(Unit).where(Unit.code == "422826-jyzx")).one())
    when = datetime(2026, 10, 12, 2, 0, tzinfo=UTC)
    append_rows(office.session, now=when, unit=unit, entries=[entry("T1#1"), entry("T1#2")])
    office.session.commit()


def page_of(reader: Browser) -> str:
    return str(reader.client.get(PAGE).text)


def test_two_people_walk_it_in_the_browser(browser: People) -> None:
    keeper, second = browser("tanlihua"), browser("tanguifang")
    page = page_of(keeper)
    assert "提出封存2026年10月" in page
    assert "共 2 行，序号 1 至 2" in page
    done = keeper.post(f"{MONTH}/freeze", **SEEN)
    assert (done.status_code, done.location) == (302, PAGE)
    page = page_of(keeper)
    assert "是您提出的" in page
    assert f"{MONTH}/confirm" not in page
    assert "2026年10月等人确认封存" in second.get("/ledgers").text
    assert "再按一次：确认封存2026年10月，以后不能解封" in page_of(second)
    assert second.post(f"{MONTH}/confirm", **SEEN).status_code == 302
    for reader in (keeper, second):
        page = page_of(reader)
        assert "由谭丽华、谭桂芳共同封存" in page
        assert '<span class="vh">已封存</span>' in page
    file = keeper.post(f"{MONTH}/file")
    assert file.data == second.post(f"{MONTH}/file").data
    shown = keeper.get(MONTH).text
    assert digest(file.data) in shown
    assert "封存件没有变过" in shown


def test_clerks_see_that_it_is_frozen_and_take_nothing(browser: People) -> None:
    browser("tanlihua").post(f"{MONTH}/freeze", **SEEN)
    clerk = browser("yaohaiyang")
    assert "等人确认" not in page_of(clerk)
    browser("pengxiuying").post(f"{MONTH}/confirm", **SEEN)
    page = page_of(clerk)
    assert "由谭丽华、彭秀英共同封存" in page
    assert "校验码" not in page
    assert "下载封存件" not in page
    for answer in (clerk.post(f"{MONTH}/file"), clerk.get(MONTH)):
        assert answer.status_code == 404


def test_a_file_that_changed_is_told_on_its_page(browser: People, office: Office) -> None:
    browser("tanlihua").post(f"{MONTH}/freeze", **SEEN)
    keeper = browser("tanguifang")
    keeper.post(f"{MONTH}/confirm", **SEEN)
    office.session.execute(update(LedgerMonth).values(xlsx_sealed=seal(b"others")))
    office.session.commit()
    assert "封存件和封存时不一致" in keeper.get(MONTH).text
    refused = keeper.post(f"{MONTH}/file")
    assert refused.status_code == 409
    assert "从备份里找回原件" in refused.text


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/ledgers/accounts/months/2026-13/freeze", SEEN, 400),
        (f"{MONTH}/freeze", {}, 400),
        (f"{MONTH}/freeze", {"rows": "二", "last_serial": "2"}, 400),
        (f"{MONTH}/freeze", {"rows": 1, "last_serial": 2}, 409),
        (f"{MONTH}/confirm", SEEN, 409),
        (f"{MONTH}/file", {}, 404),
        (f"{MONTH}/freeze", {**SEEN, "unit": "422827"}, 404),
        (f"{MONTH}/freeze", {**SEEN, "unit": "nowhere"}, 404),
        ("/ledgers/nothing/months/2026-10/freeze", SEEN, 404),
        ("/ledgers/accounts/months/2999-01/freeze", SEEN, 409),
    ],
)
def test_what_does_not_fit_is_refused_in_words(
    browser: People, path: str, fields: dict[str, Any], status: int
) -> None:
    answer = browser("tanlihua").post(path, **fields)
    assert answer.status_code == status
    assert "。" in answer.text


@pytest.fixture
def rest(app: Flask) -> Callable[..., Any]:
    def ask(username: str, method: str, path: str, **more: Any) -> Any:
        client = app.test_client()
        named = {"username": username, "password": DEMO_PASSWORD}
        token = (client.post("/api/v1/tokens", json=named).json or {})["token"]
        bearer = {"Authorization": f"Bearer {token}"}
        return client.open(f"/api/v1{path}", method=method, headers=bearer, **more)

    return ask


def test_programs_walk_it_over_rest(rest: Callable[..., Any]) -> None:
    shown = rest("tanlihua", "GET", MONTH).json
    assert (shown["state"], shown["rows"], shown["last_serial"]) == ("open", 2, 2)
    assert shown["actions"] == ["freeze"]
    proposed = rest("tanlihua", "POST", f"{MONTH}/freeze", json=SEEN)
    assert (proposed.status_code, proposed.json["state"]) == (200, "proposed")
    assert proposed.json["actions"] == []
    own = rest("tanlihua", "POST", f"{MONTH}/confirm", json=SEEN)
    assert (own.status_code, own.json["code"]) == (403, "second_person")
    assert rest("wuyiming", "GET", MONTH).json["actions"] == ["confirm"]
    frozen = rest("wuyiming", "POST", f"{MONTH}/confirm", json=SEEN).json
    assert (frozen["state"], frozen["proposed_by"], frozen["confirmed_by"]) == (
        "frozen",
        "谭丽华",
        "吴一鸣",
    )
    file = rest("tanlihua", "GET", f"{MONTH}/file")
    assert digest(file.data) == frozen["sha256"] == file.headers["ETag"].strip('"')
    assert len(file.data) == frozen["size"]
    months = rest("tanlihua", "GET", "/ledgers/accounts/months?year=2026").json["items"]
    assert {one["month"]: one["state"] for one in months}["2026-10"] == "frozen"
    far = rest("qinzhiming", "GET", f"{MONTH}?unit=422826").json
    assert far["actions"] == ["download"]
    for path in (MONTH, "/ledgers/accounts/months"):
        assert rest("yaohaiyang", "GET", path).status_code == 404
        assert rest("ransiqi", "GET", f"{path}?unit=422826").status_code == 404


def test_the_command_checks_every_file(app: Flask, browser: People, office: Office) -> None:
    browser("tanlihua").post(f"{MONTH}/freeze", **SEEN)
    browser("tanguifang").post(f"{MONTH}/confirm", **SEEN)
    run = app.test_cli_runner()
    done = run.invoke(args=["ledgers", "verify"])
    assert done.exit_code == 0, done.output
    assert "一致  咸丰县 账户管理台账 2026年10月" in done.output
    for sealed, word in ((seal(b"others"), "内容变了"), (b"none of ours", "打不开")):
        office.session.execute(update(LedgerMonth).values(xlsx_sealed=sealed))
        office.session.commit()
        done = run.invoke(args=["ledgers", "verify"])
        assert done.exit_code == 1
        assert word in done.output
