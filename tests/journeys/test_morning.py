"""A clerk's morning: asked for, urged, talked about, taken back, mended, printed, given up."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.desk import Desk, Office, somebody
from tests.journeys.test_form import as_copied, paste
from tests.journeys.test_pages import is_sound

pytestmark = pytest.mark.journey
NUMBERED = re.compile(r"QX-CZY-\d{4}-\d{5}")


def test_a_clerks_morning(office: Office) -> None:
    """One ticket of 黄雪莲 from the pasted row to 作废; 滕晓燕 has it, 秦雪梅 is told of it."""
    clerk, head = office.desk("huangxuelian"), office.desk("tengxiaoyan")
    number = _sends_what_was_pasted(clerk)
    _urges(clerk)
    _says_something(clerk)
    _sends_a_copy(clerk)
    _head_reads(head, number)
    _is_read_by_whom_it_was_sent_to(office.desk("qinxuemei").page, number)
    _takes_it_back_and_mends_it(clerk, head, number)
    _prints_and_exports(clerk.page, number)
    _gives_it_up(clerk, number)


def _sends_what_was_pasted(clerk: Desk) -> str:
    """Ctrl+V in a cell spreads two lines of Excel over two rows; kept as a draft, sent later."""
    people = [somebody(), somebody()]
    clerk.fill_form()
    paste(clerk.page, "#people-0-kind", "\r\n".join(as_copied(one) for one in people))
    for number, person in enumerate(people):
        for key, value in person.items():
            expect(clerk.page.locator(f"#people-{number}-{key}")).to_have_value(value)
    clerk.page.get_by_role("button", name="存草稿").last.click()
    expect(clerk.page.get_by_role("status").filter(has_text="草稿已经保存")).to_be_visible()
    return clerk.submit()


def _urges(clerk: Desk) -> None:
    page = clerk.page
    page.locator("summary", has_text="催办").click()
    page.locator("#urge-text").fill("今天下午要用。")
    page.get_by_role("button", name="催办", exact=True).click()
    expect(clerk.timeline).to_contain_text("今天下午要用。")
    page.locator("summary", has_text="催办").click()
    expect(page.locator("#talk")).to_contain_text("已经催过")  # and when it may be done again


def _says_something(clerk: Desk) -> None:
    """滕晓燕 is called; a second comment is regretted at once."""
    page = clerk.page
    for words, to in (("第 2 行的岗位请您定。", "滕晓燕"), ("写错了的话", "")):
        page.locator("summary", has_text="留言").click()
        page.locator("#comment-text").fill(words)
        if to:
            page.locator("#comment-people").get_by_label(re.compile(to)).check()
        page.get_by_role("button", name="写上留言").click()
        expect(clerk.timeline).to_contain_text(words)
    clerk.timeline.locator("li", has_text="写错了的话").get_by_role(
        "button", name="撤回这条留言"
    ).click()
    expect(clerk.timeline.locator("del")).to_have_text("写错了的话")
    is_sound(page)


def _sends_a_copy(clerk: Desk) -> None:
    """To somebody who has no part in it, found by name."""
    page = clerk.page
    page.locator("summary", has_text="抄送").click()
    page.locator("#copy-q").fill("秦雪梅")
    page.locator("#copy-people").get_by_label(re.compile("秦雪梅")).check()
    page.locator("#copy-text").fill("请备好印章。")
    page.get_by_role("button", name="抄送，让他们能看这件").click()
    expect(clerk.timeline).to_contain_text("秦雪梅")


def _head_reads(head: Desk, number: str) -> None:
    """The list says that it is urged, the ticket what was said."""
    head.page.goto(f"/tasks?q={number}")
    row = head.page.locator("tr", has_text=number)
    expect(row.locator(".tag", has_text="催")).to_be_visible()
    row.locator("a.subject").click()
    expect(head.page.locator(".told")).to_contain_text("第 2 行的岗位请您定。")
    expect(head.timeline).to_contain_text("今天下午要用。")


def _is_read_by_whom_it_was_sent_to(page: Page, number: str) -> None:
    page.goto("/tasks?box=copied")
    row = page.locator("tr", has_text=number)
    expect(row).to_contain_text("没有看过")
    row.locator("a.subject").click()
    expect(page.locator(".told")).to_contain_text("请备好印章。")
    expect(page.locator("#decide")).to_have_count(0)  # to be read, not to be decided
    page.wait_for_load_state("networkidle")  # what was told is marked as seen
    page.goto("/tasks?box=copied")
    expect(page.locator("tr", has_text=number)).not_to_contain_text("没有看过")


def _takes_back(clerk: Desk, reason: str) -> None:
    clerk.page.locator("summary", has_text="撤回").first.click()
    clerk.page.locator("#withdraw-reason").fill(reason)
    clerk.page.get_by_role("button", name="撤回这件申请").click()
    expect(clerk.state).to_have_text("已撤回")
    expect(clerk.timeline).to_contain_text(reason)


def _takes_it_back_and_mends_it(clerk: Desk, head: Desk, number: str) -> None:
    """It leaves the head's inbox, and comes again under the same number."""
    _takes_back(clerk, "填错了子系统")
    head.page.goto(f"/tasks?q={number}")
    expect(head.page.locator("tr", has_text=number)).to_have_count(0)
    clerk.page.get_by_role("link", name="改好再报").click()
    clerk.page.get_by_label("子系统名称").select_option("shared-labour")
    assert clerk.submit() == number
    head.page.reload()
    expect(head.page.locator("tr", has_text=number)).to_have_count(1)


def _prints_and_exports(page: Page, number: str) -> None:
    """Ticked in 我发起的: a sheet of Excel and one file to be printed."""
    page.goto(f"/tickets?box=mine&q={number}")
    page.locator("tr", has_text=number).locator(".check").check()
    with page.expect_download() as download:
        page.locator(".bulk").get_by_role("button", name="导出 Excel").click()
    assert Path(download.value.path()).read_bytes().startswith(b"PK")
    page.locator(".bulk").get_by_role("button", name="打印").click()
    link = page.get_by_role("link", name="打开合成的文件")
    expect(link).to_be_visible()
    answer = page.request.get(link.get_attribute("href") or "")
    assert answer.body().startswith(b"%PDF-")
    page.get_by_role("link", name=number).click()
    page.wait_for_url(f"**/tickets/{number}")


def _gives_it_up(clerk: Desk, number: str) -> None:
    """Pressed once it asks, pressed twice it is done."""
    _takes_back(clerk, "不用办了")
    button = clerk.page.get_by_role("button", name="不办了，作废")
    button.click()
    clerk.page.get_by_role("button", name="再按一次：作废这件").click()
    expect(clerk.page.get_by_role("status").filter(has_text="已经作废")).to_be_visible()
    expect(clerk.page.locator("tr", has_text=number)).to_contain_text("已作废")
