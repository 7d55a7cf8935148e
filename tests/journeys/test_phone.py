"""The road on a phone, 390 points wide."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Windows
from tests.journeys.desk import Office, somebody

pytestmark = pytest.mark.journey

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


def test_a_head_approves_on_the_phone(office: Office) -> None:
    """秦永安 finds the case, agrees from the bar at the bottom and signs with what is on file."""
    clerk = office.desk("yaohaiyang")
    clerk.fill_form(somebody())
    number = clerk.submit()

    head = office.desk("qinyongan", **PHONE)
    head.open(number)
    _fits(head.page)
    bar = head.page.locator(".decide-bar")
    box = bar.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 844  # within reach of the thumb
    head.decide("同意", opinion="同意")
    expect(head.timeline).to_contain_text("申请部门意见：同意")
    _fits(head.page)


@pytest.mark.parametrize(
    ("username", "path"),
    [
        ("yaohaiyang", "/tasks"),
        ("qinyongan", "/tasks"),
        ("yaohaiyang", "/start"),
        ("yaohaiyang", "/start/operator-account"),
        ("yaohaiyang", "/tickets?box=mine"),
        ("tanlihua", "/ledgers"),
        ("tanlihua", "/ledgers/accounts"),
        ("wuyiming", "/ledgers/grants"),
    ],
)
def test_a_page_does_not_scroll_sideways(office: Office, username: str, path: str) -> None:
    """Everything fits the width of a phone; only a table of the books scrolls, in its own frame."""
    desk = office.desk(username, **PHONE)
    desk.page.goto(path)
    _fits(desk.page)


def test_login_and_ticket_do_not_scroll_sideways(windows: Windows, office: Office) -> None:
    """The login page, and a closed ticket of many rows on each of its tabs."""
    page = windows.open(**PHONE)
    page.goto("/login")
    _fits(page)
    desk = office.desk("yaohaiyang", **PHONE)
    desk.page.goto("/tickets?box=mine")
    desk.page.locator("tr", has_text=re.compile("办结")).last.locator("a").first.click()
    desk.page.wait_for_url("**/tickets/QX-*")
    url = desk.page.url
    for view in ("form", "print", "flow", "log"):
        desk.page.goto(f"{url}?view={view}")
        _fits(desk.page)


def _fits(page: Page) -> None:
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, f"{page.url} is {width} wide"
