"""Every page that an address alone opens, for each role, on a screen and on a telephone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import CDPSession, Page

from scripts.process import ROOT
from tests.journeys.conftest import Windows
from tests.journeys.desk import Office
from tests.journeys.test_pages import is_sound

pytestmark = pytest.mark.journey

ADDRESS = re.compile(r"^\| GET `(/[^`<]*)` \|", re.MULTILINE)
FILE = re.compile(r"\.[a-z]+$")  # is downloaded, and opens no page
NO_PAGES = ("/api/", "/healthz", "/readyz", "/metrics", "/alive", "/static", "/notifications/count")
PHONE, SCREEN = 390, 1366
ROLES = {
    "clerk": "yaohaiyang",
    "head": "qinyongan",
    "account_admin": "tanlihua",
    "auditor": "humin",
    "system_admin": "duanshiyu",
    "process_designer": "lvdesheng",
    "process_publisher": "raowentao",
    "company_manager": "wenbin",
}
LISTS = ("/tasks?box=claimable", "/tasks?box=done", "/tickets?box=unit", "/tickets?box=draft")
NARROWED = (
    "/tickets?box=all&state=closed&from=2020-01-01",
    "/tasks?q=没有这样的件",
    "/tickets?to=x",
    "/tasks?person=姚海洋&unit=中心&due=never&state=open",
)
# What a page is built of: without its numbers and words, but for where there are none, and without
# what is not seen (tokens, the address that a page leads back to).
SHAPE = """() => {
    const copy = document.documentElement.cloneNode(true);
    copy.querySelectorAll('input[type=hidden]').forEach(one => one.remove());
    const words = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT);
    while (words.nextNode()) words.currentNode.data = words.currentNode.data.trim() && '字';
    return copy.outerHTML.replace(/[0-9a-f]{32}|\\d+/g, '');
}"""
_judged: set[str] = set()


def pages() -> Iterator[str]:
    """From the table of rights, so that no new page is forgotten."""
    table = (ROOT / "docs" / "rights.md").read_text(encoding="utf-8")
    for path in ADDRESS.findall(table):
        if not path.startswith(NO_PAGES) and not FILE.search(path):
            yield path
    yield from (*LISTS, *NARROWED)


@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_a_role_is_without_faults(office: Office, trouble: int, role: str) -> None:
    """What is refused is a page too: it passes axe, and nothing scrolls sideways.

    Most of what a role is refused, and much of what it may see, is one page again and again; it
    is judged once.
    """
    page = office.desk(ROLES[role]).page
    for path in pages():
        answer = page.goto(path)
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        if (shape := page.evaluate(SHAPE)) in _judged:
            continue
        _judged.add(shape)
        for width in (SCREEN, PHONE):
            page.set_viewport_size({"width": width, "height": 768})
            is_sound(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert trouble


def test_large_text_fits_a_telephone(office: Office) -> None:
    page = office.desk("duanshiyu").page
    page.goto("/tasks")
    page.context.add_cookies([{"name": "large", "value": "1", "url": page.url}])
    for width in (SCREEN, PHONE):
        page.set_viewport_size({"width": width, "height": 768})
        for path in pages():
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path


class Meter:
    """Counts what a browser really gets over the wire, headers included."""

    def __init__(self, page: Page) -> None:
        self.wire: CDPSession = page.context.new_cdp_session(page)
        self.wire.send("Network.enable")
        self.wire.on("Network.loadingFinished", self._note)
        self.bytes = 0.0

    def _note(self, event: dict[str, float]) -> None:
        self.bytes += event["encodedDataLength"]

    def visit(self, page: Page, path: str) -> float:
        self.bytes = 0.0
        page.goto(path, wait_until="networkidle")
        return self.bytes


@pytest.mark.parametrize(("what", "first"), [("inbox", 60_000), ("ticket", 90_000)])
def test_pages_weigh_little(windows: Windows, office: Office, what: str, first: int) -> None:
    """First visit with an empty cache, and the next one with what the browser has kept."""
    desk = office.desk("yaohaiyang")
    desk.page.goto("/tickets?box=mine")
    link = desk.page.locator("tr", has_text="办结").last.locator("a.subject")
    path = "/tasks" if what == "inbox" else link.get_attribute("href") or ""
    page = windows.open()
    page.context.add_cookies(
        [
            {"name": c["name"], "value": c["value"], "url": desk.page.url}
            for c in desk.page.context.cookies()
        ]
    )
    meter = Meter(page)
    weights = [meter.visit(page, path) for _ in range(2)]
    assert weights[0] <= first, weights
    assert weights[1] <= 15_000, weights
