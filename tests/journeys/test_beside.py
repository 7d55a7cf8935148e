"""Beside the decision: who gets it next, the own signature, related tickets, the whole record."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import FilePayload, expect

from tests.journeys.desk import STROKES, Desk, Office, somebody
from tests.journeys.test_ticket_page import looked_at

pytestmark = pytest.mark.journey
CLERK, HEAD = "longjinhua", "xiangjianhua"


def sent(office: Office) -> tuple[str, Desk]:
    clerk = office.desk(CLERK)
    clerk.fill_form(somebody())
    return clerk.submit(), clerk


def test_own_signature_is_drawn_kept_and_taken_for_a_decision(office: Office) -> None:
    number, _ = sent(office)
    head = office.desk(HEAD)
    page = head.page
    page.locator("header details.more summary").click()
    page.get_by_role("link", name="我的签名").click()
    looked_at(page, "/signature")
    canvas = page.locator("canvas")
    canvas.scroll_into_view_if_needed()
    corner = canvas.bounding_box()
    assert corner is not None
    for first, *more in STROKES:
        page.mouse.move(corner["x"] + first[0], corner["y"] + first[1])
        page.mouse.down()
        for x, y in more:
            page.mouse.move(corner["x"] + x, corner["y"] + y, steps=6)
        page.mouse.up()
    page.get_by_role("button", name="存好签名").click()
    expect(page.get_by_role("status").filter(has_text="签名已经存好")).to_be_visible()
    expect(page.get_by_alt_text("您的备案签名")).to_be_visible()

    page.locator("#signature-file").set_input_files(
        FilePayload(name="字.txt", mimeType="text/plain", buffer=b"no picture")
    )
    page.get_by_role("button", name="存好签名").click()
    expect(page.get_by_role("status").filter(has_text="读不懂")).to_be_visible()

    head.open(number)
    head.choose("同意")
    expect(page.locator(".ahead li:visible")).to_contain_text("到“分管领导审批”：")
    page.get_by_label("用备案签名").check()
    head.send()


def test_a_ticket_is_linked_by_its_number_and_parted_again(office: Office) -> None:
    first, clerk = sent(office)
    clerk.fill_form(somebody())
    second = clerk.submit()
    page = clerk.page
    page.get_by_text("按编号关联另一件").click()
    page.get_by_label("另一件的编号").fill("QX-CZY-2026-99999")
    page.get_by_role("button", name="关联这一件").click()
    expect(page.locator("#link-to-error")).to_contain_text("请核对编号")
    page.get_by_label("另一件的编号").fill(first)
    page.get_by_role("button", name="关联这一件").click()
    expect(page.get_by_role("status").filter(has_text="已经关联")).to_be_visible()
    looked_at(page, f"/tickets/{second}")
    page.locator(".related").get_by_role("link").first.click()
    page.wait_for_url(f"**/tickets/{first}")
    expect(page.locator(".related")).to_contain_text("后一件")
    expect(page.locator(".said")).to_contain_text(f"关联后一件 {second}")
    page.get_by_role("button", name=f"取消关联 {second}").click()
    expect(page.get_by_role("status").filter(has_text="取消关联")).to_be_visible()
    expect(page.locator(".related")).not_to_contain_text("后一件")


def test_the_whole_record_is_downloaded_from_the_page(office: Office) -> None:
    number, clerk = sent(office)
    link = clerk.page.get_by_role("link", name="全程记录")
    expect(link).to_have_attribute("href", re.compile(r"/record\.pdf$"))
    answer = clerk.page.request.get(link.get_attribute("href") or "")
    assert answer.ok
    assert answer.headers["content-type"] == "application/pdf"
    assert number in answer.headers["content-disposition"]
    assert answer.body().startswith(b"%PDF")
    assert urlsplit(clerk.page.url).path.endswith(number)
    clerk.page.goto(f"/tickets/{number}?view=log")
    expect(clerk.page.locator("#case")).to_contain_text("打印全程记录")
