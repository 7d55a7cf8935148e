"""A03 操作员账户权限申请: S2 returned twice, S6 twenty-five rows, and a township's request."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.config import Settings
from app.demo import people as invented
from app.documents import service as documents
from app.identity.types import Position
from pdf.client import PdfClient
from tests.support.office import Office
from tests.support.story import Json, Story

KEY = "operator-account"
LONG = ("根据州人社局统一安排，该同志负责共享用工登记与派单审核工作；" * 7)[:178] + "完毕"
RARE = {
    "黄䶮": "422899199502287774",
    "杨𬱖": "422899199309109992",
    "阿卜杜拉•麦麦提": "422899199208011312",  # as some keyboards write the dot
}


@pytest.fixture(autouse=True)
def press(app: Flask, joined: Settings, pdf_socket: Path) -> None:  # noqa: ARG001 - after the app
    documents.configure(documents.Press(PdfClient(pdf_socket), joined.base_url, demo=True))


def form(rows: list[Json], subsystem: str = "gig-station") -> Json:
    return {"subsystem": subsystem, "contact_phone": "0718-8200000", "people": rows}


def execute(story: Story, username: str, number: str, result: str = "已按表办理完毕。") -> Json:
    """Sign for it, then carry it out."""
    task = story.task(username, number)
    if "claim" in task["actions"]:
        story.do(username, f"/tasks/{task['id']}/claim", {"version": task["version"]})
    return story.decide(username, number, answers={"result": result})


def send_back(story: Story, username: str, number: str, reason: str) -> None:
    task = story.task(username, number)
    if "claim" in task["actions"]:
        task = story.do(username, f"/tasks/{task['id']}/claim", {"version": task["version"]})
    body = {"version": task["version"], "reason": reason}
    story.do(username, f"/tasks/{task['id']}/return", body)


def paper(story: Story, username: str, number: str, folder: Path) -> list[str]:
    """The pages of 附件2 as they are read out, without blanks."""
    answer = story.desk(username).get(f"/tickets/{number}/documents/{KEY}.pdf")
    assert answer.status_code == 200, answer.text
    file = folder / "paper.pdf"
    file.write_bytes(answer.data)
    told = subprocess.run(["pdftotext", str(file), "-"], capture_output=True, text=True, check=True)
    return ["".join(page.split()) for page in told.stdout.split("\f")[:-1]]


def fonts_of(file: Path) -> str:
    return subprocess.run(
        ["pdffonts", str(file)], capture_output=True, text=True, check=True
    ).stdout


def test_s2_returned_twice_then_done(story: Story, tmp_path: Path) -> None:
    """Same 编号, 第3次提交, both reasons kept, earlier signatures void, a new clock."""
    clerk, head, leader = "longjinhua", "xiangjianhua", "tengguorong"
    accounts, grants = "ransiqi", "liusiqi"
    story.at("2026-11-02 09:00")
    known = invented.row(811, post="query")
    first = story.ask(clerk, KEY, form([known], "shared-labour"))
    story.decide(head, first)
    story.decide(leader, first)
    execute(story, accounts, first)
    execute(story, grants, first)

    rows = [known | {"kind": "add", "post": "review"}]
    rows += [invented.row(n, post="review") for n in (812, 813)]
    wrong = [rows[0], rows[1] | {"id_number": "422899197803151117"}, rows[2] | {"post": ""}]
    body = {"process": KEY, "answers": form(wrong)}
    refused = story.do(clerk, "/tickets", body, says=422)["errors"]
    assert {one["path"] for one in refused} == {"people.1.id_number", "people.2.post"}

    other = rows[1] | {"id_number": invented.id_number(814)}  # a right number of another
    number = story.ask(clerk, KEY, form([rows[0], other, rows[2]]))
    ticket = story.see(clerk, f"/tickets/{number}")
    assert "第1行" in ticket["notices"][0]
    assert ticket["answers"]["people"][0]["kind"] == "change"
    story.decide(head, number)
    story.decide(leader, number)
    due = story.task(accounts, number)["due_at"]
    assert due.startswith("2026-11-05")
    story.at("2026-11-03 09:00")
    send_back(story, accounts, number, "第2行身份证号与本人证件不符")
    story.do(clerk, f"/tickets/{number}/resubmit", {"answers": form(rows)})
    story.decide(head, number)
    send_back(story, leader, number, "第3行岗位角色与本人工作不符")
    rows[2]["post"] = "query"
    story.at("2026-11-10 09:00")
    story.do(clerk, f"/tickets/{number}/resubmit", {"answers": form(rows)})

    ticket = story.see(clerk, f"/tickets/{number}")
    assert (ticket["number"], ticket["submission"], ticket["state"]) == (number, 3, "running")
    said = " ".join(one["text"] for one in ticket["timeline"])
    assert "证件不符" in said
    assert "工作不符" in said
    (page,) = paper(story, clerk, number, tmp_path)
    assert "第3次提交" in page
    assert (
        "同意" not in page.split("申请部门意见")[1].split("说明")[0]
    )  # nobody has signed this one

    story.decide(head, number)
    story.at("2026-11-11 09:00")
    story.decide(leader, number)
    task = story.task(accounts, number)
    assert task["due_at"].startswith("2026-11-16")  # three working days, from the third receipt
    execute(story, accounts, number, "账户已办理。")
    execute(story, grants, number, "岗位权限已分配。")
    ticket = story.see(clerk, f"/tickets/{number}")
    assert ticket["state"] == "closed"
    assert "账户已办理。" in ticket["result"]
    assert "岗位权限已分配。" in ticket["result"]
    booked = story.see(accounts, "/ledgers/accounts", q=number)["items"]
    assert len(booked) == 3


def test_s6_twenty_five_rows(story: Story, tmp_path: Path) -> None:
    """Every page has its head, no row is cut, the boxes stand with a row on the last page."""
    clerk, head, leader = "liaotianyu", "xiangyongchang", "xiayunxia"
    accounts, grants = "dushiyu", "dujiahui"
    story.at("2026-11-10 09:00")
    rows = [
        invented.row(n, post="review", requirement="新增用户，分配审核权限")
        for n in range(820, 842)
    ]
    for (name, id_number), n in zip(RARE.items(), range(3), strict=True):
        rows.insert(
            n * 9, invented.row(850 + n, post="query") | {"name": name, "id_number": id_number}
        )
    rows[4]["requirement"] = LONG
    number = story.ask(clerk, KEY, form(rows, "shared-labour"))
    story.decide(head, number)
    story.decide(leader, number)
    execute(story, accounts, number, "账户已创建。第5行未办理：资料不齐")
    execute(story, grants, number)

    ticket = story.see(clerk, f"/tickets/{number}")
    assert ticket["state"] == "closed"
    assert "第5行未办理" in ticket["result"]
    assert len(story.see(accounts, "/ledgers/accounts", q=number)["items"]) == 24
    assert len(story.see(grants, "/ledgers/grants", q=number)["items"]) == 24
    found = story.see(clerk, "/tickets", q="黄䶮")["items"]
    assert number in [one["number"] for one in found]

    pages = paper(story, clerk, number, tmp_path)
    assert len(pages) > 1
    for n, page in enumerate(pages, 1):
        assert "申请内容" in page
        assert "身份证号" in page
        assert f"第{n}页共{len(pages)}页" in page
    for row in rows:
        assert sum(row["id_number"] in page for page in pages) == 1
    assert sum(page.count(LONG) for page in pages) == 1
    for words in ("所在单位", "账户管理员", "说明："):
        assert words in pages[-1]
    assert any(row["id_number"] in pages[-1] for row in rows)
    whole = "".join(pages)
    for name in ("黄䶮", "杨𬱖", "阿卜杜拉·麦麦提"):
        assert name in whole
    assert "第5行未办理" in pages[-1]
    assert "no" not in {
        line.split()[-4] for line in fonts_of(tmp_path / "paper.pdf").splitlines()[2:]
    }


def test_a_township_asks_and_the_county_carries_out(story: Story) -> None:
    """§7: the township has no administrators; its own people sign."""
    story.at("2026-11-10 09:00")
    number = story.ask("kanghaibo", KEY, form([invented.row(860, post="review")]))
    assert story.decide("hejinfeng", number)["node"] == "department_opinion"
    assert story.decide("longhongwei", number)["node"] == "leader_approval"
    assert execute(story, "dushiyu", number)["node"] == "account_execution"
    assert execute(story, "dujiahui", number)["node"] == "permission_execution"
    assert story.see("kanghaibo", f"/tickets/{number}")["state"] == "closed"
    (row,) = story.see("dushiyu", "/ledgers/accounts", q=number)["items"]
    assert "汪营镇" in str(row)


def test_one_person_never_fills_two_positions(story: Story, session: Any) -> None:
    """R10: the township's leader is its head as well; the next level up signs in his place."""
    story.at("2026-11-10 09:00")
    office = Office(session)
    office.dismiss(Position.DEPT_HEAD, "422802-wangying")
    office.appoint("longhongwei", Position.DEPT_HEAD)
    session.commit()
    number = story.ask("kanghaibo", KEY, form([invented.row(861, post="review")]))
    story.decide("longhongwei", number)
    ticket = story.see("kanghaibo", f"/tickets/{number}")
    waiting = ticket["tasks"][-1]
    assert waiting["node"] == "leader_approval"
    assert waiting["assignee"] != "longhongwei"
    assert "longhongwei" not in str(waiting["candidates"])
    with pytest.raises(AssertionError, match="nothing waits"):
        story.task("longhongwei", number)


@pytest.mark.parametrize(
    ("named", "number", "node"),
    [
        ("xiangjianhua", "422899197910181697", "department_opinion"),
        ("tengguorong", "422899197008058475", "leader_approval"),
    ],
)
def test_who_stands_on_the_form_does_not_sign_it(
    story: Story, named: str, number: str, node: str
) -> None:
    """R6: neither the head nor the leader approves an account of his own."""
    story.at("2026-11-10 09:00")
    row = invented.row(862, post="review")
    row |= {"id_number": number, "name": story.see(named, "/me")["name"]}
    made = story.ask("longjinhua", KEY, form([row]))
    if node == "leader_approval":
        story.decide("xiangjianhua", made)
    waiting = story.see("longjinhua", f"/tickets/{made}")["tasks"][-1]
    assert waiting["node"] == node
    with pytest.raises(AssertionError, match="nothing waits"):
        story.task(named, made)


def test_mixed_people_of_a_township_become_forms(story: Story) -> None:
    """附件2 说明1: one form a subsystem, each with its own road."""
    story.at("2026-11-10 09:00")
    rows = [invented.row(870 + n, post="review") for n in range(3)]
    rows[2]["subsystem"] = "data-analysis"
    body = {"process": KEY, "answers": form(rows)}
    made = story.do("kanghaibo", "/tickets", body, says=201)
    (other,) = made["split"]
    for number in (made["number"], other["number"]):
        story.decide("hejinfeng", number)
        story.decide("longhongwei", number)
        execute(story, "dushiyu", number)
        execute(story, "dujiahui", number)
        assert story.see("kanghaibo", f"/tickets/{number}")["state"] == "closed"
