"""S4: paper ledgers of 2023 name 吴一鸣 in two roles, and 覃志明 twice under two numbers."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.access.models import Account, Grant
from app.access.types import AccountKind
from app.core import crypto
from app.core.crypto import blind_index
from app.hints import service as hints
from tests.oldbooks.paper import CENTER, QIN, WU, Paper, line, post, states, words

PREFECTURE = "恩施州人社信息中心"
ADMIN_A, ADMIN_B, LEADER = "qinzhiming", "xiangxiaomei", "ranqiguo"


@pytest.fixture
def ledgers() -> tuple[dict[str, str], ...]:
    return (
        line(*WU, 单位=CENTER, 账户类型="权限管理员", 操作="创建", 序号="1"),
        post(*WU, 单位=CENTER, 子系统="人社数据分析", 日期="2023.10.8", 序号="2"),
        line(*QIN[:2], 单位=PREFECTURE, 账户类型="账户管理员", 日期="二〇二三年五月四日"),
        line(QIN[0], QIN[2], 单位=PREFECTURE, 账户类型="账户管理员", 日期="45199"),
    )


def test_both_are_conflicts_and_the_second_role_stays_without_effect(
    paper: Paper, session: Session, ledgers: tuple[dict[str, str], ...]
) -> None:
    report = paper.send(*ledgers, by=ADMIN_B)
    assert states(report) == ["ready", "conflict", "ready", "conflict"]
    assert words(report, 1) == "此人在本系统任权限管理员，不得又是操作员"
    assert "和第 4 行是同一个人（15 位旧号换成 18 位以后相同）" in words(report, 3)
    assert report["rows"][3]["id_number"] == "422899********1118"
    assert session.scalars(select(Account)).all() == []  # a preview writes nothing

    # The clock goes on; whoever uploaded it does not confirm it, whoever stands in it neither.
    paper.story.at("2026-11-24 09:00")
    assert paper.confirm(report, by=ADMIN_B, says=403)["code"] == "second_person"
    assert paper.confirm(report, by=ADMIN_A, says=409)["code"] == "acts_on_self"
    done = paper.confirm(report, by=LEADER)
    assert (done["state"], done["confirmed_by"]) == ("confirmed", "冉启国")
    assert states(done) == ["done", "conflict", "done", "conflict"]

    accounts = {one.name: one for one in session.scalars(select(Account))}
    assert {name: one.kind for name, one in accounts.items()} == {
        "吴一鸣": AccountKind.PERMISSION_ADMIN,
        "覃志明": AccountKind.ACCOUNT_ADMIN,
    }
    assert session.scalars(select(Grant)).all() == []
    booked = paper.book("accounts", by=ADMIN_A)
    own = [row for row in booked if row["name"] == "覃志明"]
    assert [(row["act"], row["executor"], row["_serial"]) for row in own] == [("创建", "冉启国", 1)]
    assert own[0]["reason"] == "旧台账导入"
    assert own[0]["remark"].startswith("旧台账2023-05-04")

    # Red hints: 咸丰's to 咸丰, the 州's to the 州; and a problem for each leader, with a date.
    (mine,) = paper.story.see("tanlihua", "/risk-hints", rule="old-books")["items"]
    assert (mine["colour"], mine["unit"]["name"]) == ("red", CENTER)
    assert "吴一鸣" in mine["text"]
    assert mine["sign_by"] == "2026-11-25"
    both = paper.story.see(ADMIN_A, "/risk-hints", rule="old-books")["items"]
    assert len(both) == 2
    task = paper.story.task("pengxiuying", done["tickets"][1])
    assert task["due_at"] is not None
    ticket = paper.story.see("pengxiuying", f"/tickets/{done['tickets'][1]}")
    assert "限期整改：旧台账导入发现 1 处冲突" in ticket["title"]
    assert "吴一鸣" in ticket["answers"]["facts"]
    paper.story.decide("pengxiuying", done["tickets"][1], answers={"result": "保留权限管理员。"})


def test_the_night_finds_the_same_in_rows_that_were_injected(
    paper: Paper, session: Session, ledgers: tuple[dict[str, str], ...]
) -> None:
    """The operator's post for 吴一鸣, and 覃志明 once more under his old number, by SQL."""
    report = paper.send(*ledgers, by=ADMIN_B)
    paper.confirm(report, by=LEADER)
    now = datetime(2026, 11, 24, 2, tzinfo=UTC)
    hints.recheck(session, now=now)
    before = {one["rule"] for one in paper.story.see(ADMIN_A, "/risk-hints")["items"]}
    assert before == {"old-books"}  # what was imported is in order by itself
    session.execute(
        text(
            'INSERT INTO "grant" (account_id, subsystem, post, state, ticket, row_no, at,'
            " granted_ticket, granted_row, granted_at)"
            " SELECT id, 'data-analysis', 'query', 'active', ticket, 3, at, ticket, 3, at"
            " FROM account WHERE name = '吴一鸣'"
        )
    )
    session.execute(
        text(
            "INSERT INTO account (person_ref, name, id_number, phone, unit_id, kind, state,"
            " ticket, row_no, at, opened_ticket, opened_row, opened_source, opened_at)"
            " SELECT :ref, name, :number, phone, unit_id, kind, state, ticket, row_no, at,"
            " opened_ticket, opened_row, opened_source, opened_at FROM account"
            " WHERE name = '覃志明'"
        ),
        {"ref": blind_index("id_number", QIN[2]), "number": crypto.seal(QIN[2])},
    )
    hints.recheck(session, now=now)
    session.commit()
    found = paper.story.see(ADMIN_A, "/risk-hints", limit=50)["items"]
    told = {one["rule"]: one["text"] for one in found}
    assert "吴一鸣同时是" in told["R2"]
    assert "换成 18 位以后和另一个账户是同一个人" in told["R1-old-number"]
    assert "吴一鸣" in told["R9-grant"]
