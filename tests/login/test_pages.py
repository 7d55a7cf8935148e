"""The pages of the door and of one's own login in a real browser, on a site without DEMO=1."""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright

from app.core.clock import utcnow
from app.core.db import transaction
from app.identity import service
from app.identity.demo import DEMO_PASSWORD as PASSWORD
from scripts.process import ROOT
from tests.journeys.conftest import PATIENCE, REFUSED_PAGE, launch

pytestmark = [pytest.mark.journey, pytest.mark.committed]
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
FAULTS = """async () => {
    const found = await axe.run(document, {resultTypes: ['violations']});
    return found.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' | '));
}"""
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = launch(playwright)
        yield made
        made.close()


@pytest.fixture(params=[1366, 390])
def page(request: pytest.FixtureRequest, browser: Browser, other_process: str) -> Iterator[Page]:
    complaints: list[str] = []
    context = browser.new_context(
        base_url=f"http://127.0.0.1:{other_process}",
        viewport={"width": request.param, "height": 768},
        locale="zh-CN",
    )
    context.set_default_timeout(PATIENCE)
    context.on("console", lambda said: complaints.append(said.text) if said.type == "error" else 0)
    yield context.new_page()
    context.close()
    assert not [each for each in complaints if not each.startswith(REFUSED_PAGE)]


def sound(page: Page, name: str) -> None:
    """No fault of axe, nothing wider than the screen.

    After a click wait for something of the next page first: axe breaks on a page that is leaving.
    """
    page.evaluate(AXE.read_text())
    faults = page.evaluate(FAULTS)
    assert not faults, "\n".join([page.url, *faults])
    assert page.evaluate(WIDE) <= 0, page.url
    if folder := os.environ.get("PICTURES"):
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


def typed_in_time(secret: str) -> str:
    """The code of this half minute, once enough of it is left to send it on a busy machine."""
    left = 30 - time.time() % 30
    if left < 15:
        time.sleep(left)
    return pyotp.TOTP(secret).now()


def test_an_administrators_first_days(page: Page, app: Flask) -> None:
    """Code, password, phone, recovery codes, own sessions, proof, and the second step next time."""
    del app
    with transaction() as session:
        code = service.reset_password(session, actor=None, username="duanshiyu", now=utcnow())
    page.goto(f"/activate#{code}")
    expect(page.get_by_label("一次性代码")).to_have_value(code)
    assert code not in page.url
    page.get_by_label("用户名").fill("duanshiyu")
    for label in ("新密码", "再输一次新密码"):
        page.get_by_label(label, exact=True).fill("short")
    page.locator("form.door-form").evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="设置密码").click()
    expect(page.locator("[data-errors]")).to_be_visible()
    sound(page, "activate")
    page.get_by_label("一次性代码").fill(code)
    for label in ("新密码", "再输一次新密码"):
        page.get_by_label(label, exact=True).fill("Lizhi-996655")
    page.get_by_role("button", name="设置密码").click()
    expect(page.get_by_role("button", name="登录", exact=True)).to_be_visible()
    sound(page, "login")
    page.get_by_label("用户名").fill("duanshiyu")
    page.get_by_label("密码", exact=True).fill("Lizhi-996655")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("button", name="开始设置")).to_be_visible()
    sound(page, "factor-due")
    page.get_by_role("button", name="开始设置").click()
    expect(page.get_by_role("img", name=re.compile("二维码"))).to_be_visible()
    sound(page, "factor-setup")
    secret = page.locator(".mono").first.inner_text()
    page.get_by_label("手机上的六位数字").fill(typed_in_time(secret))
    page.get_by_role("button", name="启用动态口令").click()
    expect(page.locator("li.mono").first).to_be_visible()
    sound(page, "recovery")
    spare = page.locator("li.mono").first.inner_text()
    for path in ("second-factor", "sessions", "confirm", "password"):
        page.goto(f"/{path}")
        sound(page, path)
    page.context.clear_cookies()
    page.goto("/login?next=/sessions")
    page.get_by_label("用户名").fill("duanshiyu")
    page.get_by_label("密码", exact=True).fill("Lizhi-996655")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.locator("#code")).to_be_visible()
    sound(page, "code")
    page.locator("#code").fill(spare)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="我的登录")).to_be_visible()
    sound(page, "sessions-again")


def test_a_clerk_with_two_browsers(page: Page, app: Flask) -> None:
    """The list of one's own sessions with another to end."""
    client = app.test_client()
    csrf = client.get("/login").text.split('name="csrf_token" value="')[1].split('"')[0]
    fields = {"username": "yaohaiyang", "password": PASSWORD, "csrf_token": csrf}
    assert client.post("/login", data=fields).status_code == 302
    page.goto("/login?next=/sessions")
    page.get_by_label("用户名").fill("yaohaiyang")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("button", name="其他登录全部退出")).to_be_visible()
    sound(page, "two-sessions")
    page.get_by_role("button", name="其他登录全部退出").click()
    expect(page.get_by_text("其他 1 个登录已经退出")).to_be_visible()
    assert client.get("/sessions").status_code == 302
