"""T19, S38: whatever people type, no page runs it, in a real browser, on every page that shows it.

The window's console fails the test on a breach of the CSP (see conftest); here also no element of
the payload exists, and no script of it has left its mark.
"""

import http.client
import re
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from app.attachments.names import joined, tidy
from tests.journeys.desk import Office, somebody
from tests.support.servers import Site
from tests.support.shared import Run

pytestmark = pytest.mark.journey

MARK = "window.struck=1"
PAYLOADS = (
    f"<script>{MARK}</script>",
    f"<img src=x onerror={MARK}>",
    f"<svg/onload={MARK}>",
    f'"><script>{MARK}</script>',
    f"' autofocus onfocus={MARK} x='",
    f"</textarea><script>{MARK}</script>",
    f"</title><script>{MARK}</script>",
    f"<a href=javascript:{MARK}>x</a>",
    f"<div hx-get=/logout hx-trigger=load hx-on:load={MARK}>x</div>",
    f"<iframe srcdoc='<script>parent.{MARK}</script>'>",
    "<base href=http://127.0.0.1:9/><meta http-equiv=refresh content=0>",
    f"{{{{constructor.constructor('{MARK}')()}}}}",
    "<style>@import url(http://127.0.0.1:9/)</style>",
)
HOSTILE = "".join(PAYLOADS)
TEXTS = (HOSTILE[:190], HOSTILE[190:380], HOSTILE[380:570], HOSTILE[570:760])
FILES = tuple(f"{payload}.png" for payload in (*PAYLOADS[:7], "&lt;b&gt;{{7*7}}\u202e"))
ELEMENTS = (
    "script:not([src]), [onerror], [onload], [onfocus], iframe, base, meta[http-equiv=refresh]"
)


def is_unharmed(page: Page, *shown: str) -> None:
    """No mark, no element; what was typed stands there as letters."""
    assert page.evaluate("() => typeof window.struck") == "undefined"
    assert page.locator("main").locator(ELEMENTS).count() == 0
    assert page.locator("main [hx-on\\:load], main a[href^='javascript:']").count() == 0
    for text in shown:
        assert text in page.locator("main").evaluate(
            "m => m.textContent"
            " + [...m.querySelectorAll('input, textarea')].map(e => e.value).join()"
        )


def test_no_typed_words_run_on_any_page(office: Office) -> None:
    """Requirement, opinion, reason, result and searches, walked from draft to ledger and trail."""
    clerk, head = office.desk("yaohaiyang"), office.desk("qinyongan")
    # Refused first: the page with errors shows it all again.
    wrong = somebody(requirement=TEXTS[0]) | {"name": "<img src=x onerror=1>", "id_number": "<b>"}
    clerk.fill_form(wrong)
    clerk.page.locator(".form-foot button[value=submit]").click()
    expect(clerk.page.locator("[data-errors]")).to_be_visible()
    is_unharmed(clerk.page, TEXTS[0], "<img src=x onerror=1>")
    rows = [somebody(requirement=text) for text in TEXTS]
    clerk.fill_form(*rows)
    number = clerk.submit()
    for view in ("form", "print", "flow", "log"):
        clerk.page.goto(f"/tickets/{number}?view={view}")
        is_unharmed(clerk.page)
    head.open(number)
    is_unharmed(head.page, *TEXTS)
    head.send_back(TEXTS[1])
    clerk.page.goto(f"/tickets/{number}")
    is_unharmed(clerk.page, TEXTS[1])
    clerk.page.goto(f"/tickets/{number}/edit")
    is_unharmed(clerk.page, TEXTS[1])
    clerk.submit()
    head.open(number)
    head.decide("同意", opinion=TEXTS[2])
    head.page.goto(f"/tickets/{number}?view=print")
    for name in FILES:
        head.bring_scan(name)
        is_unharmed(head.page)
    shown = head.page.locator(".scans").inner_text()
    assert [name for name in map(tidy, FILES) if joined(*name) not in shown] == []
    for address in (
        f"/tickets/{number}",
        "/tickets?box=mine",
        f"/tickets?box=all&q={quote(PAYLOADS[0])}",
        f"/tasks?q={quote(PAYLOADS[1])}",
        f"/tickets/{number}?view=log",
        f"/ledgers/accounts?q={quote(PAYLOADS[3])}",
        f"/no/{quote(PAYLOADS[0], safe='')}",
        f"/verify/{quote(PAYLOADS[1][:38], safe='')}",
        f"/login?next={quote('javascript:' + MARK)}",
    ):
        for desk in (clerk, head):
            desk.page.goto(address)
            is_unharmed(desk.page)
    clerk.page.goto(f"/tickets/{number}")
    is_unharmed(clerk.page, TEXTS[2])
    _carry_out(office, number)
    account, auditor = office.desk("tanlihua"), office.desk("humin")
    account.page.goto(f"/ledgers/accounts?q={number}")
    is_unharmed(account.page, TEXTS[0])
    for key, words in (("object", number), ("actor", PAYLOADS[1]), ("object", PAYLOADS[3])):
        auditor.page.goto(f"/audit?{key}={quote(words)}")
        is_unharmed(auditor.page)


def _carry_out(office: Office, number: str) -> None:
    """The leader agrees, both administrators do what was asked; the rows stand in the ledger."""
    leader, accounts, grants = map(office.desk, ("pengxiuying", "tanlihua", "wuyiming"))
    leader.open(number)
    leader.decide("同意", opinion=TEXTS[3])
    accounts.claim(number)
    accounts.decide("已办理", result=TEXTS[1])
    grants.open(number)
    grants.decide("已办理", result=TEXTS[2])


def test_no_address_writes_a_line_of_the_log(site: Site, run: Run) -> None:
    """S42 on the running site, over the wire, where no client library cleans up before."""
    forged = "login.signed_in username=forged-by-a-stranger"
    where = urlsplit(site.url)
    for payload in (f"%0d%0a{forged.replace(' ', '%20')}", "%1b%5b2K%1b%5b1A", "%e2%80%a8x"):
        for path in (f"/no/{payload}", f"/login?next={payload}", f"/tickets/{payload}"):
            connection = http.client.HTTPConnection(where.hostname or "", where.port or 80)
            connection.request(
                "GET", path, headers={"User-Agent": "x\x1b[31m", "X-Request-ID": "x"}
            )
            assert connection.getresponse().status < 500
            connection.close()
    body = f"username={forged}%0d%0a{forged}&password=x"
    connection = http.client.HTTPConnection(where.hostname or "", where.port or 80)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/login", body, kind)
    assert connection.getresponse().status == 400
    connection.close()
    for log in run.folder.glob("site*.log"):
        said = log.read_bytes().decode("utf-8", "replace")
        assert "forged-by-a-stranger" not in said
        assert not re.search("[\x1b\u2028\x85]", said)
