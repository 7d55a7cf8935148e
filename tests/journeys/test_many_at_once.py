"""Twenty items before lunch: found by what they have in common, ticked, agreed to, reported."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Windows
from tests.journeys.desk import Desk, Office, somebody
from tests.journeys.errands import Errands
from tests.journeys.test_pages import is_sound
from tests.journeys.test_phone import PHONE

pytestmark = pytest.mark.journey
MANY = 20
CLERK = "yaohaiyang"


def test_twenty_by_the_keys_alone(office: Office, errands: Errands) -> None:
    """Found with /, one opened with Enter, all ticked with x and j, agreed to with a and Enter."""
    numbers = [errands.ask(CLERK, somebody(called="欧阳多件")) for _ in range(MANY)]
    page = office.desk("qinyongan").page
    page.goto("/tasks?person=欧阳多件")
    expect(page.locator("tbody .subject")).to_have_count(MANY)
    expect(page.get_by_role("link", name="去掉条件 姓名：欧阳多件")).to_be_visible()
    for key in "jjk":
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/tickets/{numbers[0]}")
    _keys_choose_and_never_decide(page)
    page.goto("/tasks?person=欧阳多件")
    page.keyboard.press("/")
    page.keyboard.type("没有这样的件")  # searched while it is typed
    expect(page.get_by_role("heading", name="没有找到")).to_be_visible()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("Backspace")
    expect(page.locator("tbody .subject")).to_have_count(MANY)
    page.locator("h1").click()
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
    expect(page.get_by_role("heading", name=f"批量同意：办好 {MANY} 件")).to_be_visible()
    for number in numbers:
        expect(page.get_by_role("link", name=number)).to_be_visible()
    is_sound(page)
    page.goto("/tasks?person=欧阳多件")
    expect(page.get_by_role("heading", name="没有符合条件的件")).to_be_visible()


def _keys_choose_and_never_decide(page: Page) -> None:
    expect(page.locator("[data-decide-keys]")).to_contain_text("按 a 选同意")  # they are heard
    page.keyboard.press("r")
    expect(page.locator(".choose--back")).to_be_checked()
    expect(page.locator("#own-reason, #own-node").first).to_be_focused()
    page.keyboard.type("a")  # typed into the reason, or no more than a letter of a list
    expect(page.locator(".choose--back")).to_be_checked()
    page.locator("h1").click()
    page.keyboard.press("a")
    expect(page.get_by_label("同意", exact=True)).to_be_checked()
    expect(page.locator(".road .here")).to_contain_text("申请部门意见")


def test_on_the_phone_without_a_script(office: Office, windows: Windows, errands: Errands) -> None:
    """Filter, confirmation and report work as plain pages, and fit the width."""
    number = errands.ask(CLERK, somebody(called="欧阳单件"))
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
    page.wait_for_url("**/tasks/batches/*")  # what is still on its way cannot be loaded again
    for _ in range(60):
        page.goto(page.url)
        if page.get_by_text("全部办好了").count():
            break
        page.wait_for_timeout(500)
    expect(page.get_by_role("link", name=number)).to_be_visible()
    leader = office.desk("pengxiuying")
    leader.open(number)
    expect(leader.timeline).to_contain_text("情况属实。")


def test_the_clerk_urges_what_she_has_asked_for(
    office: Office, windows: Windows, errands: Errands
) -> None:
    """Ticked in 我发起的, urged with a word for all; whoever has them sees the mark on a phone."""
    numbers = [errands.ask(CLERK, somebody(called="欧阳催件")) for _ in range(3)]
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
    expect(page.get_by_role("heading", name="批量催办：办好 3 件")).to_be_visible()
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
