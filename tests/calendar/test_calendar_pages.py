"""The pages of the calendar as people use them."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape

import pytest
from sqlalchemy import select

from app.calendar.models import Notice
from app.core.clock import today
from app.identity.types import Position
from tests.support.office import Browser, Counter, Office

ADMIN = "duanshiyu"
CLERK = "yaohaiyang"
SignIn = Callable[[str], Browser]
LOCAL = {
    "unit": "422800",
    "year": "2025",
    "number": "试〔2025〕1号",
    "title": "试放假的通知",
    "off": "8月16日至19日 州庆",
    "half": "8月20日",
}


def text(answer: object) -> str:
    page = unescape(re.sub(r"<[^>]+>", " ", getattr(answer, "text")))  # noqa: B009 - of two kinds
    return re.sub(r"\s+", " ", page)


def test_a_year_at_a_glance(browser: SignIn) -> None:
    page = browser(CLERK).get("/calendar", year="2026")
    assert page.status_code == 200
    told = text(page)
    for words in (
        "1日至3日 放假，元旦： 国家，系统自带 2026",
        "4日 上班，元旦： 国家，系统自带 2026",
        "1日至7日 放假",
        "这是 咸丰县公共就业服务中心 的日历",
    ):
        assert words in told
    assert "录入放假通知" not in told
    assert page.text.count("<table>") == 12


def test_a_year_without_its_notice_says_so(browser: SignIn) -> None:
    told = text(browser(CLERK).get("/calendar", year="2027"))
    assert "2027 年是暂估的" in told
    assert "录入 2027 年的通知" not in told
    assert "录入 2027 年的通知" in text(browser(ADMIN).get("/calendar", year="2027"))


def test_from_november_on_administrators_are_told(browser: SignIn, office: Office) -> None:
    year = today().year + 1
    for notice in office.session.scalars(select(Notice).where(Notice.year == year)):
        notice.withdrawn_at = office.now
    office.session.flush()
    warned = f"{year} 年的国家放假通知还没有录入" in text(browser(ADMIN).get("/calendar"))
    assert warned is (today().month >= 11)
    assert "国家放假通知还没有录入" not in text(browser(CLERK).get("/calendar"))


def test_look_enter_read_withdraw(browser: SignIn, office: Office) -> None:
    admin = browser(ADMIN)
    assert admin.get("/calendar/notices/new").status_code == 200
    seen = admin.post("/calendar/notices", **LOCAL)
    assert seen.status_code == 200
    told = text(seen)
    assert "有 2 天改为休息，0 天改为上班，1 天改为下午放假" in told
    assert "本来就休息，不变" in told
    assert "已经过去" in told
    entered = select(Notice.id).where(Notice.number == LOCAL["number"])
    assert office.session.scalars(entered).all() == []
    done = admin.post("/calendar/notices", **LOCAL, step="enter")
    assert done.status_code == 302
    told = text(admin.get(done.location))
    assert "2025年8月19日（周二）" in told
    assert "恩施州和下属单位" in told
    said = text(browser(CLERK).get("/calendar", year="2025"))
    assert "16日至19日 放假，州庆： 恩施州，试〔2025〕1号" in said
    assert "20 半 ，下午放假" in said
    assert "20日 下午放假： 恩施州，试〔2025〕1号" in said
    again = admin.post("/calendar/notices", **LOCAL, step="enter")
    assert again.status_code == 409
    assert "已经录入过" in text(again)
    gone = f"{done.location}/withdraw"
    assert admin.post(gone, version="1", reason="").status_code == 422
    assert admin.post(gone, version="7", reason="录错了。").status_code == 409
    assert admin.post(gone, version="1", reason="录错了。").status_code == 302
    told = text(admin.get(done.location))
    assert "录错了。" in told
    assert "撤销这份通知" not in told


def test_what_was_typed_comes_back_with_what_is_wrong(browser: SignIn) -> None:
    page = browser(ADMIN).post(
        "/calendar/notices",
        **LOCAL | {"unit": "nowhere", "title": "", "off": "某日", "work": "8月18日"},
    )
    assert page.status_code == 422
    told = text(page)
    assert "通知没有录入，有 3 处要改" in told
    for words in ("请从名单里选", "“某日”读不懂", "请填标题"):
        assert words in told
    assert "试〔2025〕1号" in page.text
    wrong = browser(ADMIN).post("/calendar/notices", **LOCAL | {"year": "25"})
    assert "年份要在 2000 到 2100 之间" in text(wrong)


def test_the_nation_s_real_notice_stands_for_the_program_s(browser: SignIn) -> None:
    admin = browser(ADMIN)
    whole = {"unit": "国家", "off": "2025-01-01 元旦", "replaces": "1"}
    told = text(admin.post("/calendar/notices", **LOCAL | whole))
    assert "恢复平常" in told
    assert "撤销这份通知，它就恢复" in told
    assert admin.post("/calendar/notices", **LOCAL | whole, step="enter").status_code == 302
    assert "已撤销" in text(admin.get("/calendar/notices", year="2025"))


@pytest.mark.parametrize("asked", [{"year": "1999"}, {"year": "x"}, {"unit": "-"}])
def test_addresses_that_lead_nowhere(browser: SignIn, asked: dict[str, str]) -> None:
    assert browser(CLERK).get("/calendar", **asked).status_code in (400, 404)


def test_a_stranger_s_layer_is_not_there(browser: SignIn, office: Office) -> None:
    admin = browser(ADMIN)
    done = admin.post("/calendar/notices", **LOCAL | {"unit": "422827"}, step="enter")
    office.appoint("tanlihua", Position.SYSTEM_ADMIN)
    for name in (CLERK, "tanlihua"):
        assert browser(name).get(done.location).status_code == 404
        assert browser(name).get("/calendar", unit="422827").status_code == 404
    refused = browser("tanlihua").post(f"{done.location}/withdraw", version="1", reason="x")
    assert refused.status_code == 404
    own = browser("tanlihua").post("/calendar/notices", **LOCAL | {"unit": "国家"}, step="enter")
    assert own.status_code == 403


def test_pages_ask_no_more_with_more_notices(
    browser: SignIn, count_queries: Callable[[], Counter]
) -> None:
    admin = browser(ADMIN)

    def asked(path: str, **query: str) -> int:
        counter = count_queries()
        assert admin.get(path, **query).status_code == 200
        return len(counter)

    before = asked("/calendar", year="2025"), asked("/calendar/notices", year="2025")
    for n in range(5):
        day = (date(2025, 8, 18) + timedelta(days=n)).isoformat()
        given = LOCAL | {"step": "enter", "number": f"试{n}号", "off": day, "half": ""}
        assert admin.post("/calendar/notices", **given).status_code == 302
    assert (asked("/calendar", year="2025"), asked("/calendar/notices", year="2025")) <= (
        before[0],
        before[1] + 1,  # who entered them
    )
