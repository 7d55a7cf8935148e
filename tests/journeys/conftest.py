"""A real browser on the whole site, for the stories of people.

Each person has a window of their own, so that nobody has to log out; whatever a window's console
complains of (CSP above all) fails the test.
"""

import shutil
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from tests.journeys.desk import Office
from tests.journeys.errands import Errands
from tests.support.servers import Site
from tests.support.shared import Run

CHROMIUM = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)
OFFICE_SCREEN = {"width": 1366, "height": 768}
REFUSED_PAGE = "Failed to load resource"  # how Chromium reports a page that answers 404 or 422


# Machines are busy, and nothing here is about speed: who waits in vain fails a little later.
PATIENCE = 120_000  # ms
expect.set_options(timeout=PATIENCE)


def launch(playwright: Playwright) -> Browser:
    """The system's Chromium; the same without its windows, where that is installed."""
    path = shutil.which("chromium-headless-shell") or "/usr/bin/chromium"
    return playwright.chromium.launch(executable_path=path, args=CHROMIUM.split())


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Ends with the journeys: as long as it lives, a loop runs in this thread, and asyncio.run()
    of somebody else's test would be refused.
    """
    with sync_playwright() as playwright:
        made = launch(playwright)
        yield made
        made.close()


class Windows:
    """Opens browser windows, hears their consoles, closes them."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._contexts: list[Any] = []
        self.complaints: list[str] = []

    def open(self, **options: Any) -> Page:
        context = self._browser.new_context(
            **{
                "base_url": self._url,
                "viewport": OFFICE_SCREEN,
                "locale": "zh-CN",
                "timezone_id": "Asia/Shanghai",
                **options,
            }
        )
        context.set_default_timeout(PATIENCE)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self._contexts.append(context)
        return context.new_page()

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        is_page = message.page is not None and message.location.get("url") == message.page.url
        if message.type != "error" or (is_page and message.text.startswith(REFUSED_PAGE)):
            return
        self.complaints.append(f"{message.location.get('url')}: {message.text}")


@pytest.fixture
def windows(browser: Browser, site: Site) -> Iterator[Windows]:
    made = Windows(browser, site.url)
    yield made
    made.close()
    assert not made.complaints, made.complaints


@pytest.fixture
def deaf(windows: Windows) -> Windows:
    """A console that names refused requests is what these stories are about."""
    windows.complaints = Quiet()
    return windows


class Quiet(list[str]):
    def append(self, one: str) -> None:
        if "Failed to load resource" not in one:
            super().append(one)


INCIDENT = """
    INSERT INTO incident (instance_id, node, kind, cause, detail, state, tries, created_at)
    SELECT id, 'account_execution', 'act', '账户平台没有应答。', '', 'open', 0, now()
    FROM instance ORDER BY id LIMIT 1 RETURNING id
"""
LETTER = """
    INSERT INTO outbox (topic, key, payload, ticket, state, attempts, retries, error,
                        due_at, created_at)
    SELECT 'tickets.notice', 'journey:' || %(state)s, '{}', number, %(state)s, 8, 0,
           '通知没有送到。', now(), now()
    FROM instance ORDER BY id LIMIT 1
"""
UNUSED = "UPDATE login SET created_at = now() - interval '100 days' WHERE username = 'lvdesheng'"


@pytest.fixture
def trouble(run: Run, site: Site) -> int:
    """What administrators have to mend, once for all workers: an incident, whose number is given,
    letters that did not go out, and a login that nobody has used.
    """

    def make() -> dict[str, str]:
        with psycopg.connect(site.database_url) as connection:
            ((incident,),) = connection.execute(INCIDENT).fetchall()
            for state in ("dead", "held", "discarded"):
                connection.execute(LETTER, {"state": state})
            connection.execute(UNUSED)
        return {"incident": str(incident)}

    return int(run.once("trouble", make)["incident"])


@pytest.fixture
def errands(site: Site) -> Errands:
    """What is not told is done without a window."""
    return Errands(site.url)


@pytest.fixture
def page(windows: Windows) -> Page:
    """A fresh browser window of the size the offices have."""
    return windows.open()


@pytest.fixture
def office(windows: Windows) -> Office:
    """The people of the demonstration, each at a desk of their own."""
    return Office(windows.open)
