"""An approver on a phone, 390 points wide, with a thumb; and pages that must fit it."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import Windows
from tests.journeys.desk import Office, somebody
from tests.journeys.errands import Errands
from tests.journeys.test_pages import is_sound

pytestmark = pytest.mark.journey

HEIGHT = 844
PHONE = {"viewport": {"width": 390, "height": HEIGHT}, "is_mobile": True, "has_touch": True}
CLERK, HEAD, KEEPER = "yaohaiyang", "qinyongan", "qinxuemei"
CALLED = "欧阳早晨"
LIST = f"/tasks?person={CALLED}"


def test_an_approver_clears_the_list_before_lunch(office: Office, errands: Errands) -> None:
    """Two at once, one signed too early, one sent back, one signed by two, one asked about."""
    numbers = [errands.ask(CLERK, somebody(called=CALLED)) for _ in range(6)]
    page = office.desk(HEAD, **PHONE).page
    page.goto(LIST)
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(6)
    for number in numbers:  # one title six times: the number tells them apart
        expect(rows.filter(has_text=number)).to_be_visible()
    _fits(page)
    _agrees_to_two(page, numbers)
    _signs_too_early(page, numbers[2])
    _sends_back(page, numbers[3])
    _signs_with_another(page, office, numbers[4])
    _asks_first(page, office, numbers[5])
    page.goto(LIST)
    expect(page.get_by_role("heading", name="没有符合条件的件")).to_be_visible()


def _agrees_to_two(page: Page, numbers: list[str]) -> None:
    for number in numbers[:2]:
        page.locator("tr", has_text=number).locator(".check").tap()
    agree = page.locator(".bulk").get_by_role("button", name="同意")
    _within_reach(agree)
    agree.tap()
    expect(page.locator("input[name=item]:checked")).to_have_count(2)
    _fits(page)
    page.locator("button[value=do]").tap()
    expect(page.get_by_role("heading", name="批量同意：办好 2 件")).to_be_visible()
    for number in numbers[:2]:
        expect(page.get_by_role("link", name=number)).to_be_visible()
    _fits(page)


def _opens(page: Page, number: str) -> None:
    page.goto(LIST)
    page.locator("tr", has_text=number).locator("a.subject").tap()
    page.wait_for_url(f"**/tickets/{number}")


def _chooses(page: Page, label: str) -> None:
    seg = page.locator(".decide-bar .seg label", has_text=label)
    _within_reach(seg)
    seg.tap()


def _does(page: Page) -> None:
    button = page.locator(".decide-bar .act:visible")
    _within_reach(button)
    button.tap()


def _signs(page: Page) -> None:
    _chooses(page, "同意")
    page.get_by_label("用备案签名").check()
    _does(page)
    expect(page.get_by_role("status").filter(has_text="已经办好")).to_be_visible()


def _signs_too_early(page: Page, number: str) -> None:
    """One press undoes it, and what waits next is one press away."""
    _opens(page, number)
    _fits(page)
    _chooses(page, "同意")
    page.get_by_role("button", name="情况属实，同意上报。").tap()
    expect(page.locator("#own-opinion")).to_have_value("情况属实，同意上报。")
    page.get_by_label("用备案签名").check()
    _does(page)
    told = page.get_by_role("status").filter(has_text="已经办好")
    _within_reach(told.get_by_role("button", name="撤回我的办理"))
    _fits(page)
    is_sound(page)
    told.get_by_role("button", name="撤回我的办理").tap()
    expect(page.get_by_role("status").filter(has_text="已经撤回")).to_be_visible()
    expect(page.locator("#own-opinion")).to_have_value("情况属实，同意上报。")
    _signs(page)
    onward = page.get_by_role("link", name=re.compile("办下一件（还有 .* 件）"))
    _within_reach(onward)
    onward.tap()
    page.wait_for_url(lambda url: not url.endswith(number))
    expect(page.locator(".decide-bar .seg")).to_be_visible()


def _sends_back(page: Page, number: str) -> None:
    _opens(page, number)
    _chooses(page, "退回")
    expect(page.locator("#undoes")).to_contain_text("由姚海洋改好再报")
    page.locator("#own-reason").fill("请写明要哪些权限。")
    _fits(page)
    _does(page)
    expect(page.get_by_role("status").filter(has_text="已经退回")).to_be_visible()
    expect(page.locator(".said")).to_contain_text("请写明要哪些权限。")


def _asked(page: Page, act: str, place: str = "") -> None:
    panel = page.locator(f"#hand-{act}")
    panel.locator("summary").tap()
    panel.locator("[name=own-to]").fill("秦雪梅")
    if place:
        panel.locator("select").select_option(place)
    _fits(page)
    panel.locator("button[type=submit]").tap()


def _answers(page: Page, number: str) -> None:
    """秦雪梅, on a phone of her own."""
    page.goto(f"/tasks?q={number}")
    page.locator("tr", has_text=number).locator("a.subject").tap()
    _chooses(page, "同意")
    page.locator("#own-opinion").fill("材料齐全。")
    if page.get_by_label("用备案签名").count():
        page.get_by_label("用备案签名").check()
    _does(page)
    expect(page.get_by_role("status").filter(has_text="已经办好")).to_be_visible()


def _signs_with_another(page: Page, office: Office, number: str) -> None:
    """加签 for later: what is asked of her begins when he has signed."""
    _opens(page, number)
    _asked(page, "add-signers", "after")
    expect(page.locator(".together")).to_contain_text("后加签")
    _signs(page)
    _answers(office.desk(KEEPER, **PHONE).page, number)


def _asks_first(page: Page, office: Office, number: str) -> None:
    """委派: what she says comes back with the ticket, and he decides."""
    _opens(page, number)
    _asked(page, "delegate")
    expect(page.get_by_role("status").filter(has_text="会回到您的待办")).to_be_visible()
    _answers(office.desk(KEEPER, **PHONE).page, number)
    _opens(page, number)
    expect(page.locator(".together")).to_contain_text("材料齐全。")
    _signs(page)
    expect(page.locator(".said")).to_contain_text("受委派意见")


def test_pages_do_not_scroll_sideways(windows: Windows, office: Office) -> None:
    """What test_every_page does not know: a form, books in their frame, a closed ticket's tabs."""
    page = windows.open(**PHONE)
    page.goto("/login")
    _fits(page)
    for username, path in (("tanlihua", "/ledgers/accounts"), ("wuyiming", "/ledgers/grants")):
        page = office.desk(username, **PHONE).page
        page.goto(path)
        _fits(page)
    page = office.desk(CLERK, **PHONE).page
    page.goto("/start/operator-account")
    _fits(page)
    page.goto("/tickets?box=mine")
    page.locator("tr", has_text=re.compile("办结")).last.locator("a").first.click()
    page.wait_for_url("**/tickets/QX-*")
    url = page.url
    for view in ("form", "print", "flow", "log"):
        page.goto(f"{url}?view={view}")
        _fits(page)


def _within_reach(button: Locator) -> None:
    """On the screen without scrolling, and no smaller than a thumb."""
    expect(button).to_be_in_viewport(ratio=1)
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 40, box


def _fits(page: Page) -> None:
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, f"{page.url} is {width} wide"
