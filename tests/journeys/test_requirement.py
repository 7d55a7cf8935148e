"""S7 pressed in a browser: a county's requirement from its form to 办结, each person at a desk.

Over REST (`tests/requirements`) it is told on its dates; here with other units, people and days.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.journeys.desk import Desk, Office
from tests.journeys.test_pages import is_sound

pytestmark = pytest.mark.journey
CENTER, COMPANY, COMPANY_TESTER = "tanliqun", "wenbin", "xiangxiaofeng"
NO_WAY, DEFECT = "依赖省系统接口，本地不能改。", "合计没有加上新的一列。"
ROLLED_BACK, RELEASED = "登记页打不开，已回退。", "登记、查询、报表都已发布。"


@dataclass(frozen=True)
class Cast:
    """Who plays it, of which county, about what, and in how many days it is to be made."""

    county: str
    clerk: str
    leader: str
    counterpart: str
    testers: tuple[tuple[str, str], ...]  # who signs in, and what he is called
    subsystem: str
    urgency: str
    summary: str
    days: int


LAIFENG = Cast(
    *("来凤县", "longjinhua", "tengguorong", "liaoyulan"),
    testers=(("longjinhua", "龙金花"), ("xiangjianhua", "向建华")),
    subsystem="gig-station",
    urgency="紧急",
    summary="零工登记增加“村（社区）”字段",
    days=12,
)
# Another county, whose office has another counterpart, with another subsystem and other days.
XIANFENG = Cast(
    *("咸丰县", "yaohaiyang", "pengxiuying", "yinjunjie"),
    testers=(("qinyongan", "秦永安"), ("yaohaiyang", "姚海洋"), ("zhangweihua", "张卫华")),
    subsystem="shared-labour",
    urgency="一般",
    summary="共享用工登记增加“工种”下拉",
    days=3,
)


@dataclass(frozen=True)
class Days:
    """The days of a story that begins today, as the controls of a page take them."""

    today: datetime

    def on(self, after: int = 0) -> str:
        return (self.today + timedelta(days=after)).date().isoformat()

    def at(self, hours: int) -> str:
        return (self.today + timedelta(hours=hours)).isoformat(timespec="minutes")[:16]


@pytest.fixture
def days() -> Days:
    return Days(datetime.now(ZoneInfo("Asia/Shanghai")))


@pytest.mark.parametrize("cast", [LAIFENG, XIANFENG], ids=["来凤", "咸丰"])
def test_a_county_asks_and_after_a_second_release_it_is_done(
    office: Office, days: Days, cast: Cast
) -> None:
    """S7: not feasible at first, a defect at the joint test, a release that is taken back."""
    number = _ask(office, cast, days)
    _to_the_company(office, cast, number)
    _evaluate(office, number, feasibility="不可行", grounds=NO_WAY)
    center = office.desk(CENTER)
    _take(center, number)
    center.send_back("改为本地维护名录，不用省系统。")

    clerk = office.desk(cast.clerk)
    clerk.open(number)
    official = _official(clerk)
    clerk.page.get_by_role("link", name="改好再报").click()
    clerk.page.locator("#description").fill("名录由本地维护，不再依赖省系统，登记和报表都要有。")
    clerk.page.get_by_role("button", name="改好了，重新提交").click()
    clerk.page.wait_for_url(f"**/tickets/{number}")
    expect(clerk.page.locator(".case-head")).to_contain_text("第2次提交")
    _to_the_company(office, cast, number)
    plan = {"start_on": days.on(), "finish_on": days.on(cast.days), "effort": "6"}
    _evaluate(office, number, grounds="改登记页和两张报表。", impact="多一项必填。", **plan)
    _decide(center, number, "列入开发")

    _develop(office, number, days)
    _arrange(office, cast, number, days)
    first, *others = cast.testers
    for username, _ in others:
        _test(office, username, number)
    _fail(office, first[0], number)
    _develop(office, number, days)
    _arrange(office, replace(cast, testers=cast.testers[::-1]), number, days)
    for username, _ in cast.testers:
        _test(office, username, number)

    _secure(office, number, days)
    _release(office, number, days, "回退", ROLLED_BACK)
    _release(office, number, days, "成功", RELEASED)
    _is_done(office, cast, number, official)


def test_bad_answers_keep_what_was_typed(office: Office, days: Days) -> None:
    """No talk before, no reason for the haste, then words of a hostile hand: nothing is lost."""
    clerk = office.desk("liaotianyu")
    _fill(clerk, replace(LAIFENG, summary="甲\u202e乙 {__class__} 😀 <b>登记</b>"), days)
    for field in ("#talked_with_company", "#urgent_reason"):
        clerk.page.locator(field).fill("")
    clerk.page.locator(".form-foot button[value=submit]").click()
    told = clerk.page.locator("[data-errors]").first
    for label in ("沟通的运维公司人员", "紧急的理由"):
        expect(told).to_contain_text(label)
    is_sound(clerk.page)
    clerk.page.locator("#talked_with_company").fill("文斌")
    clerk.page.locator("#urgent_reason").fill("口径\r\n调整 {{7*7}}")
    number = _submit(clerk)
    expect(clerk.page.locator("h1")).to_have_text("业务需求：甲乙 {__class__} 😀 <b>登记</b>")
    expect(clerk.page.locator("main")).to_contain_text("{{7*7}}")
    office.desk(COMPANY).page.goto(f"/tickets/{number}")
    expect(office.desk(COMPANY).page.locator("h1")).not_to_contain_text("登记")


def _fill(clerk: Desk, cast: Cast, days: Days) -> None:
    page = clerk.page
    page.goto("/start")
    page.locator(".catalogue").get_by_role("link", name="业务需求", exact=True).click()
    page.locator("#subsystem").select_option(cast.subsystem)
    page.get_by_label("变更", exact=True).check()
    page.get_by_label(cast.urgency, exact=True).check()
    for key, words in {
        "contact_phone": "0718-6820011",
        "summary": cast.summary,
        "description": f"{cast.county}的登记只到乡镇一级，请增加一项，登记、查询和报表都要有。",
        "talked_on": days.on(),
        "talked_with_department": "州级对口科室",
        "talked_with_company": "文斌",
        "talk": "字段从名录取值，报表另加一列。",
    }.items():
        page.locator(f"#{key}").fill(words)
    if cast.urgency == "紧急":
        page.locator("#urgent_reason").fill("省厅报表口径调整")


def _submit(clerk: Desk) -> str:
    clerk.page.locator(".form-foot button[value=submit]").click()
    clerk.page.wait_for_url(re.compile(r"/tickets/XQ-\d{4}-\d{5}$"))
    return clerk.number


def _ask(office: Office, cast: Cast, days: Days) -> str:
    clerk = office.desk(cast.clerk)
    _fill(clerk, cast, days)
    is_sound(clerk.page)
    return _submit(clerk)


def _take(desk: Desk, number: str) -> None:
    """It waits for him alone, or for him and a colleague."""
    desk.page.goto(f"/tasks?q={number}")
    if desk.page.locator("tr", has_text=number).count():
        desk.open(number)
    else:
        desk.claim(number)


def _decide(
    desk: Desk, number: str, label: str, *, signs: bool = False, opinion: str = "", **fields: str
) -> None:
    _take(desk, number)
    _answer(desk, label, signs=signs, opinion=opinion, **fields)


def _answer(
    desk: Desk, label: str, *, signs: bool = False, opinion: str = "", **fields: str
) -> None:
    desk.choose(label)
    for key, words in fields.items():
        field = desk.page.locator(f"#{key}")
        if field.evaluate("one => one.localName") == "select":
            field.select_option(label=words)
        else:
            field.fill(words)
    if opinion:
        desk.page.locator("#own-opinion").fill(opinion)
    if signs:
        desk.page.get_by_label("用备案签名").check()
    is_sound(desk.page)
    desk.send()


def _to_the_company(office: Office, cast: Cast, number: str) -> None:
    """The leader seals, the counterpart signs, the centre takes it in, the company numbers it."""
    for username in (cast.leader, cast.counterpart):
        _decide(office.desk(username), number, "同意", signs=True)
    _decide(office.desk(CENTER), number, "签收")
    _decide(office.desk(COMPANY), number, "登记编号")


def _evaluate(office: Office, number: str, feasibility: str = "可行", **fields: str) -> None:
    label = "提交评估意见"
    _decide(office.desk(COMPANY), number, label, feasibility=feasibility, **fields)


def _official(desk: Desk) -> str:
    shown = desk.page.locator(".case-head .tag", has_text="LDLXX-XQ").inner_text()
    return shown.split()[-1]


def _develop(office: Office, number: str, days: Days) -> None:
    _decide(office.desk(COMPANY), number, "开发完成")
    record = {"finished_on": days.on(), "tested_on": days.on(), "record": "登记、导出都试过。"}
    _decide(office.desk(COMPANY_TESTER), number, "通过", **record)


def _arrange(office: Office, cast: Cast, number: str, days: Days) -> None:
    center = office.desk(CENTER)
    _take(center, number)
    for nth, (username, _) in enumerate(cast.testers):
        if nth:
            center.page.get_by_role("button", name="加一行").click()
        center.page.locator(f"#testers-{nth}-person").fill(username)
    _answer(center, "通知测试", test_on=days.on())


def _test(office: Office, username: str, number: str) -> None:
    _decide(office.desk(username), number, "通过", signs=True, result="登记、报表都对。")


def _fail(office: Office, username: str, number: str) -> None:
    """With the defect as a row of its own, which the company reads."""
    desk = office.desk(username)
    _take(desk, number)
    expect(desk.page.locator("#defects")).to_contain_text("不通过的，一个缺陷一行")
    desk.page.get_by_role("button", name="加一行").click()
    desk.page.locator("#defects-0-place").fill("报表")
    desk.page.locator("#defects-0-problem").fill(DEFECT)
    _answer(desk, "不通过", signs=True, opinion="见缺陷。", result="报表不对。")
    company = office.desk(COMPANY)
    company.open(number)
    expect(company.page.locator("main")).to_contain_text(DEFECT)


def _secure(office: Office, number: str, days: Days) -> None:
    """Nothing is released without the conclusion: left out, it is asked for, and the rest stays."""
    center = office.desk(CENTER)
    _take(center, number)
    center.choose("合格")
    center.page.locator("#tester").fill("州人社信息中心")
    center.page.locator("#tested_on").fill(days.on())
    center.page.locator(".decide-acts button.act:visible").click()
    expect(center.page.locator("#decide-errors")).to_contain_text("安全测试结论")
    expect(center.page.locator("#tester")).to_have_value("州人社信息中心")
    _answer(center, "合格", conclusion="没有发现高危、中危漏洞。")


def _release(office: Office, number: str, days: Days, outcome: str, note: str) -> None:
    company = office.desk(COMPANY)
    plan = {"scope": "登记和报表", "starts_at": days.at(1), "ends_at": days.at(3)}
    _decide(company, number, "通知发布", signs=True, **plan)
    _take(company, number)
    _release_tomorrow(company, days, outcome, note)
    _answer(company, outcome, done_at=days.at(0), note=note)


def _release_tomorrow(company: Desk, days: Days, outcome: str, note: str) -> None:
    """It is told at the field, on a screen and on a telephone, and what was typed stays."""
    page = company.page
    company.choose(outcome)
    page.locator("#done_at").fill(days.at(24))
    page.locator("#note").fill(note)
    page.locator(".decide-acts button.act:visible").click()
    expect(page.locator("#decide-errors")).to_contain_text("完成时间不能晚于")
    for width in (390, 1366):
        page.set_viewport_size({"width": width, "height": 768})
        beside = page.locator(f"#{page.locator('#done_at').get_attribute('aria-describedby')}")
        expect(beside).to_contain_text(f"不能晚于 {days.on()}")
        expect(beside).to_be_visible()
        is_sound(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.locator("#note")).to_have_value(note)


def _is_done(office: Office, cast: Cast, number: str, official: str) -> None:
    clerk = office.desk(cast.clerk)
    clerk.page.goto(f"/tickets/{number}")
    expect(clerk.state).to_have_text("办结")
    assert _official(clerk) == official
    is_sound(clerk.page)
    for words in (DEFECT, ROLLED_BACK, RELEASED):
        expect(clerk.page.locator("main")).to_contain_text(words)
    for _, name in cast.testers:
        expect(clerk.timeline).to_contain_text(name)
    center = office.desk(CENTER)
    center.page.goto(f"/ledgers/requirement?q={official}")
    rows = center.page.locator("tbody tr", has_text=official)
    expect(rows.first).to_contain_text(cast.summary)
    for outcome in ("回退", "成功"):
        expect(rows.filter(has_text=outcome).first).to_be_visible()
