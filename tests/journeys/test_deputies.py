"""Somebody is away: a mandate, a leave and its pair, and everybody back at the own desk."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.desk import Office, somebody
from tests.journeys.errands import Errands
from tests.journeys.test_pages import is_sound

pytestmark = pytest.mark.journey
# 鹤峰, whose people are in no other story: who is away is away for all of them.
CLERK, HEAD, DEPUTY, ADMIN = "liushaowu", "luoshiyu", "suxuelian", "duanshiyu"
UNIT = "422828-rsj-jyg"


def test_a_deputy_acts_in_the_own_name(office: Office, errands: Errands) -> None:
    """罗诗雨 gives a mandate and takes it back; what waits goes over and returns."""
    page = office.desk(HEAD).page
    page.goto("/mandates")
    page.locator("[name=deputy]").fill("苏雪莲")
    _from_today(page)
    page.get_by_role("button", name="写委托").click()
    expect(page.locator(".cover-list")).to_contain_text("苏雪莲")
    is_sound(page)
    number, other = (errands.ask(CLERK, somebody()) for _ in range(2))
    deputy = office.desk(DEPUTY)
    deputy.open(number)
    deputy.decide("同意", opinion="经核，同意。")
    expect(deputy.timeline).to_contain_text("苏雪莲（代罗诗雨）")
    revoke = page.get_by_role("button", name="撤销，签收的也收回")
    revoke.click()
    page.get_by_role("button", name="罗诗雨给苏雪莲的委托").last.click()  # the second is meant
    expect(page.locator(".cover-list")).to_contain_text("已经撤销")
    office.desk(HEAD).open(other)


def test_a_pair_stands_in_while_one_is_on_leave(office: Office, errands: Errands) -> None:
    """The administrator makes them a pair; the leave begins today and ends early."""
    admin, away = office.desk(ADMIN).page, office.desk(HEAD).page
    admin.goto("/pairs")
    admin.locator("[name=unit]").fill(UNIT)
    admin.locator("[name=position]").select_option("dept_head")
    admin.locator("[name=a]").fill(HEAD)
    admin.locator("[name=b]").fill(DEPUTY)
    admin.get_by_role("button", name="设置AB角").click()
    expect(admin.locator(".cover-list")).to_contain_text("苏雪莲")
    away.goto("/absences")
    _from_today(away)
    away.locator("[name=kind]").select_option(index=1)
    away.get_by_role("button", name="登记请假").click()
    expect(away.locator(".cover-list")).to_contain_text("正在进行")
    is_sound(away)
    number = errands.ask(CLERK, somebody())
    office.desk(DEPUTY).open(number)
    away.get_by_role("button", name="销假，回来办事").click()
    expect(away.locator(".cover-list")).to_contain_text("已经结束")
    office.desk(HEAD).open(number)  # and it is with him again
    end = admin.get_by_role("button", name="罗诗雨和苏雪莲的AB角")
    end.click()
    end.click()
    expect(admin.locator(".cover-list")).not_to_contain_text("苏雪莲")


def _from_today(page: Page) -> None:
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()
    for name in ("from", "to"):
        page.locator(f"[name={name}]").first.fill(today)
