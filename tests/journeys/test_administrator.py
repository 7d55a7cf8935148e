"""People come, move and go; and what one of them has open stays with the office."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from app.identity.demo import DEMO_PASSWORD
from tests.journeys.conftest import Windows
from tests.journeys.desk import Desk, Office, somebody
from tests.journeys.errands import Errands
from tests.journeys.test_pages import is_sound

pytestmark = pytest.mark.journey
# 翔凤镇, whose people are in no other story: a second head takes turns with the first.
CLERK, HEAD, ADMIN = "qutingting", "huangmingyuan", "duanshiyu"
TOWN, CENTRE = "422827-xiangfeng", "422827-jyzx"
TOWN_NAME = "来凤县翔凤镇"
NAME, USERNAME, PASSWORD = "欧阳新来", "ouyangxinlai", "Qingjiang-2026!"


def test_a_colleague_comes_moves_and_leaves(
    office: Office, windows: Windows, errands: Errands
) -> None:
    """Registered, appointed, at work after the first login; then elsewhere, then gone."""
    admin = office.desk(ADMIN).page
    code = _registers(admin)
    _appoints(admin)
    window = windows.open()
    _chooses_a_password(window, code)
    colleague = Desk(window, USERNAME, PASSWORD)
    number = errands.ask(CLERK, somebody())
    colleague.claim(number)
    _hands_over(admin, number)
    office.desk(HEAD).open(number)
    _moves(admin)
    _is_at_the_door(window)  # what somebody sees depends on the unit
    Desk(window, USERNAME, PASSWORD)
    window.goto(f"/tasks?q={number}")
    expect(window.locator("tr", has_text=number)).to_have_count(0)
    _leaves(admin)
    _is_at_the_door(window)
    _is_refused(window)


def _registers(page: Page) -> str:
    page.goto("/people")
    page.get_by_role("link", name="增加人员").click()
    page.get_by_label("姓名").fill(NAME)
    page.locator("#new-unit").select_option(TOWN)
    page.get_by_label("用户名").fill(USERNAME)
    page.get_by_role("button", name="登记这个人").click()
    expect(page.get_by_role("heading", name=f"请把一次性代码交给{NAME}本人")).to_be_visible()
    is_sound(page)
    code = page.locator("dd strong").inner_text()
    page.get_by_role("link", name="交给他了").click()
    return code


def _appoints(page: Page) -> None:
    """From today to a day in a month."""
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    page.locator("#give-position").select_option("dept_head")
    page.locator("#give-since").fill(today.isoformat())
    page.locator("#give-until").fill((today + timedelta(days=30)).isoformat())
    page.get_by_role("button", name=f"任命给{NAME}").click()
    expect(page.get_by_role("status")).to_contain_text("已经任命")
    expect(page.locator("tbody tr").first).to_contain_text(TOWN_NAME)
    is_sound(page)


def _chooses_a_password(page: Page, code: str) -> None:
    """The address brings the code along. What is refused leaves it as it is; used, it is void."""
    for password in (DEMO_PASSWORD, PASSWORD):
        page.goto("about:blank")
        page.goto(f"/activate#{code}")
        expect(page.get_by_label("一次性代码")).to_have_value(code)
        _sets(page, password)
        if password == DEMO_PASSWORD:
            expect(page.locator("[data-errors]")).to_contain_text("系统的名称")
            is_sound(page)
    expect(page.get_by_role("status")).to_contain_text("密码已经设好")
    page.goto("/activate")
    page.get_by_label("一次性代码").fill(code)
    _sets(page, PASSWORD)
    expect(page.locator("[data-errors]")).to_be_visible()


def _sets(page: Page, password: str) -> None:
    page.get_by_label("用户名").fill(USERNAME)
    for label in ("新密码", "再输一次新密码"):
        page.get_by_label(label, exact=True).fill(password)
    page.get_by_role("button", name="设置密码").click()


def _hands_over(page: Page, number: str) -> None:
    """What is open goes to whom the list proposes or the administrator names."""
    page.goto("/handover")
    page.get_by_label("谁离岗").fill(NAME)
    page.get_by_role("button", name="看清单").click()
    row = page.locator("tbody tr", has_text=number)
    row.locator("input").fill(HEAD)
    page.get_by_label("为什么交接").fill("调到县就业中心。")
    is_sound(page)
    page.get_by_role("button", name="一起移交").click()
    expect(page.get_by_role("status")).to_contain_text("移交 1 项")
    is_sound(page)


def _opens(page: Page) -> None:
    page.goto(f"/people?q={USERNAME}")
    page.get_by_role("link", name=NAME).click()


def _moves(page: Page) -> None:
    """The position stays behind, so it ends first."""
    _opens(page)
    for _ in range(2):  # the second press is meant
        page.get_by_role("button", name=re.compile("^免去")).click()
    expect(page.get_by_role("status")).to_contain_text("岗位已经免去")
    page.locator("summary", has_text="改姓名、单位或电话").click()
    page.locator("#change-unit").select_option(CENTRE)
    page.get_by_role("button", name="改登记").click()
    expect(page.get_by_role("status")).to_contain_text("登记已经改好")
    expect(page.locator("#history ~ *").first).to_contain_text("来凤县公共就业服务中心")


def _leaves(page: Page) -> None:
    for _ in range(2):
        page.locator("form[action$='/login/disable'] button").click()
    expect(page.get_by_role("status")).to_contain_text("登录已经停用")
    is_sound(page)


def _is_at_the_door(page: Page) -> None:
    page.goto("/tasks")
    expect(page).to_have_url(re.compile("/login"))


def _is_refused(page: Page) -> None:
    page.get_by_label("用户名").fill(USERNAME)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.locator("[data-errors]")).to_be_visible()
