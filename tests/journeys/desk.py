"""What people do in front of the screen, in their own words."""

import itertools
import os
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import FilePayload, Locator, Page, expect

from app.demo.people import row
from app.identity.demo import DEMO_PASSWORD
from tests.attachments import samples

PROCESS = "operator-account"
NUMBER = re.compile(r"/tickets/([A-Z]+(?:-[A-Z]+)*-\d{4}-\d{5})")
POST = "publishing"
STROKES = (((20, 70), (60, 20), (95, 75)), ((110, 30), (130, 70), (170, 35)))
# The demonstration has taken the people up to 224; a person can be in one open ticket only, and all
# workers share the site: each has people of its own.
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_seeds = itertools.count(300 + 600 * _worker)


def somebody(**more: str) -> dict[str, str]:
    """A row of 申请内容 for a person whom nobody has asked for yet."""
    return row(next(_seeds), post=POST, **more)


# The sessions of people who have signed in before, in any window of this worker.
_sessions: dict[str, list[Any]] = {}


def forget_sessions() -> None:
    """Everybody comes in by the door again."""
    _sessions.clear()


class Desk:
    """One person's window, after logging in: by the door the first time, with its session later."""

    def __init__(self, page: Page, username: str, password: str = DEMO_PASSWORD) -> None:
        self.page = page
        self._password = password
        if not self._is_known(username):
            self._sign_in(username)

    def _is_known(self, username: str) -> bool:
        if username not in _sessions:
            return False
        self.page.context.add_cookies(_sessions[username])
        self.page.goto("/tasks")
        return urlsplit(self.page.url).path == "/tasks"

    def _sign_in(self, username: str) -> None:
        page = self.page
        page.goto("/login")
        one_click = page.locator(f'button.person[value="{username}"]')
        if one_click.is_visible():
            one_click.click()
        else:  # in a folded group
            page.get_by_label("用户名").fill(username)
            page.get_by_label("密码").fill(self._password)
            page.get_by_role("button", name="登录", exact=True).click()
        expect(page).to_have_url(re.compile("/tasks$"))
        _sessions[username] = [one for one in page.context.cookies() if one["name"] == "session"]

    def fill_form(self, *people: Mapping[str, str], subsystem: str = "gig-station") -> None:
        """发起办件, chosen from the catalogue, and filled without sending."""
        self.page.goto("/start")
        self.page.locator(".catalogue").get_by_role("link", name="操作员账户权限申请").click()
        self.page.get_by_label("子系统名称").select_option(subsystem)
        self.page.get_by_label("联系人电话").fill("0718-6820011")
        for number, person in enumerate(people):
            if number:
                self.page.get_by_role("button", name="加一行").click()
            self.fill_row(number, person)

    def fill_row(self, number: int, person: Mapping[str, str]) -> None:
        for key, value in person.items():
            field = self.page.locator(f"#people-{number}-{key}")
            if key in ("kind", "post"):
                field.select_option(value)
            else:
                field.fill(value)

    def submit(self) -> str:
        """Send the form; answers the ticket's number."""
        self.page.locator(".form-foot button[value=submit]").click()
        self.page.wait_for_url(re.compile(r"/tickets/QX-CZY-\d{4}-\d{5}$"))
        return self.number

    @property
    def number(self) -> str:
        found = NUMBER.search(self.page.url)
        assert found, self.page.url
        return found[1]

    def open(self, number: str) -> None:
        """From the inbox, as people do."""
        self.page.goto(f"/tasks?q={number}")
        self.page.locator("tr", has_text=number).locator("a.subject").click()
        self.page.wait_for_url(f"**/tickets/{number}")

    def claim(self, number: str) -> None:
        self.page.goto(f"/tasks?box=claimable&q={number}")
        self.page.get_by_role("button", name=re.compile(f"^签收 {number}")).click()
        self.page.wait_for_url(f"**/tickets/{number}")

    def decide(self, label: str, *, opinion: str = "", result: str = "") -> None:
        """Choose an outcome, say something, sign with what is on file, send."""
        self.choose(label)
        if opinion:
            self.page.locator("#own-opinion").fill(opinion)
        if result:
            self.page.locator("#result").fill(result)
        self.page.get_by_label("用备案签名").check()
        self.send()

    def choose(self, label: str) -> None:
        named = self.page.get_by_text(label, exact=True)
        self.page.locator(".seg label", has=named).click()

    def send(self) -> None:
        self.page.locator(".decide-acts button.act:visible").click()
        expect(self.page).to_have_url(re.compile(f"{NUMBER.pattern}$"))
        expect(self.page.get_by_role("status").filter(has_text="已经")).to_be_visible()

    def bring_scan(self, name: str) -> None:
        """The signed paper, from the tab 打印件 of the ticket."""
        self.page.locator(".scans summary").click()
        # Another colour each time: the same paper twice is one scan.
        data = samples.png(color=f"#{next(_seeds):06x}")
        self.page.locator(".scans input[type=file]").set_input_files(
            FilePayload(name=name, mimeType="image/png", buffer=data)
        )
        self.page.locator(".scans button[type=submit]").click()
        expect(self.page.get_by_role("status").filter(has_text="扫描件已经收下")).to_be_visible()

    def draw(self) -> None:
        """Two strokes on the pad, with the mouse."""
        self.page.get_by_label("现在手写").check()
        canvas = self.page.locator("canvas")
        canvas.scroll_into_view_if_needed()
        corner = canvas.bounding_box()
        assert corner is not None
        mouse = self.page.mouse
        for first, *more in STROKES:
            mouse.move(corner["x"] + first[0], corner["y"] + first[1])
            mouse.down()
            for x, y in more:
                mouse.move(corner["x"] + x, corner["y"] + y, steps=6)
            mouse.up()

    def send_back(self, reason: str) -> None:
        self.choose("退回")
        target = self.page.locator("select#own-node")
        if target.count():
            target.select_option("apply")
        expect(self.page.locator("#undoes")).to_contain_text("改好再报")
        self.page.locator("#own-reason").fill(reason)
        self.send()

    @property
    def timeline(self) -> Locator:
        return self.page.locator(".said")

    @property
    def state(self) -> Locator:
        return self.page.locator(".case-head .light").first


class Office:
    """Everybody's desk, opened when first needed."""

    def __init__(self, open_window: Callable[..., Page]) -> None:
        self._open = open_window
        self._desks: dict[str, Desk] = {}

    def desk(self, username: str, **options: Any) -> Desk:
        if username not in self._desks:
            self._desks[username] = Desk(self._open(**options), username)
        return self._desks[username]
