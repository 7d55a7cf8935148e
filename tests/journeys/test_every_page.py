"""Every page that an address alone opens, for each role, on a screen and on a telephone."""

import hashlib
import re
from collections.abc import Iterator

import pytest
from lxml import html
from playwright.sync_api import CDPSession, Page

from scripts.process import ROOT
from tests.journeys.conftest import Windows
from tests.journeys.desk import Office
from tests.journeys.test_pages import is_sound
from tests.support.shared import Run

pytestmark = pytest.mark.journey

ADDRESS = re.compile(r"^\| GET `(/[^`<]*)` \|", re.MULTILINE)
FILE = re.compile(r"\.[a-z]+$")  # is downloaded, and opens no page
NO_PAGES = ("/api/", "/healthz", "/readyz", "/metrics", "/alive", "/static", "/notifications/count")
NUMBERS, WORDS = re.compile(r"[0-9a-f]{32}|\d+"), re.compile(r"[\u3000-\u9fff\uff00-\uffef]+")
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


def pages() -> Iterator[str]:
    """From the table of rights, so that no new page is forgotten."""
    table = (ROOT / "docs" / "rights.md").read_text(encoding="utf-8")
    for path in ADDRESS.findall(table):
        if not path.startswith(NO_PAGES) and not FILE.search(path):
            yield path
    yield from (*LISTS, *NARROWED)


class Judged:
    """The shapes that a worker of this run has judged already, in a file that all share.

    Two workers may judge one shape at once, which costs time and nothing else.
    """

    def __init__(self, run: Run) -> None:
        self._file = run.folder / "judged"

    def is_new(self, shape: str) -> bool:
        """Whether nobody has asked for it; asking makes it known."""
        name = hashlib.sha256(shape.encode()).hexdigest()
        known = self._file.read_text().split() if self._file.exists() else []
        if name not in known:
            with self._file.open("a") as file:
                file.write(f"{name}\n")
        return name not in known


def shape_of(page: str) -> str:
    """What a page is built of: without its numbers and words, but for where there are none; without
    the menu and what is not seen (tokens, the address it leads back to); of rows alike, one.
    """
    tree = html.document_fromstring(page)
    for one in tree.xpath(
        "//nav[@id='nav']/* | //input[@type='hidden'] | //option[not(@selected)]"
    ):
        one.drop_tree()
    for one in tree.iter():
        one.text = "字" if (one.text or "").strip() else None
        one.tail = "字" if (one.tail or "").strip() else None
    shapes: set[tuple[html.HtmlElement | None, str]] = set()
    for row in tree.xpath("//tbody/tr | //li"):
        shape = _blurred(row)
        if (row.getparent(), shape) in shapes:
            row.getparent().remove(row)
        shapes.add((row.getparent(), shape))
    return _blurred(tree)


def _blurred(one: html.HtmlElement) -> str:
    return WORDS.sub("字", NUMBERS.sub("", html.tostring(one, encoding="unicode")))


@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_a_role_is_without_faults(
    office: Office, trouble: int, run: Run, role: str
) -> None:
    """What is refused is a page too: it passes axe, and nothing scrolls sideways.

    Most of what a role is refused, and much of what it may see, is one page again and again; it
    is opened and judged once, and so is the menu of a role.
    """
    page, judged = office.desk(ROLES[role]).page, Judged(run)
    for path in pages():
        answer = page.request.get(path)
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        if not judged.is_new(shape_of(answer.text())) and not judged.is_new(role):
            continue
        page.goto(path)
        for width in (SCREEN, PHONE):
            page.set_viewport_size({"width": width, "height": 768})
            is_sound(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert trouble


def test_a_shape_tells_pages_apart() -> None:
    """One row or ten are alike; a row of another kind, an empty list and a new field are not."""

    def shape(body: str) -> str:
        return shape_of(f"<html><body><nav id='nav'><a>1</a></nav>{body}</body></html>")

    rows = "<table><tbody><tr><td>甲 {}</td></tr></tbody></table>"
    one = shape(rows.format(1))
    assert one == shape(rows.format("2</td></tr><tr><td>乙"))
    assert one != shape(rows.format("2</td></tr><tr><td><b>乙</b>"))
    assert one != shape("<p>没有</p>")
    assert one != shape(rows.format("<input name='q'>"))


def test_large_text_fits_a_telephone(office: Office) -> None:
    page = office.desk("duanshiyu").page
    page.goto("/tasks")
    page.context.add_cookies([{"name": "large", "value": "1", "url": page.url}])
    for path in pages():
        page.goto(path)
        for width in (SCREEN, PHONE):
            page.set_viewport_size({"width": width, "height": 768})
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
