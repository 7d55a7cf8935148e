"""The scenarios of the rules on accounts, pressed in a browser; over REST they keep their dates."""

import re
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.desk import Desk, Office, somebody
from tests.journeys.errands import Errands
from tests.journeys.test_pages import is_sound

pytestmark = pytest.mark.journey
# S2 plays in 来凤, S3 in 宣恩: who is away there is away in no other story.
CONTACT, HEAD, LEADER, ACCOUNTS, GRANTS = (
    *("longjinhua", "xiangjianhua", "tengguorong", "ransiqi", "liusiqi"),
)
CHIEF, DEPUTY, AWAY = "yaoguorong", "tanguanghui", "raomin"
HEARD_WITHIN = 120
FIRST_REASON = "第2行身份证号与复印件不一致，请核对"
SECOND_REASON = "第3行没有写明需要哪些岗位权限"


def test_a_form_comes_back_twice_and_is_carried_out_the_third_time(office: Office) -> None:
    """S2: one number, both reasons, earlier signatures void, and 龙金花 hears the result."""
    clerk = office.desk(CONTACT)
    clerk.fill_form(somebody(), somebody(), somebody())
    number = clerk.submit()
    _agree(office, number)
    accounts = office.desk(ACCOUNTS)
    accounts.claim(number)
    accounts.send_back(FIRST_REASON)

    _mend(clerk, number, FIRST_REASON, "#people-1-requirement", "已按复印件核对，无误")
    office.desk(HEAD).open(number)
    office.desk(HEAD).decide("同意")
    leader = office.desk(LEADER)
    leader.open(number)
    leader.send_back(SECOND_REASON)

    _mend(clerk, number, SECOND_REASON, "#people-2-requirement", "分配岗位发布权限")
    expect(clerk.page.locator(".case-head")).to_contain_text("第3次提交")
    _agree(office, number)
    accounts.claim(number)
    accounts.decide("已办理", result="三个账户已开通")
    grants = office.desk(GRANTS)
    grants.open(number)
    grants.decide("已办理", result="岗位权限已分配")

    clerk.page.goto(f"/tickets/{number}")
    for words in (FIRST_REASON, SECOND_REASON, "已作废"):
        expect(clerk.timeline).to_contain_text(words)
    note = clerk.page.locator(".case-note")
    expect(note).to_contain_text("三个账户已开通")
    expect(note).to_contain_text("岗位权限已分配")
    is_sound(clerk.page)
    _hears(clerk.page, number)


def test_who_signs_is_away_and_the_head_of_the_office_names_a_deputy(
    office: Office, errands: Errands
) -> None:
    """S3: nothing goes on by itself; 主要领导 writes the 委托, and the deputy signs as himself."""
    admin = office.desk("duanshiyu").page
    admin.goto("/people?q=姚国荣")
    admin.locator("main").get_by_role("link", name="姚国荣").click()
    admin.locator("summary", has_text="任命一个岗位").click()
    admin.locator("#give-position").select_option("bureau_leader")
    admin.get_by_role("button", name="任命给姚国荣").click()
    expect(admin.get_by_role("status")).to_contain_text("已经任命")

    away = office.desk(AWAY).page
    away.goto("/absences")
    _from_today(away)
    away.locator("[name=kind]").select_option(index=1)
    away.get_by_role("button", name="登记请假").click()
    expect(away.locator(".cover-list")).to_contain_text("正在进行")

    number = errands.decide(errands.ask("xiatingting", somebody()), "longyongchang")
    clerk = office.desk("xiatingting")
    clerk.page.goto(f"/tickets/{number}")
    expect(clerk.timeline).to_contain_text("没有可以办理的人")

    chief = office.desk(CHIEF).page
    chief.goto("/mandates")
    chief.locator("[name=person]").fill("饶敏")
    chief.locator("[name=deputy]").fill("谭光辉")
    _from_today(chief)
    is_sound(chief)
    chief.get_by_role("button", name="写委托").click()
    expect(chief.locator("[data-errors]")).to_contain_text("原因")
    chief.locator("[name=reason]").fill("饶敏请假")
    chief.get_by_role("button", name="写委托").click()
    expect(chief.locator(".cover-list")).to_contain_text("姚国荣代写")

    deputy = office.desk(DEPUTY)
    deputy.open(number)
    deputy.decide("同意", opinion="同意办理")
    expect(deputy.timeline).to_contain_text("谭光辉（代饶敏）")

    away.goto("/absences")
    away.get_by_role("button", name="销假，回来办事").click()
    expect(away.locator(".cover-list")).to_contain_text("已经结束")


def _agree(office: Office, number: str) -> None:
    for username in (HEAD, LEADER):
        desk = office.desk(username)
        desk.open(number)
        desk.decide("同意")


def _mend(clerk: Desk, number: str, reason: str, field: str, words: str) -> None:
    clerk.open(number)
    clerk.page.get_by_role("link", name="改好再报").click()
    expect(clerk.page.locator(".note--warn")).to_contain_text(re.compile(reason))
    clerk.page.locator(field).fill(words)
    clerk.page.get_by_role("button", name="改好了，重新提交").click()
    clerk.page.wait_for_url(f"**/tickets/{number}")


def _hears(page: Page, number: str) -> None:
    """The worker brings it some seconds after the last signature."""
    deadline = time.monotonic() + HEARD_WITHIN
    while True:
        page.goto("/notifications")
        if page.locator("main").get_by_text(number).count():
            return
        assert time.monotonic() < deadline, page.locator("main").inner_text()
        page.wait_for_timeout(500)


def _from_today(page: Page) -> None:
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()
    for name in ("from", "to"):
        page.locator(f"[name={name}]").first.fill(today)
