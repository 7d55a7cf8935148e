"""S1 and S5 in the browser: an administrator changes, and people leave.

Over REST they keep their dates. S1 plays in 巴东, S5 in 鹤峰, whose people are in no other story.
"""

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.desk import Office, somebody
from tests.journeys.errands import Errands
from tests.journeys.test_pages import is_sound

pytestmark = pytest.mark.journey
SUBMITTER, HEAD, LEADER, A, B = (
    *("xiacuiying", "tanxiaodong", "yinchangrong", "xiajiahui", "zhangxiaohong"),
)
LEAVER = {"name": "张小红", "id_number": "422899199108096160", "phone": "15400001051"}
NEW = {"name": "鲁天宇", "id_number": "42289919860906711X", "phone": "15400001048"}
CONTACT, CHIEF, DIRECTOR, ACCOUNTS, GRANTS = (
    *("zhushilin", "suxuelian", "pengmeiling", "shuchunlei", "dengyongchang"),
)


def today() -> datetime:
    return datetime.now(ZoneInfo("Asia/Shanghai"))


def operator(errands: Errands, kind: str) -> None:
    """鲁天宇 becomes an operator, or is one no longer, by the county's own 附件2."""
    words = "分配岗位发布权限" if kind == "add" else "注销用户"
    row = {**NEW, "kind": kind, "post": "publishing", "requirement": words}
    number = errands.ask("raohongwei", row)
    errands.finish(number, "hexiaoyan", LEADER, A, SUBMITTER)


def test_an_administrator_retires_and_an_operator_takes_over(
    office: Office, errands: Errands
) -> None:
    """S1: refused as long as he is an operator; received and carried out by the 州."""
    operator(errands, "add")
    page = office.desk(SUBMITTER).page
    page.goto("/start")
    page.locator(".catalogue").get_by_role("link", name="管理员账户权限申请").click()
    page.locator("#phone").fill("0718-8200000")
    page.locator("#event").select_option("retirement")
    page.locator("#event_date").fill(today().date().isoformat())
    page.get_by_role("button", name="加一行").click()
    _row(page, 0, LEAVER, "close", "注销用户")
    _row(page, 1, NEW, "add", "新增账户管理员用户")
    is_sound(page)
    page.locator(".form-foot button[value=submit]").click()
    expect(page.locator("[data-errors]")).to_contain_text("附件2")

    operator(errands, "close")
    handover = errands.start(
        B,
        "admin-handover",
        {
            "heir": A,
            "reason": "retirement",
            "leaves_on": today().date().isoformat(),
            "items": [{"kind": "paper", "item": "附件2 纸质件", "count": 12}],
        },
    )
    errands.finish(handover, B, A)
    errands.finish(handover, HEAD, answers={"archive_no": "JJ-01", "result": "交接清楚。"})
    page.locator(".form-foot button[value=submit]").click()
    page.wait_for_url(re.compile(r"/tickets/QX-GLY-\d{4}-\d{5}$"))
    number = page.url.rsplit("/", 1)[1]
    errands.finish(number, HEAD, LEADER)

    above = office.desk("xiangxiaomei")
    above.claim(number)
    above.choose("签收")
    above.send()
    above.claim(number)
    above.decide("已办理", result="已按申请表办理")
    expect(above.state).to_have_text("办结")
    page.goto(f"/ledgers/accounts?q={number}")
    for name, act in (("张小红", "撤销"), ("鲁天宇", "恢复")):
        expect(page.locator("tbody tr", has_text=name)).to_contain_text(act)
    office.desk("lutianyu").page.goto("/old-books")
    expect(office.desk("lutianyu").page.get_by_role("button", name="上传并检查")).to_be_visible()


def test_people_leave_and_their_permissions_are_cleared(office: Office, errands: Errands) -> None:
    """S5: at once where the leave is long, in secret where somebody is under investigation."""
    retired, mother, inquired = somebody(), somebody(), somebody()
    number = errands.ask(CONTACT, retired, mother, inquired)
    errands.finish(number, CHIEF, DIRECTOR, ACCOUNTS, GRANTS)

    contact = office.desk(CONTACT).page
    first = _event(contact, "retirement", retired)
    is_sound(contact)
    until = today().date() + timedelta(days=158)
    second = _event(contact, "leave", mother, leave="maternity", until=until.isoformat())
    assert first != second
    keeper = office.desk(GRANTS)
    secret = _event(keeper.page, "investigation", inquired)
    contact.goto("/person-events")
    expect(contact.locator("tbody")).not_to_contain_text(inquired["name"])
    assert contact.goto(f"/tickets/{secret}").status == 404

    director = office.desk(DIRECTOR)
    for one in (first, secret):
        director.open(one)
        director.decide("同意")
    keeper.open(first)
    keeper.decide("已收回", result="已收回岗位权限")
    accounts = office.desk(ACCOUNTS)
    accounts.claim(first)
    accounts.decide("已注销", result="账户已注销")
    accounts.page.goto(f"/ledgers/accounts?q={first}")
    expect(accounts.page.locator("tbody tr", has_text=retired["name"])).to_contain_text("撤销")
    keeper.open(secret)
    expect(keeper.page.locator("main")).to_contain_text("见密件")


def _row(page: Page, n: int, person: dict[str, str], kind: str, words: str) -> None:
    for key, value in {"kind": kind, "post": "account_admin"}.items():
        page.locator(f"#people-{n}-{key}").select_option(value)
    for key, value in {**person, "requirement": words}.items():
        page.locator(f"#people-{n}-{key}").fill(value)


def _event(page: Page, kind: str, person: dict[str, str], **more: Any) -> str:
    """Entered; answers the ticket that it has opened."""
    page.goto("/person-events")
    page.locator("summary", has_text="登记一项变动").click()
    page.locator("#kind").select_option(kind)
    page.locator("#id_number").fill(person["id_number"])
    page.locator("#name").fill(person["name"])
    page.locator("#date").fill(today().date().isoformat())
    if "leave" in more:
        page.locator("#leave").select_option(more["leave"])
        page.locator("#until").fill(more["until"])
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("已经登记")
    link = page.locator("tbody tr", has_text=person["name"]).locator("a.link.num").first
    return link.inner_text().strip()
