"""The pictures of the guides, taken from a running demo: `python -m scripts.screenshots BASE_URL`.

Nothing is changed on the site: what is typed is never sent. Needs Chromium and pdftoppm, which
`make test` installs. On a fresh `make run` the pictures differ from the last by their dates alone.
"""

import io
import subprocess
import sys
from collections.abc import Callable

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from scripts.process import ROOT

FOLDER = ROOT / "docs" / "screenshots"
CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
DESK, PHONE = (1366, 768), (390, 844)
LARGEST = 200_000
COLOURS = 128
CLERK, HEAD, LEADER, ACCOUNT_ADMIN = "yaohaiyang", "qinyongan", "tengguorong", "tanlihua"
DESIGNER = "lvdesheng"
PERSON = {
    "kind": "add",
    "name": "向小兰",
    "id_number": "422899199001012385",
    "phone": "15400010001",
    "post": "publishing",
    "requirement": "新增用户，分配岗位发布权限",
}


class Site:
    def __init__(self, browser: Browser, url: str) -> None:
        self.browser = browser
        self.url = url.rstrip("/")

    def page(self, username: str = "", size: tuple[int, int] = DESK) -> Page:
        """A window of its own, entered as this person."""
        width, height = size
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.goto(f"{self.url}/login")
        if username:
            page.locator(f"button[name=username][value={username}]").evaluate("b => b.click()")
            page.wait_for_url("**/tasks")
        return page


def login(site: Site) -> Page:
    return site.page()


def form(site: Site) -> Page:
    page = site.page(CLERK)
    page.goto(f"{site.url}/start/operator-account")
    page.select_option("[name=subsystem]", "gig-station")
    page.fill("[name=contact_phone]", "0718-8200000")
    for key, value in PERSON.items():
        field = page.locator(f"[name=people-0-{key}]")
        if key in ("kind", "post"):
            field.select_option(value)
        else:
            field.fill(value)
    return page


def inbox(site: Site) -> Page:
    return site.page(HEAD)


def claimable(site: Site) -> Page:
    page = site.page(ACCOUNT_ADMIN)
    page.goto(f"{site.url}/tasks?box=claimable")
    return page


def decide(site: Site) -> Page:
    page = _waiting_for_leader(site, DESK)
    page.locator("input[name=own-choice][value='complete:approve']").check(force=True)
    page.locator("input[name=own-signature_kind][value=stored]").check(force=True)
    return page


def give_back(site: Site) -> Page:
    page = _waiting_for_leader(site, DESK)
    page.locator("input[name=own-choice][value=return]").check(force=True)
    if page.locator("select[name=own-node]").count():
        page.select_option("select[name=own-node]", index=1)
    page.fill("[name=own-reason]", "第 1 行的具体要求没有写清要哪些权限，请补充。")
    return page


def phone(site: Site) -> Page:
    return _waiting_for_leader(site, PHONE)


def closed(site: Site) -> Page:
    page = site.page(CLERK)
    page.goto(f"{site.url}{_closed_ticket(page, site)}")
    return page


def flow(site: Site) -> Page:
    page = _waiting_for_leader(site, DESK)
    page.goto(f"{page.url}?view=flow")
    page.locator(".diagram[data-drawn]").wait_for()
    return page


def process(site: Site) -> Page:
    page = site.page(DESIGNER)
    page.goto(f"{site.url}/processes/operator-account")
    page.locator(".diagram[data-drawn]").wait_for()
    return page


def ledger(site: Site) -> Page:
    page = site.page(ACCOUNT_ADMIN)
    page.goto(f"{site.url}/ledgers")
    page.locator(".offer a").first.click()
    page.wait_for_load_state()
    return page


SHOTS: dict[str, Callable[[Site], Page]] = {
    "login": login,
    "form": form,
    "inbox": inbox,
    "claimable": claimable,
    "decide": decide,
    "return": give_back,
    "phone": phone,
    "closed": closed,
    "flow": flow,
    "process": process,
    "ledger": ledger,
}


def _waiting_for_leader(site: Site, size: tuple[int, int]) -> Page:
    page = site.page(LEADER, size)
    page.locator("a.subject").first.click()
    page.wait_for_load_state()
    return page


def _closed_ticket(page: Page, site: Site) -> str:
    page.goto(f"{site.url}/tickets?box=mine")
    row = page.locator("tbody tr").filter(has_text="办结").last  # newest first: the demo's own
    return row.locator("a.subject").get_attribute("href") or ""


def printed(site: Site) -> bytes:
    """The first page of a sealed form, as a picture."""
    page = site.page(CLERK)
    address = f"{site.url}{_closed_ticket(page, site)}/documents/operator-account.pdf"
    pdf = page.request.get(address).body()
    done = subprocess.run(
        ["pdftoppm", "-png", "-r", "90", "-f", "1", "-singlefile", "-"],
        input=pdf,
        capture_output=True,
        check=True,
    )
    return done.stdout


def keep(name: str, picture: bytes) -> None:
    """Few colours are enough for screens, and a clone stays small."""
    path = FOLDER / f"{name}.png"
    image = Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS)
    image.save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)} {size // 1000} kB")
    if size > LARGEST:
        raise SystemExit(f"{path.name} is larger than {LARGEST // 1000} kB.")


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: python -m scripts.screenshots BASE_URL")
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        site = Site(browser, sys.argv[1])
        for name, shot in SHOTS.items():
            page = shot(site)
            page.evaluate("document.activeElement?.blur()")
            keep(name, page.screenshot(animations="disabled", caret="hide"))
            page.context.close()
        keep("printed", printed(site))
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
