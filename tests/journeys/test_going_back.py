"""Ways back as people walk them: what a return undoes is read first, a signature is taken back."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Windows
from tests.journeys.desk import Desk, Office, somebody
from tests.journeys.errands import Errands
from tests.journeys.test_pages import is_sound

pytestmark = pytest.mark.journey


def test_a_signature_is_taken_back_and_given_again(office: Office, errands: Errands) -> None:
    """秦永安 signed too early; 彭秀英's task goes, and what he wrote stands ready."""
    head, leader = (office.desk(n) for n in ("qinyongan", "pengxiuying"))
    number = errands.ask("yaohaiyang", somebody())
    head.open(number)
    head.decide("同意", opinion="情况属实")
    head.page.goto(f"/tasks?box=done&q={number}")
    row = head.page.locator("tr", has_text=number)
    expect(row).to_contain_text("还能撤回")
    row.locator("a.subject").click()
    head.page.locator("summary", has_text="撤回我的办理").click()
    is_sound(head.page)
    head.page.locator("#take-back-reason").fill("少看了一行")
    head.page.get_by_role("button", name="撤回，由我重新办").click()

    expect(head.page.get_by_role("status").filter(has_text="已经撤回")).to_be_visible()
    expect(head.page.locator("#own-opinion")).to_have_value("情况属实")
    expect(head.timeline).to_contain_text("已作废")
    expect(head.timeline).to_contain_text("少看了一行")
    leader.page.goto(f"/tasks?q={number}")
    expect(leader.page.locator("tr", has_text=number)).to_have_count(0)
    head.page.goto(f"/tickets/{number}")  # without the words that `decide` waits for
    head.decide("同意", opinion="情况属实，两行都看了")
    leader.open(number)


def test_the_panel_says_what_a_return_undoes(office: Office, errands: Errands) -> None:
    """彭秀英 reads that 秦永安's signature becomes void, and confirms in one press."""
    leader = office.desk("pengxiuying")
    number = errands.decide(errands.ask("yaohaiyang", somebody()), "qinyongan")
    leader.open(number)
    leader.choose("退回")
    undoes = leader.page.locator("#undoes")
    leader.page.locator("#own-node").select_option("apply")
    expect(undoes).to_contain_text("由姚海洋改好再报")
    leader.page.locator("#own-node").select_option("department_opinion")
    expect(undoes).to_contain_text("由秦永安重新办")
    expect(undoes).to_contain_text("申请部门意见：同意（秦永安，已签名）")
    is_sound(leader.page)
    leader.page.locator("#own-reason").fill("请核实第 1 行")
    leader.send()
    expect(leader.timeline).to_contain_text("请核实第 1 行")


def test_without_a_script_a_page_asks_before_it_returns(windows: Windows, errands: Errands) -> None:
    number = errands.decide(errands.ask("yaohaiyang", somebody()), "qinyongan")
    page = windows.open(java_script_enabled=False)
    leader = Desk(page, "pengxiuying")
    leader.open(number)
    leader.choose("退回")
    page.locator("#own-node").select_option("department_opinion")
    page.locator("#own-reason").fill("请核实")
    page.locator(".decide-acts button.act:visible").click()
    expect(page.get_by_role("heading", name="确认退回")).to_be_visible()
    expect(page.locator(".undoes").first).to_contain_text("由秦永安重新办")
    page.get_by_role("button", name="确认退回").click()
    expect(page).to_have_url(re.compile(f"/tickets/{number}$"))
    expect(leader.timeline).to_contain_text("请核实")
