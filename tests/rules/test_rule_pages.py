"""The pages of rule sets, and what a ticket shows of them."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

from app.core.clock import today
from tests.support.office import Browser, Office

ADMIN, CLERK = "duanshiyu", "yaohaiyang"
SignIn = Callable[[str], Browser]
TYPED = {
    "key": "account-permission",
    "unit": "422800",
    "name": "《试行办法》",
    "valid_from": "2021-11-01",
    "valid_to": "2026-10-31",
    "articles": "第一条 目的\n第二条 范围",
}


def text(answer: object) -> str:
    page = unescape(re.sub(r"<[^>]+>", " ", getattr(answer, "text")))  # noqa: B009 - of two kinds
    return re.sub(r"\s+", " ", page)


def test_enter_read_follow_withdraw(browser: SignIn, office: Office) -> None:
    admin, clerk = browser(ADMIN), browser(CLERK)
    assert "还没有登记制度依据" in text(clerk.get("/rules"))
    assert admin.get("/rules/new").status_code == 200
    assert clerk.post("/rules", **TYPED).status_code == 403
    wrong = admin.post("/rules", **TYPED | {"unit": "没有", "valid_from": "明天"})
    assert wrong.status_code == 422
    assert "日期要写成 2026-11-21 的样子" in text(wrong)
    assert "国家" in text(wrong)
    done = admin.post("/rules", **TYPED)
    assert done.status_code == 302
    told = text(clerk.get(done.location))
    for words in ("试行办法", "已失效", "恩施州和下属单位", "第二条", "范围", "2026年10月31日止"):
        assert words in told
    again = admin.post("/rules", **TYPED)
    assert (again.status_code, "已经登记过" in text(again)) == (409, True)
    ticket = office.start()
    page = text(clerk.get(f"/tickets/{ticket.number}"))
    assert "依据已失效：已于2026-10-31到期" in page
    follow = admin.get("/rules/new", after=done.location.rpartition("/")[2])
    assert 'value="试行办法"' in follow.text
    until = (today() + timedelta(days=5)).isoformat()
    newer = TYPED | {"valid_from": "2026-11-01", "valid_to": until}
    assert admin.post("/rules", **newer).status_code == 302
    listed = text(clerk.get("/rules"))
    assert "还有 5 天到期" in listed
    assert "登记制度" not in listed
    gone = f"{done.location}/withdraw"
    assert admin.post(gone, version="1", reason="").status_code == 422
    assert admin.post(gone, version="9", reason="错").status_code == 409
    assert admin.post(gone, version="1", reason="错").status_code == 302
    assert "登记的这一版已经撤销" in text(clerk.get(f"/tickets/{ticket.number}"))


def test_a_number_greater_than_any_row_has(browser: SignIn) -> None:
    """It leads nowhere; in an address as well as behind its question mark."""
    admin = browser(ADMIN)
    assert admin.get("/rules/new", after=str(2**63)).status_code == 200
    for path in ("/rules", "/units", "/api/v1/rules"):
        assert admin.get(f"{path}/{2**63}").status_code == 404
