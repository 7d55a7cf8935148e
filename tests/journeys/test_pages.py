"""Every page of the road, judged by axe and by the browser's console."""

import pytest
from playwright.sync_api import Page, expect

from scripts.process import ROOT
from tests.journeys.desk import Office, somebody
from tests.journeys.errands import Errands

pytestmark = pytest.mark.journey

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
FAULTS = """async () => {
    const found = await axe.run(document, {resultTypes: ['violations']});
    return found.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' | '));
}"""


@pytest.mark.parametrize("path", ["/login", "/progress", "/verify/-", "/verify/QX00000000"])
def test_a_public_page_is_without_faults(page: Page, path: str) -> None:
    """Pages that anybody may open pass axe and break no rule of the CSP."""
    page.goto(path)
    is_sound(page)


@pytest.mark.parametrize(
    ("username", "path"),
    [
        ("yaohaiyang", "/start/operator-account"),
        ("tanlihua", "/ledgers/accounts"),
        ("wuyiming", "/ledgers/grants"),
        ("yaohaiyang", "/tickets/QX-CZY-2026-99999"),
        ("yaohaiyang", "/no-such-page"),
    ],
)
def test_a_page_is_without_faults(office: Office, username: str, path: str) -> None:
    """What test_every_page does not know: addresses with something in them."""
    desk = office.desk(username)
    desk.page.goto(path)
    is_sound(desk.page)


@pytest.mark.parametrize(
    ("username", "path"),
    [
        ("duanshiyu", "/incidents?state=resolved"),
        ("duanshiyu", "/incidents/{}"),
        ("raowentao", "/incidents/{}"),
        ("duanshiyu", "/outbox?state=dead"),
        ("duanshiyu", "/outbox?state=held"),
        ("duanshiyu", "/outbox?state=discarded"),
    ],
)
def test_a_page_of_administrators_is_without_faults(
    office: Office, trouble: int, username: str, path: str
) -> None:
    """With something on it to mend, on a screen and on a telephone."""
    page = office.desk(username).page
    for width in (1366, 390):
        page.set_viewport_size({"width": width, "height": 768})
        page.goto(path.format(trouble))
        is_sound(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_scan_panel_is_without_faults(office: Office, errands: Errands) -> None:
    """Unfolded on a ticket's form, with a scan that is there."""
    clerk, number = office.desk("yaohaiyang"), errands.ask("yaohaiyang", somebody())
    clerk.page.goto(f"/tickets/{number}?view=print")
    clerk.bring_scan("签字件.png")
    clerk.page.locator(".scans summary").click()
    is_sound(clerk.page)


def test_a_refused_form_is_without_faults(office: Office) -> None:
    """The form with its list of errors, and with a second row."""
    clerk = office.desk("yaohaiyang")
    clerk.fill_form({}, {"name": "唐小兰"})
    clerk.page.locator(".form-foot button[value=submit]").click()
    expect(clerk.page.locator("[data-errors]")).to_be_visible()
    is_sound(clerk.page)


@pytest.mark.parametrize("view", ["form", "print", "flow", "log"])
def test_each_tab_of_a_ticket_is_without_faults(office: Office, view: str) -> None:
    """A closed ticket of the demonstration with its signatures, as its requester sees it."""
    clerk = office.desk("yaohaiyang")
    clerk.page.goto("/tickets?box=mine")
    clerk.page.locator("tr", has_text="办结").last.locator("a").first.click()
    clerk.page.wait_for_url("**/tickets/QX-*")
    clerk.page.goto(f"{clerk.page.url}?view={view}")
    if view == "flow":
        expect(clerk.page.locator(".diagram svg [data-element-id=leader_approval]")).to_be_visible()
    is_sound(clerk.page)


def test_the_decision_panel_is_without_faults(office: Office, errands: Errands) -> None:
    """As opened, with an outcome chosen and the pad open, and refused for want of a signature."""
    clerk, head = office.desk("yaohaiyang"), office.desk("qinyongan")
    number = errands.ask("yaohaiyang", somebody())
    clerk.page.goto(f"/tickets/{number}")
    is_sound(clerk.page)
    head.open(number)
    is_sound(head.page)
    head.choose("同意")
    head.page.get_by_label("现在手写").check()
    is_sound(head.page)
    head.page.locator(".decide-acts button.act:visible").click()
    expect(head.page.locator("#own-signature-error")).to_be_visible()
    is_sound(head.page)


def is_sound(page: Page) -> None:
    """No fault of axe; the console is read when the window closes (see conftest)."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    faults = page.evaluate(FAULTS)
    assert not faults, "\n".join([page.url, *faults])
