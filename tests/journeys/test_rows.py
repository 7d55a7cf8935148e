"""Rows of a form: every cell has room, and several of a list are chosen without a key held down."""

import pytest
from playwright.sync_api import expect

from tests.journeys.desk import Office
from tests.journeys.test_pages import is_sound

pytestmark = pytest.mark.journey

STARTERS = ("yaohaiyang", "tanlihua", "wuyiming")
# Cells too narrow to type a word into, and those that stick out of their list.
CRAMPED = """() => [...document.querySelectorAll('[data-list]')].flatMap((list) => {
    const room = list.getBoundingClientRect();
    const cells = 'input:not([type=hidden], [type=checkbox]), select, textarea, summary';
    return [...list.querySelectorAll(`[data-row] :is(${cells})`)]
        .filter((cell) => cell.checkVisibility())
        .filter((cell) => {
            const box = cell.getBoundingClientRect();
            return box.width < 60 || box.right > room.right + 1;
        })
        .map((cell) => cell.name || cell.textContent);
})"""


@pytest.mark.parametrize("username", STARTERS)
def test_every_cell_has_room(office: Office, username: str) -> None:
    page = office.desk(username).page
    page.goto("/start")
    addresses = {
        one.get_attribute("href") or "" for one in page.locator("a[href^='/start/']").all()
    }
    assert addresses
    for address in sorted(addresses):
        page.goto(address)
        for width in (1366, 390):
            page.set_viewport_size({"width": width, "height": 768})
            assert page.evaluate(CRAMPED) == [], f"{address} at {width}"


def test_several_are_chosen_in_a_cell(office: Office) -> None:
    page = office.desk("yaohaiyang").page
    page.goto("/start/admin-account")
    row = page.locator("[data-row]").first
    row.locator(".few summary").click()
    for name in ("零工驿站子系统", "共享用工子系统"):
        row.get_by_role("checkbox", name=name).check()
    is_sound(page)
    page.keyboard.press("Escape")
    expect(row.locator(".few")).not_to_have_attribute("open", "")
    expect(row.locator(".few summary")).to_have_text("零工驿站子系统、共享用工子系统")
    page.locator("[name=add_row]").click()
    expect(page.locator("[data-row]").nth(1).locator(".few summary")).to_have_text("请选择")
    page.locator("[name=people-0-name]").fill("向小兰")
    page.get_by_role("button", name="提交给秦永安").click()
    expect(page.locator("[data-errors]")).to_be_visible()
    expect(page.locator(".few summary").first).to_have_text("零工驿站子系统、共享用工子系统")
    assert page.locator(".few :checked").count() == 2
