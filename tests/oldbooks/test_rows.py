"""What becomes of the rows of a paper ledger, told over REST."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.models import Account, Grant
from app.access.types import AccountState, GrantState
from app.hints import service as hints
from app.ledgers.models import LedgerRow
from tests.accounts.books import faults as faults_of_books
from tests.oldbooks.paper import (
    CENTER,
    COUNTY,
    HUANG,
    LEADER,
    QIN,
    WU,
    XIANG,
    Paper,
    line,
    post,
    states,
    words,
)
from tests.support.office import Office

YANG = ("杨𬱖", "422899199309109992")
LIU = ("阿卜杜拉·麦麦提", "422899199208011312")


@pytest.fixture
def in_order(session: Session, paper: Paper) -> Iterator[None]:
    """In the end accounts and posts are what the books say, and the night finds nothing."""
    yield
    office = Office(session)
    office.now = paper.story.at("2026-11-30 09:00")
    assert list(faults_of_books(office, {})) == []
    hints.recheck(session, now=office.now)
    found = paper.story.see("qinzhiming", "/risk-hints", limit=50)["items"]
    assert {one["rule"] for one in found} <= {"old-books"}


@pytest.mark.usefixtures("in_order")
def test_a_history_is_played_in_the_order_of_its_days(paper: Paper, session: Session) -> None:
    """Closed and opened again, changed, suspended; posts given, taken, and ended by a closing."""
    report = paper.send(
        line(*XIANG, 操作="撤销", 日期="2023-12-01", 序号="9"),
        line(*XIANG, 操作="创建", 日期="2023-01-05", 原因="新进", 执行人="老王"),
        post(*XIANG, 日期="2023-01-06"),
        line(*HUANG, 日期="2022-05-01"),
        post(*HUANG, 日期="2022-05-01", 岗位角色="查询岗"),
        post(*HUANG, 日期="2022-05-02"),
        post(*HUANG, 日期="2022-06-01", **{"岗位角色": "查询岗", "权限项（增/减）": "减：查询岗"}),
        line(*HUANG, 日期="2022-07-01", 操作="变更", 联系方式="15400010009"),
        line(*YANG, 日期="2021-03-01"),
        line(*YANG, 日期="2021-04-01", 操作="注销"),
        line(*YANG, 日期="2021-05-01", 操作="新增"),
        line(*YANG, 日期="2021-06-01", 操作="停用"),
    )
    assert states(report) == ["ready"] * 12
    done = paper.confirm(report)
    assert states(done) == ["done"] * 12
    accounts = {one.name: one for one in session.scalars(select(Account))}
    assert {name: one.state for name, one in accounts.items()} == {
        "向小兰": AccountState.CLOSED,
        "黄䶮": AccountState.ACTIVE,
        "杨𬱖": AccountState.SUSPENDED,
    }
    active = select(Grant).where(Grant.state == GrantState.ACTIVE)
    assert [one.post for one in session.scalars(active)] == ["review"]

    booked = paper.book("accounts")
    acts = [(row["name"], row["act"]) for row in booked]
    assert acts == [
        *(("杨𬱖", "创建"), ("杨𬱖", "撤销"), ("杨𬱖", "恢复"), ("杨𬱖", "停用")),
        *(("黄䶮", "创建"), ("黄䶮", "变更")),
        *(("向小兰", "创建"), ("向小兰", "撤销")),
    ]
    assert [row["_serial"] for row in booked] == list(range(1, 9))
    assert booked[6]["reason"] == "旧台账导入：新进"
    assert booked[6]["remark"] == "旧台账2023-01-05，原执行人老王"
    assert booked[0]["executor"] == "谭桂芳"
    grants = paper.book("grants")
    assert [(row["name"], row["change"], row["after"]) for row in grants] == [
        ("黄䶮", "增：查询岗", "查询岗"),
        ("黄䶮", "增：审核岗", "查询岗、审核岗"),
        ("黄䶮", "减：查询岗", "审核岗"),
        ("向小兰", "增：审核岗", "审核岗"),
        ("向小兰", "减：审核岗", "无"),
    ]
    assert "随账户撤销收回" in grants[-1]["reason"]
    assert XIANG[1] not in str(paper.story.see("tanlihua", f"/imports/old-books/{done['id']}"))


def test_histories_that_cannot_be(paper: Paper) -> None:
    report = paper.send(
        line(*XIANG, 操作="撤销", 日期="2023-01-01"),
        line(*XIANG, 操作="创建", 日期="2023-02-01"),
        post(*HUANG, 联系方式=""),
        line(*YANG, 日期="2021-03-01"),
        line(*YANG, 日期="2021-04-01", 操作="撤销"),
        post(*YANG, 日期="2021-05-01"),
        line(*YANG, 日期="2021-06-01", 操作="变更"),
        post(*LIU),
        post(*LIU, 日期="2023-10-01"),
        post(*LIU, 日期="2023-10-02", **{"岗位角色": "查询岗", "权限项（增/减）": "减"}),
    )
    assert states(report) == [
        *("refused", "ready", "refused", "ready", "ready", "refused", "refused"),
        *("ready", "same", "refused"),
    ]
    assert "前面没有创建账户的行" in words(report, 0)
    assert "请先导入账户管理台账" in words(report, 2)
    assert "已经撤销，请核对日期" in words(report, 5)
    assert "前面没有授予这个岗位的行" in words(report, 9)


@pytest.mark.usefixtures("in_order")
def test_the_books_come_one_after_the_other(paper: Paper, session: Session) -> None:
    """Accounts first, posts in a file of their own; who was dealt with by a form is left alone."""
    paper.confirm(paper.send(line(*XIANG), line(*HUANG)))
    second = paper.send(post(*XIANG), line(*XIANG), post(*HUANG, 岗位角色="查询岗"))
    assert states(second) == ["ready", "same", "ready"]
    assert "以平台上的为准" in words(second, 1)
    paper.confirm(second)
    third = paper.send(post(*XIANG), post(*XIANG, 岗位角色="统计分析岗"))
    assert states(third) == ["same", "ready"]
    paper.confirm(third)
    grants = paper.book("grants")
    assert grants[-1]["before"] == "审核岗"
    assert grants[-1]["after"] == "审核岗、统计分析岗"
    assert session.scalar(select(func.count()).select_from(Grant)) == 3


def test_nobody_of_another_county(paper: Paper) -> None:
    """Nor a county's administrators, who are the 州's to keep; nor oneself."""
    report = paper.send(
        line(*XIANG, 单位="来凤县人社局"),
        line(*HUANG, 单位=CENTER, 账户类型="账户管理员"),
        line("谭丽华", "422899198806094440", 单位=CENTER, 账户类型="账户管理员"),
        line(*QIN[:2]),
    )
    assert states(report) == ["refused", "refused", "refused", "conflict"]
    assert "或者不归本级" in words(report, 0)
    assert "由上级账户管理员导入" in words(report, 1)
    assert "不能导入自己的账户" in words(report, 2)
    assert words(report, 3) == "此人在本系统任账户管理员，不得又是操作员"
    above = paper.send(line(*XIANG, 单位=COUNTY), by="qinzhiming")
    assert "操作员由那里的账户管理员导入" in words(above, 0)


def test_a_county_hears_of_the_same_conflicts(paper: Paper) -> None:
    """S4 played by 咸丰 alone: what it may not import conflicts all the same."""
    report = paper.send(
        line(*WU, 单位=CENTER, 账户类型="权限管理员"),
        post(*WU, 单位=CENTER, 子系统="人社数据分析子系统", 日期="2023-10-08"),
        line(*QIN[:2], 单位="恩施州人社信息中心", 账户类型="账户管理员"),
        line(QIN[0], QIN[2], 单位="恩施州人社信息中心", 账户类型="账户管理员"),
    )
    assert states(report) == ["refused", "conflict", "refused", "conflict"]
    done = paper.confirm(report, by=LEADER)
    (number,) = done["tickets"]
    assert len(paper.story.see("tanlihua", "/risk-hints", rule="old-books")["items"]) == 2
    assert paper.story.task(LEADER, number)["due_at"]


def test_names_that_differ(paper: Paper) -> None:
    """Within the sheet it is told which; of the platform the other name is not told."""
    report = paper.send(
        line(*XIANG), post("向晓兰", XIANG[1], 日期="2023-11-01"), line("覃志名", QIN[1])
    )
    assert states(report) == ["ready", "refused", "conflict"]
    assert "和第 2 行相同，姓名却不同" in words(report, 1)
    paper.confirm(report)
    again = paper.send(post("向晓兰", XIANG[1]))
    assert "登记的是另一个姓名" in words(again, 0)
    assert "向小兰" not in words(again, 0)


def test_an_administrator_of_the_wrong_unit(paper: Paper) -> None:
    """R4: known by the unit that the ledger names."""
    report = paper.send(line(*XIANG, 单位="恩施州人社局", 账户类型="账户管理员"), by="qinzhiming")
    assert states(report) == ["conflict"]
    assert report["rows"][0]["code"] == "not_eligible"


@pytest.mark.usefixtures("in_order")
def test_the_prefecture_books_a_county_s_administrator_with_a_copy(
    paper: Paper, session: Session
) -> None:
    report = paper.send(
        line(*WU, 单位=CENTER, 账户类型="权限管理员"),
        post(*WU, 单位=CENTER, 岗位角色="权限管理员"),
        by="qinzhiming",
    )
    assert states(report) == ["ready", "ready"]
    paper.confirm(report, by="xiangxiaomei")
    own = paper.book("accounts", by="qinzhiming")
    copied = [row for row in own if row["remark"].endswith("抄自上级台账")]
    assert (len(own), len(copied)) == (2, 1)
    assert [row["name"] for row in paper.book("grants", by="tanlihua")] == ["吴一鸣"]
    rows = session.scalars(select(LedgerRow).where(LedgerRow.account_id.is_not(None))).all()
    assert len(rows) == 2
