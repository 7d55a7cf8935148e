"""Twenty items before lunch: found by what they have in common, ticked, agreed to, reported."""

import json
import re
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import expect

from app.identity.demo import DEMO_PASSWORD
from tests.journeys.conftest import Windows
from tests.journeys.desk import PROCESS, Desk, Office, somebody
from tests.journeys.test_pages import is_sound
from tests.journeys.test_phone import PHONE
from tests.support.servers import Site

pytestmark = pytest.mark.journey
MANY = 20


def _post(site: Site, path: str, body: Any, token: str = "") -> Any:
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    asked = urllib.request.Request(  # noqa: S310 - our own site
        f"{site.url}/api/v1{path}", json.dumps(body).encode(), headers
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - our own site
        return json.load(answer)


def asked_for(site: Site, count: int, called: str) -> list[str]:
    """So many of the clerk's tickets that name somebody of this name."""
    login = {"username": "yaohaiyang", "password": DEMO_PASSWORD}
    token = _post(site, "/tokens", login)["token"]
    numbers = []
    for _ in range(count):
        answers = {
            "subsystem": "gig-station",
            "contact_phone": "0718-6820011",
            "people": [{**somebody(), "name": called}],
        }
        made = _post(site, "/tickets", {"process": PROCESS, "answers": answers}, token)
        numbers.append(made["number"])
    return numbers


def test_twenty_by_the_keys_alone(office: Office, site: Site) -> None:
    """Narrowed down, ticked with x and j, agreed to with a and Enter; the report names all."""
    numbers = asked_for(site, MANY, "欧阳多件")
    page = office.desk("qinyongan").page
    page.goto("/tasks?person=欧阳多件")
    expect(page.locator("tbody .subject")).to_have_count(MANY)
    expect(page.get_by_role("link", name="去掉条件 姓名：欧阳多件")).to_be_visible()
    page.keyboard.press("j")
    for _ in range(MANY):
        page.keyboard.press("x")
        page.keyboard.press("j")
    expect(page.locator("tbody .check:checked")).to_have_count(MANY)
    is_sound(page)
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="一起同意")).to_be_visible()
    expect(page.locator("input[name=item]:checked")).to_have_count(MANY)
    expect(page.locator("button[value=do]")).to_be_focused()
    is_sound(page)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/tasks/batches/"))
    expect(page.get_by_role("heading", name=f"批量同意：办好 {MANY} 件")).to_be_visible(
        timeout=60_000
    )
    for number in numbers:
        expect(page.get_by_role("link", name=number)).to_be_visible()
    is_sound(page)
    page.goto("/tasks?person=欧阳多件")
    expect(page.get_by_role("heading", name="没有符合条件的件")).to_be_visible()


def test_on_the_phone_without_a_script(office: Office, windows: Windows, site: Site) -> None:
    """Filter, confirmation and report work as plain pages, and fit the width."""
    (number,) = asked_for(site, 1, "欧阳单件")
    page = windows.open(**PHONE, java_script_enabled=False)
    Desk(page, "qinyongan")
    page.goto("/tasks")
    page.locator("summary", has_text="更多条件").click()
    page.locator("#by-person").fill("欧阳单件")
    page.get_by_role("button", name="查找").click()
    expect(page.locator("tbody .subject")).to_have_count(1)
    page.locator("tbody .check").check()
    page.get_by_role("button", name="同意").click()
    page.locator("#opinion").fill("情况属实。")
    page.locator("button[value=do]").click()
    for _ in range(30):
        page.reload()
        if page.get_by_text("全部办好了").count():
            break
        page.wait_for_timeout(500)
    expect(page.get_by_role("link", name=number)).to_be_visible()
    leader = office.desk("pengxiuying")
    leader.open(number)
    expect(leader.timeline).to_contain_text("情况属实。")


def test_the_clerk_urges_what_she_has_asked_for(
    office: Office, windows: Windows, site: Site
) -> None:
    """Ticked in 我发起的, urged with a word for all; whoever has them sees the mark on a phone."""
    numbers = asked_for(site, 3, "欧阳催件")
    page = office.desk("yaohaiyang").page
    page.goto("/tickets?box=mine&q=欧阳催件")
    for box in page.locator("tbody .check").all():
        box.check()
    page.get_by_role("button", name="催办").click()
    expect(page.get_by_role("heading", name="一起催办")).to_be_visible()
    expect(page.locator("input[name=number]:checked")).to_have_count(3)
    page.get_by_label("对办理的人说").fill("群众在窗口等。")
    is_sound(page)
    page.get_by_role("button", name="催办").click()
    expect(page.get_by_role("heading", name="批量催办：办好 3 件")).to_be_visible(timeout=60_000)
    for number in numbers:
        expect(page.get_by_role("link", name=number)).to_be_visible()
    is_sound(page)
    page.goto("/tickets?box=mine&q=欧阳催件")
    page.locator("tbody .check").first.check()
    page.get_by_role("button", name="催办").click()
    expect(page.get_by_text("现在都不能催")).to_be_visible()
    phone = windows.open(**PHONE)
    Desk(phone, "qinyongan")
    phone.goto("/tasks?person=欧阳催件")
    expect(phone.locator("tbody .tag", has_text="催")).to_have_count(3)


def test_a_filter_is_kept_and_seen_first(office: Office) -> None:
    page = office.desk("jiangqiuju").page
    page.goto("/tickets?box=mine&state=closed&due=never")
    page.locator("summary", has_text="存为常用筛选").click()
    page.get_by_label("名字").fill("办结的")
    page.get_by_role("button", name="存下").click()
    expect(page.locator(".views [aria-current]", has_text="办结的")).to_be_visible()
    page.goto("/filters")
    page.get_by_role("button", name="设为默认 办结的").click()
    is_sound(page)
    page.goto("/tickets")
    expect(page).to_have_url(re.compile("state=closed"))
    page.goto("/filters")
    for _ in range(2):  # the second press is meant
        page.get_by_role("button", name="删除 办结的").click()
    expect(page.get_by_text("还没有存过筛选")).to_be_visible()
