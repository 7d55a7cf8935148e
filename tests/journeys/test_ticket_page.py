"""The page of a ticket beside its mock-up: what changed, keys that choose, the way it took."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.desk import Desk, Office, somebody
from tests.journeys.errands import Errands
from tests.journeys.test_pages import is_sound

pytestmark = pytest.mark.journey
WIDTHS = (1366, 390)
DESIGNER = "lvdesheng"


def amended(office: Office) -> tuple[str, Desk]:
    """Sent back and sent again with another post; answers the number and who decides on it."""
    clerk, head = office.desk("longjinhua"), office.desk("xiangjianhua")
    clerk.fill_form(somebody(), somebody())
    number = clerk.submit()
    head.open(number)
    head.send_back("第 2 行请写明要哪些权限。")
    clerk.page.goto(f"/tickets/{number}/edit")
    clerk.page.locator("#people-1-requirement").fill("只查询")
    clerk.page.locator(".form-foot button[value=submit]").click()
    clerk.page.wait_for_url(f"**/tickets/{number}")
    return number, head


def looked_at(page: Page, path: str) -> None:
    """At both widths and in large letters: no fault of axe, no sideways scrolling."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 768})
        page.goto(path)
        is_sound(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
    page.set_viewport_size({"width": WIDTHS[0], "height": 768})
    page.locator("button[name=large][value='1']").first.click()
    page.goto(path)
    expect(page.locator("html.large")).to_be_attached()
    is_sound(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[0], (path, "large")
    page.locator("button[name=large][value='0']").first.click()


def test_an_amendment_is_struck_out_and_the_way_is_drawn(office: Office) -> None:
    number, head = amended(office)
    head.open(number)
    cell = head.page.locator("td.changed")
    expect(cell).to_have_count(1)
    expect(cell.locator("ins")).to_have_text("只查询")
    expect(head.page.locator(".case-note")).to_contain_text("第2次提交改动了 1 处")
    looked_at(head.page, f"/tickets/{number}")

    head.page.goto(f"/tickets/{number}?view=flow")
    expect(head.page.locator(".diagram[data-drawn]")).to_be_visible()
    expect(head.page.locator(".node-badge", has_text="在这里")).to_be_visible()
    expect(head.page.locator(".node-note--here")).to_contain_text("向建华")
    expect(head.page.locator(".node-note--next", has_text="滕国荣")).to_be_visible()
    rows = head.page.locator("table.steps tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.nth(1)).to_contain_text("退回")
    expect(rows.nth(2)).to_contain_text("第 2 次")
    frame = head.page.locator(".diagram")
    frame.evaluate("frame => { frame.scrollLeft = 0; }")
    frame.focus()
    head.page.keyboard.press("ArrowRight")
    head.page.wait_for_timeout(400)  # it scrolls smoothly
    assert frame.evaluate("frame => frame.scrollLeft") > 0
    looked_at(head.page, f"/tickets/{number}?view=flow")


def test_everything_to_decide_is_seen_without_scrolling(office: Office, errands: Errands) -> None:
    """Title, road, panel and the first of what was said, on the offices' screens."""
    head = office.desk("xiangjianhua")
    head.open(errands.ask("longjinhua", somebody()))
    assert head.page.locator("[name=own-choice]:checked").count() == 0
    for part in (".case-head", ".road", ".decide", ".said li >> nth=1", ".sheet-title"):
        box = head.page.locator(part).bounding_box()
        assert box is not None, part
        assert box["y"] + box["height"] <= 768, part


@pytest.mark.parametrize("view", ["", "?view=form", "?view=print", "?view=versions", "?view=lint"])
def test_a_page_of_a_process_is_without_faults(office: Office, view: str) -> None:
    page = office.desk(DESIGNER).page
    looked_at(page, f"/processes/operator-account{view}")
    if not view:
        page.goto("/processes/operator-account")
        expect(page.locator(".diagram[data-drawn] .node-badge").first).to_contain_text("件")


def test_processes_are_found_from_the_menu_and_a_specimen_is_printed(office: Office) -> None:
    page = office.desk(DESIGNER).page
    page.locator(".nav").get_by_role("link", name="流程").click()
    looked_at(page, "/processes")
    page.get_by_role("link", name="操作员账户权限申请").click()
    page.locator(".tabs").get_by_role("link", name="打印件").click()
    address = page.get_by_role("link", name=re.compile("打开样张")).get_attribute("href")
    answer = page.request.get(address or "")
    assert (answer.status, answer.body()[:5]) == (200, b"%PDF-")


def test_a_ticket_prints_on_one_sheet(office: Office, errands: Errands) -> None:
    """Paper only: no frame, no panel, no eye."""
    head = office.desk("xiangjianhua")
    head.open(errands.ask("longjinhua", somebody()))
    pdf = head.page.pdf(prefer_css_page_size=True)
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") <= 2
    head.page.emulate_media(media="print")
    for part in (".nav", ".decide", ".mask >> nth=0", ".tabs"):
        expect(head.page.locator(part)).to_be_hidden()


def test_a_page_that_changes_while_its_modules_come_is_decided_once(
    office: Office, errands: Errands
) -> None:
    """The bell is put in while the first module is still on its way; the second look mounts what
    stands behind it, and the first one leaves that alone. A form guarded twice is never sent.
    """
    number = errands.ask("longjinhua", somebody())
    head = office.desk("xiangjianhua")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    head.page.route(re.compile(r"/decide-\w+\.js$"), hold)
    head.open(number)
    expect(head.page.locator("form#decide[data-mounted]")).to_be_attached()
    assert held  # the form was come to by the second look: the first still waits
    expect(head.page.locator("[data-decide-keys]")).to_be_hidden()
    for route in held:
        route.continue_()
    expect(head.page.locator("[data-decide-keys]")).to_be_visible()
    head.decide("同意", opinion="情况属实")
