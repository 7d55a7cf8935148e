"""An administrator holds a ticket, lets it go on, and puts it elsewhere; the others read why."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.desk import Office, somebody
from tests.journeys.errands import Errands
from tests.journeys.test_pages import is_sound

pytestmark = pytest.mark.journey

WHY = "申请表填错了部门，退回重填。"
WIDTHS = (1366, 390)


def test_a_ticket_is_held_moved_and_everybody_reads_why(office: Office, errands: Errands) -> None:
    """By the keys alone where it matters; axe and no sideways scrolling on both screens."""
    clerk = office.desk("yaohaiyang")
    number = errands.ask("yaohaiyang", somebody())
    page = office.desk("duanshiyu").page

    def look() -> None:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 768})
            is_sound(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.set_viewport_size({"width": 1366, "height": 768})

    page.goto(f"/tickets/{number}")
    page.get_by_role("link", name="修复").click()
    expect(page.get_by_role("heading", name="修复办件")).to_be_visible()
    look()
    page.get_by_text("挂起这件").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("材料有疑问，先停一停。")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("已经挂起")
    look()
    clerk.page.goto(f"/tickets/{number}")
    expect(clerk.page.locator(".case-note")).to_contain_text("材料有疑问，先停一停。")
    expect(clerk.page.get_by_text("撤回", exact=True)).to_have_count(0)
    page.get_by_label("为什么恢复").fill("查清了。")
    page.get_by_role("button", name="恢复，接着办").click()
    expect(page.get_by_role("status")).to_contain_text("已经恢复")
    page.get_by_label("移到哪里").select_option("apply")
    page.get_by_role("button", name="先看移动以后会怎样").click()
    expect(page.get_by_text("现在还没有移动")).to_be_visible()
    look()
    page.get_by_label("为什么移动").fill(WHY)
    page.get_by_role("button", name="就这样移动").click()
    expect(page.get_by_role("status")).to_contain_text("已经移动")
    clerk.page.goto(f"/tickets/{number}")
    expect(clerk.page.locator(".case-note")).to_contain_text(WHY)
    expect(clerk.page.locator(".said")).to_contain_text("系统管理员将本件移到了")
    expect(clerk.page.get_by_role("link", name=re.compile("改好再报"))).to_be_visible()
    page.goto("/processes/operator-account/1/migrate")
    look()
