"""What administrators may not be asked, and who may not decide of them; over REST."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.access.models import Account
from app.core.crypto import blind_index
from app.processes.models import Incident
from app.tickets.models import Ticket, TicketPerson
from tests.administrators.playing import PEOPLE, Town, admin_row

SUBMITTER, HEAD, LEADER = "wuyiming", "zhangweihua", "pengxiuying"
URGENT = {"urgent_reason": "本人已住院，先注销。", "pair_reason": "另一名随后到岗。"}


def test_nobody_names_himself(town: Town) -> None:
    said = town.refused(SUBMITTER, admin_row("change", SUBMITTER, "permission_admin"))
    assert "不能为自己申请" in said["people.0.id_number"]


def test_who_is_a_permission_admin_enters_the_other_role_only_by_leaving_his(town: Town) -> None:
    """R2, R3: with the withdrawal in the same form, in whatever order; put right and told."""
    said = town.refused("huangxuelian", admin_row("add", "wuyiming"), **URGENT)
    assert "注销原来的岗位" in said["people.0.id_number"]
    rows = (admin_row("add", "wuyiming"), admin_row("close", "wuyiming", "permission_admin"))
    number = town.ask("huangxuelian", *rows, **URGENT)
    kinds = [row["kind"] for row in town.ticket(number)["answers"]["people"]]
    assert kinds == ["close", "add"]


def test_who_changes_roles_stands_on_two_lines_and_no_third(town: Town) -> None:
    """A second 新增 of the same person would take effect after the first."""
    rows = (
        admin_row("close", "wuyiming", "permission_admin"),
        admin_row("add", "wuyiming"),
        admin_row("add", "wuyiming"),
    )
    said = town.refused("huangxuelian", *rows, **URGENT)
    assert "只填一行" in said["people.2.id_number"]


@pytest.mark.parametrize(
    ("row", "path", "words"),
    [
        (admin_row("add", "tanlihua"), "people.0.kind", "已经是账户管理员"),
        (admin_row("close", "yaohaiyang"), "people.0.kind", "没有账户管理员账户"),
        (admin_row("change", "tanlihua", "permission_admin"), "people.0.post", "不是权限管理员"),
        (admin_row("add", "longjinhua"), "people.0.id_number", "不是咸丰县本级的人员"),
        (admin_row("add", "pengxiuying"), "people.0.id_number", "人社信息中心或经办机构"),
        (admin_row("add", "yaohaiyang", name="姚海"), "people.0.name", "另一个姓名"),
        (admin_row("change", "qinzhiming"), "people.0.id_number", "不归咸丰县"),
        (
            admin_row("add", "yaohaiyang", "permission_admin", subsystems=[]),
            "people.0.subsystems",
            "哪些子系统",
        ),
        (
            admin_row("add", "yaohaiyang", requirement="新增XX子系统权限管理员用户"),
            "people.0.requirement",
            "示例文字",
        ),
    ],
)
def test_rows_that_may_not_stand(town: Town, row: dict[str, object], path: str, words: str) -> None:
    said = town.refused(SUBMITTER, row, **URGENT)
    assert words in said[path]


def test_not_two_account_admins_is_asked_why(town: Town) -> None:
    """R5 is soft: it goes through with a reason."""
    row = admin_row("add", "yaohaiyang")
    said = town.refused(SUBMITTER, row)
    assert "有3名账户管理员" in said["pair_reason"]
    town.ask(SUBMITTER, row, pair_reason="一名即将退休，先到岗交接。")


def test_the_same_person_in_two_forms(town: Town, session: Session) -> None:
    row = admin_row("change", "tanlihua")
    first = town.ask(SUBMITTER, row)
    said = town.refused("huangxuelian", row)
    assert first in said["people.0.id_number"]
    assert session.scalar(select(Account.id).where(Account.ticket == first)) is None


def test_of_two_that_were_sent_at_once_the_earlier_goes_first(town: Town, session: Session) -> None:
    """Neither saw the other: the later one cannot be agreed to."""
    first = town.ask(SUBMITTER, admin_row("change", "tanlihua"))
    town.at("2026-09-21 09:01")
    second = town.ask("huangxuelian", admin_row("change", "tanguifang"))
    session.execute(  # as if both named 谭丽华
        update(TicketPerson)
        .where(TicketPerson.ticket_id == ticket_id(session, first))
        .values(blind_index=blind_index("id_number", PEOPLE["tanguifang"][1]))
    )
    session.commit()
    answer = town.decide(second, HEAD_OF["huangxuelian"])
    assert (answer.status_code, answer.json["code"]) == (409, "form_outdated")
    assert first in answer.json["detail"]
    town.done(first, HEAD)


def ticket_id(session: Session, number: str) -> int:
    return session.scalars(select(Ticket.id).where(Ticket.number == number)).one()


def test_who_stands_on_the_form_decides_nothing(town: Town) -> None:
    """S3: the row is 向晓梅's own phone: she is not asked, 覃志明 carries it out."""
    town.at("2026-10-12 09:00")
    number = town.ask("tiandayong", admin_row("change", "xiangxiaomei", phone="15400000188"))
    town.done(number, "shidesheng")
    town.done(number, "ranqiguo")
    (task,) = town.open(number).values()
    assert task["assignee"] == "qinzhiming"
    assert town.decide(number, "xiangxiaomei").status_code in (403, 404)
    town.done(number, "qinzhiming")
    assert town.ticket(number)["state"] == "closed"


def test_both_of_the_pair_on_the_form_is_an_incident(town: Town, session: Session) -> None:
    rows = [
        admin_row("change", who, phone=f"1540000019{n}")
        for n, who in enumerate(("qinzhiming", "xiangxiaomei"))
    ]
    number = town.ask("tiandayong", *rows)
    town.done(number, "shidesheng")
    town.done(number, "ranqiguo")
    (incident,) = session.scalars(select(Incident))
    assert "都在申请表上" in incident.cause
    assert town.open(number)["account_execution"]["candidates"] == []


def test_a_return_after_one_of_two_boxes(town: Town) -> None:
    """Nothing takes effect before both are done; the receipt and both clocks begin anew."""
    row = admin_row("change", "wuyiming", "permission_admin", subsystems=["gig-station"])
    number = received(town, "huangxuelian", row)
    town.done(number, "qinzhiming", "account_execution")
    assert town.book("grants")[-1]["ticket"] != number
    town.at("2026-09-23 09:00")
    assert (
        town.send_back(number, "tiandayong", "permission_execution", "子系统不对。").status_code
        == 200
    )
    assert town.ticket(number)["state"] == "returned"
    row = {**row, "subsystems": ["shared-labour"]}
    again = town.who("huangxuelian").post(
        f"/tickets/{number}/resubmit", {"answers": town.admin_form(row)}
    )
    assert again.status_code == 200, again.text
    town.done(number, HEAD_OF["huangxuelian"])
    town.done(number, LEADER)
    town.at("2026-09-24 09:00")
    town.done(number, "xiangxiaomei", "receive")
    assert town.due(number, "州账户管理员审核实施")[0] == "2026-09-30"
    assert town.due(number, "州权限管理员审核实施")[0] == "2026-09-30"
    town.done(number, "qinzhiming", "account_execution")
    town.done(number, "tiandayong", "permission_execution")
    mine = [row for row in town.book("grants") if row["ticket"] == number]
    assert {(row["subsystem"], row["change"]) for row in mine if row["book"] == "422800"} == {
        ("劳动力资源信息库", "减：权限管理员"),
        ("零工驿站子系统", "减：权限管理员"),
        ("人社数据分析子系统", "减：权限管理员"),
        ("人社政务服务办件分析预警", "减：权限管理员"),
    }


def test_two_administrators_at_once(town: Town) -> None:
    number = received(town, "huangxuelian", admin_row("change", "tanlihua", phone="15400000177"))
    task = town.open(number)["account_execution"]
    a, b = town.who("qinzhiming"), town.who("xiangxiaomei")
    seen = b.get(f"/tasks/{task['id']}").json["version"]
    assert town.decide(number, "qinzhiming").status_code == 200
    body = {"version": seen, "outcome": "done", "answers": {"result": "已办。"}}
    late = b.post(f"/tasks/{task['id']}/complete", body)
    assert late.status_code in (403, 409)
    assert a.get(f"/tickets/{number}").json["state"] == "closed"
    assert len([row for row in town.book("accounts") if row["ticket"] == number]) == 2


def test_what_changed_since_is_refused_as_somebody_agrees(town: Town) -> None:
    """姚海洋 becomes an operator while the form waits: the leader cannot agree any more."""
    number = town.ask(SUBMITTER, admin_row("add", "yaohaiyang"), **URGENT)
    town.done(number, HEAD)
    name, id_number, phone = PEOPLE["yaohaiyang"]
    row = {"kind": "add", "name": name, "id_number": id_number, "phone": phone, "post": "review"}
    answers = {"subsystem": "gig-station", "contact_phone": "0718-8200000", "people": [row]}
    other = town.apply("huangxuelian", "operator-account", answers).json["number"]
    for by in ("tengxiaoyan", LEADER, "tanlihua", SUBMITTER):
        town.done(other, by)
    answer = town.decide(number, LEADER)
    assert (answer.status_code, answer.json["code"]) == (409, "form_outdated")
    assert "操作员" in answer.json["detail"]


HEAD_OF = {"huangxuelian": "tengxiaoyan", SUBMITTER: HEAD}


def received(town: Town, by: str, *rows: dict[str, object], **more: object) -> str:
    """A form of 咸丰 that waits for the 州's administrators."""
    number = town.ask(by, *rows, **more)
    town.done(number, HEAD_OF[by])
    town.done(number, LEADER)
    town.done(number, "qinzhiming", "receive")
    return number
