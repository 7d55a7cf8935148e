"""Two account administrators share what waits for their position; a leader refuses the rest."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.desk import Office, somebody
from tests.journeys.errands import Errands
from tests.journeys.test_pages import is_sound

pytestmark = pytest.mark.journey
CLERK, HEAD, LEADER = "yaohaiyang", "qinyongan", "pengxiuying"
FIRST, SECOND = "tanlihua", "tanguifang"
CALLED = "欧阳分工"
CLAIMABLE, TODO = (f"/tasks?box={box}&person={CALLED}" for box in ("claimable", "todo"))


def test_two_share_what_waits_for_both(office: Office, errands: Errands) -> None:
    """签收 of two at once, one given back and one handed on; the other takes and does them."""
    numbers = [errands.ask(CLERK, somebody(called=CALLED)) for _ in range(2)]
    for number in numbers:
        errands.decide(number, HEAD, LEADER)
    first, second = office.desk(FIRST).page, office.desk(SECOND).page
    _claims_all(first, numbers)
    _gives_back(first, numbers[0])
    _hands_on(first, numbers[1])
    second.goto(CLAIMABLE)
    second.get_by_role("button", name=re.compile(f"^签收 {numbers[0]}")).click()
    second.wait_for_url(f"**/tickets/{numbers[0]}")
    office.desk(SECOND).decide("已办理", result="账户已开通")
    second.goto(TODO)
    expect(second.locator("tbody .subject")).to_have_count(1)
    _hands_on_from_the_list(second, numbers[1])
    first.goto(TODO)
    expect(first.locator("tr", has_text=numbers[1])).to_be_visible()


def test_what_a_colleague_had_is_tried_again(office: Office, errands: Errands) -> None:
    """One of two is taken already; given back, the report offers it once more."""
    numbers = [errands.ask(CLERK, somebody(called="欧阳再试")) for _ in range(2)]
    for number in numbers:
        errands.decide(number, HEAD, LEADER)
    page = office.desk(FIRST).page
    page.goto("/tasks?box=claimable&person=欧阳再试")
    errands.act("claim", numbers[0], SECOND, box="claimable")
    _ticks(page, numbers, "签收")
    expect(page.get_by_role("heading", name="批量签收：办好 1 件，1 件没有办")).to_be_visible()
    expect(page.locator("tr", has_text=numbers[0])).to_contain_text("已经有人签收")
    errands.act("release", numbers[0], SECOND)
    page.reload()
    is_sound(page)
    page.get_by_role("button", name="再试一次没有办的 1 件").click()
    expect(page.get_by_role("heading", name="批量签收：办好 2 件")).to_be_visible()


def _ticks(page: Page, numbers: list[str], act: str) -> None:
    for number in numbers:
        page.locator("tr", has_text=number).locator(".check").check()
    page.locator(".bulk").get_by_role("button", name=act).click()


def _claims_all(page: Page, numbers: list[str]) -> None:
    page.goto(CLAIMABLE)
    _ticks(page, numbers, "签收")
    expect(page.get_by_role("heading", name="批量签收：办好 2 件")).to_be_visible()
    expect(page.locator("tbody")).to_contain_text("已签收")
    page.get_by_role("link", name="看我的批量办理").click()
    expect(page.locator("tbody tr").first).to_contain_text("2 / 2")


def _gives_back(page: Page, number: str) -> None:
    page.goto(f"/tickets/{number}")
    page.get_by_role("button", name="退还签收，让别人办").click()
    page.wait_for_url("**/tasks?box=claimable")
    page.goto(CLAIMABLE)
    expect(page.locator("tr", has_text=number)).to_be_visible()


def _hands_on(page: Page, number: str) -> None:
    """Not to oneself; to whom the list of names offers."""
    page.goto(f"/tickets/{number}")
    panel = page.locator("#hand-transfer")
    panel.locator("summary").click()
    panel.locator("[name=own-to]").fill("谭丽华")
    panel.get_by_role("button", name="转给他人办").click()
    expect(page.locator("#hand-transfer-to-error")).to_be_visible()
    panel.locator("[name=own-to]").fill("谭桂芳")
    panel.locator("textarea").fill("下午我在州里开会。")
    panel.get_by_role("button", name="转给他人办").click()
    expect(page.get_by_role("status").filter(has_text="已经转办")).to_be_visible()
    expect(page.locator(".said")).to_contain_text("下午我在州里开会。")
    is_sound(page)


def _hands_on_from_the_list(page: Page, number: str) -> None:
    _ticks(page, [number], "转办")
    page.locator("#to").fill("谭丽华")
    page.get_by_role("button", name="转给这个人办").click()
    expect(page.get_by_role("heading", name="批量转办：办好 1 件")).to_be_visible()


def test_a_refusal_ends_the_ticket(office: Office, errands: Errands) -> None:
    """不予办理 wants its reason, asks once more, and the clerk reads why."""
    number = errands.decide(errands.ask(CLERK, somebody()), HEAD)
    leader = office.desk(LEADER)
    leader.open(number)
    leader.choose("不予办理")
    leader.page.get_by_label("用备案签名").check()
    button = leader.page.locator(".decide-acts button.act:visible")
    button.click()
    button.click()
    expect(leader.page.locator("#own-opinion-error")).to_be_visible()
    leader.page.locator("#own-opinion").fill("不属于本单位的账户。")
    button.click()
    expect(button).to_contain_text("再按一次")
    leader.send()
    clerk = office.desk(CLERK)
    clerk.page.goto(f"/tickets/{number}")
    expect(clerk.state).to_have_text("不予办理")
    expect(clerk.timeline).to_contain_text("不属于本单位的账户。")
