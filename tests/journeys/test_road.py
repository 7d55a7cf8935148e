"""A03 from the form to the sealed paper, and the ways back."""

import io
import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pypdfium2
import pytest
from playwright.sync_api import expect
from sqlalchemy import create_engine, text

from pdf.sign import verify
from tests.journeys.desk import Desk, Office, forget_sessions, somebody
from tests.support.servers import Site

pytestmark = pytest.mark.journey

SEALED_WITHIN = 120


@pytest.fixture(autouse=True)
def by_the_door() -> None:
    """The road begins with six logins."""
    forget_sessions()


def test_a_request_walks_through_six_logins_to_the_sealed_paper(office: Office, site: Site) -> None:
    """姚海洋 asks for two people, five others do their part, and he holds the paper in the end."""
    first, second = somebody(), somebody(called="杨𬱖")
    clerk = office.desk("yaohaiyang")
    clerk.fill_form(first, second)
    number = clerk.submit()

    head = office.desk("qinyongan")
    head.open(number)
    head.choose("同意")
    head.page.locator("#own-opinion").fill("情况属实，请予办理")
    head.draw()
    head.send()

    leader = office.desk("pengxiuying")
    leader.open(number)
    leader.decide("同意", opinion="按规定办理")

    accounts = office.desk("tanlihua")
    accounts.claim(number)
    accounts.decide("已办理", result="两个账户已开通")

    grants = office.desk("wuyiming")
    grants.open(number)
    grants.decide("已办理", result="岗位权限已分配")

    clerk.page.goto(f"/tickets/{number}")
    expect(clerk.state).to_have_text("办结")
    notice = clerk.page.locator(".case-note")
    expect(notice).to_contain_text("两个账户已开通")
    expect(notice).to_contain_text("岗位权限已分配")
    clerk.page.goto(f"/tasks?q={number}")
    expect(clerk.page.locator("tr", has_text=number)).to_have_count(0)  # no sixth task

    pdf = _sealed(clerk, number)
    with ThreadPoolExecutor(1) as aside:  # pyHanko runs a loop, and so does Playwright here
        assert aside.submit(verify, pdf, [_authority(site)]).result().holds
    written = _text(pdf)
    for words in (
        *(number, first["name"], "杨𬱖", first["id_number"], "第1页"),
        *("情况属实，请予办理", "按规定办理", "两个账户已开通", "岗位权限已分配"),
    ):
        assert words in written, f"{words!r} is not on the paper"
    _ledgers_hold(accounts, number)


def _sealed(desk: Desk, number: str) -> bytes:
    """Reload until the original is there, then follow its link."""
    deadline = time.monotonic() + SEALED_WITHIN
    papers = desk.page.locator("section[aria-labelledby=papers-title]")
    while True:
        desk.page.goto(f"/tickets/{number}")
        if papers.locator(".light--ok").count():
            break
        assert time.monotonic() < deadline, papers.inner_text()
        desk.page.wait_for_timeout(500)
    return _download(desk, papers.get_by_role("link").get_attribute("href") or "")


def _download(desk: Desk, href: str) -> bytes:
    answer = desk.page.request.get(href)
    assert answer.ok, answer.text()
    assert answer.headers["content-type"] == "application/pdf"
    return answer.body()


def _text(pdf: bytes) -> str:
    """What a reader of the file reads, without spaces and line ends."""
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    pages = [page.get_textpage().get_text_bounded() for page in document]
    document.close()
    return re.sub(r"\s", "", "".join(pages))


def _authority(site: Site) -> bytes:
    """The certificate that vouches for the units' seals, as the site keeps it."""
    found: Any = create_engine(_database(site))
    with found.connect() as connection:
        certificate = connection.scalar(
            text("select certificate from seal_key where unit_id is null")
        )
    found.dispose()
    return bytes(certificate)


def _database(site: Site) -> str:
    settings = dict(
        line.split("=", 1)
        for line in (site.data_dir / "settings.env").read_text().splitlines()
        if "=" in line
    )
    return settings["DATABASE_URL"].strip("'\"")


def _ledgers_hold(desk: Desk, number: str) -> None:
    for name in ("accounts", "grants"):
        desk.page.goto(f"/ledgers/{name}?q={number}")
        rows = desk.page.locator("tbody tr", has_text=number)
        expect(rows).to_have_count(2)


def test_a_returned_request_is_mended_and_sent_a_second_time(office: Office) -> None:
    """秦永安 says what to mend; 姚海洋 reads it on the form, mends it and sends the same number."""
    clerk, head = office.desk("yaohaiyang"), office.desk("qinyongan")
    clerk.fill_form(somebody())
    number = clerk.submit()
    head.open(number)
    head.send_back("具体要求没有写清要哪些权限")

    clerk.open(number)
    expect(clerk.state).to_have_text("退回补正")
    clerk.page.get_by_role("link", name="改好再报").click()
    expect(clerk.page.locator(".note--warn")).to_contain_text(
        re.compile("秦永安退回补正.*具体要求没有写清要哪些权限")
    )
    clerk.page.locator("#people-0-requirement").fill("新增用户，分配岗位发布权限")
    clerk.page.get_by_role("button", name="改好了，重新提交").click()
    clerk.page.wait_for_url(f"**/tickets/{number}")

    expect(clerk.page.locator(".case-head")).to_contain_text("第2次提交")
    expect(clerk.timeline).to_contain_text("第2次提交")
    written = _text(_download(clerk, f"/tickets/{number}/documents/operator-account.pdf"))
    assert "第2次提交" in written
    assert "分配岗位发布权限" in written
