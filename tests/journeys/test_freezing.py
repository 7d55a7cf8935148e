"""Two people freeze a month of a 台账, each at the own desk; what they took is the same file."""

import re
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.desk import Office
from tests.journeys.test_pages import is_sound
from tests.support.servers import Site

pytestmark = pytest.mark.journey

YEAR = datetime.now(UTC).year - 1  # last year's, which no other story looks at
MONTH = f"/ledgers/accounts?from={YEAR}-11-01&to={YEAR}-11-30"
BEGUN = """
    INSERT INTO ledger_counter (name, unit_id, year, last, months)
    SELECT 'accounts', id, %s, 0, array_fill(0, ARRAY[12]) FROM unit WHERE code = '422826'
    ON CONFLICT DO NOTHING
"""


def look(page: Page) -> None:
    for width in (1366, 390):
        page.set_viewport_size({"width": width, "height": 768})
        is_sound(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 1366, "height": 768})


def taken(page: Page) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("下载封存件")).click()
    return Path(download.value.path()).read_bytes()


def test_two_people_freeze_a_month(office: Office, site: Site) -> None:
    with psycopg.connect(site.database_url) as connection:
        connection.execute(BEGUN, [YEAR])
    keeper, second = office.desk("tanlihua").page, office.desk("tanguifang").page
    keeper.goto(MONTH)
    look(keeper)
    keeper.get_by_role("button", name=f"提出封存{YEAR}年11月").click()
    expect(keeper.get_by_role("status")).to_contain_text("请另一个人来确认")
    expect(keeper.get_by_text("是您提出的")).to_be_visible()
    look(keeper)
    second.goto("/ledgers")
    look(second)
    second.get_by_role("link", name="打开核对").click()
    look(second)
    second.get_by_role("button", name=f"确认封存{YEAR}年11月").click()
    second.get_by_role("button", name=re.compile("再按一次")).click()
    expect(second.get_by_role("status")).to_contain_text("已经封存")
    look(second)
    keeper.goto(MONTH)
    assert taken(keeper) == taken(second)
    keeper.get_by_role("link", name="核对封存件").click()
    expect(keeper.get_by_text("封存件没有变过")).to_be_visible()
    look(keeper)


def test_a_telephone_shows_the_newest_month_first(office: Office) -> None:
    page = office.desk("tanlihua").page
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/ledgers/accounts")
    expect(page.locator(".month").nth(1)).to_contain_text("在记")
    expect(page.locator(".month").nth(1)).to_be_in_viewport()
