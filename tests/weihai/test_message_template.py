"""C05 信息模板新增和变更, told over REST: applied, reviewed twice, handed over, filed, booked."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.messaging.models import MessageTemplate
from app.messaging.queries import serving
from app.messaging.types import OPERATORS
from tests.support.story import Json, Story

KEY = "message-template"
COUNTY, LEADER, REVIEWER, FILER = "congpeijun", "zhouwenjing", "songhaiyan", "muchunhui"
CITY, CITY_LEADER = "biwenbo", "yujianbo"
BODY = (
    "${姓名}您好，您申请的失业登记已于${日期}办结，如需领取纸质《就业创业证》请携带身份证到示例路1号"
    "二楼3号窗口。咨询电话0631-12333。"
)
HANDED = {"handed_on": "2026-11-12", "receipt_number": "SL-0071"}
FILED = {
    "mobile_result": "passed",
    "mobile_number": "YD20260881",
    "unicom_result": "rejected",
    "telecom_result": "none",
    "filed_on": "2026-11-20",
    "remark": "联通：地址要写全。",
}


@pytest.fixture(autouse=True)
def day(story: Story) -> None:
    story.at("2026-11-09 09:00")


def asked(**changed: Any) -> Json:
    rows = [("姓名", "毕淑芬", 10), ("日期", "2026年11月20日", 11)]
    return {
        "kind": "add",
        "purpose": "directed",
        "name": "失业登记办结通知",
        "body": BODY,
        "variables": [{"name": n, "example": e, "longest": most} for n, e, most in rows],
        "wanted_on": "2026-12-01",
        "reason": "窗口搬迁，地址有变。",
        **changed,
    }


def refused(story: Story, **changed: Any) -> set[tuple[str, str]]:
    body = {"process": KEY, "answers": asked(**changed)}
    errors = story.do(COUNTY, "/tickets", body, says=422)["errors"]
    return {(error["path"], error["code"]) for error in errors}


def test_a_county_files_a_template(story: Story, tmp_path: Path) -> None:
    """S9 as far as the filing: one operator passes, one rejects; the book has both."""
    number = story.ask(COUNTY, KEY, asked())
    ticket = story.see(COUNTY, f"/tickets/{number}")
    assert ticket["title"] == "新增信息模板：失业登记办结通知"
    assert ticket["answers"]["signature"] == "荣成就业中心"
    assert "最长 92 字，最多按 2 条计费" in str(ticket)
    story.decide(LEADER, number)
    story.decide(REVIEWER, number)
    story.decide(FILER, number, answers=HANDED)
    story.at("2026-11-20 10:00")
    story.decide(FILER, number, answers=FILED)
    assert story.see(COUNTY, f"/tickets/{number}")["state"] == "closed"
    (line,) = story.see(FILER, f"/ledgers/{KEY}", q="YD20260881")["items"]
    for word in (
        number,
        "荣成就业中心",
        "失业登记办结通知",
        "SL-0071",
        "备案通过",
        "驳回",
        "宋海燕",
    ):
        assert word in str(line)
    paper = printed(story, number, tmp_path)
    for word in ("信息模板新增/变更申请表", "【荣成就业中心】", "YD20260881", "2026年11月12日"):
        assert word in paper
    assert "${姓名}您好" in paper


def printed(story: Story, number: str, folder: Path) -> str:
    answer = story.desk(COUNTY).get(f"/tickets/{number}/documents/{KEY}.pdf")
    assert answer.status_code == 200, answer.text
    (folder / "paper.pdf").write_bytes(answer.data)
    command = ["pdftotext", str(folder / "paper.pdf"), "-"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return re.sub(r"\s", "", told)


def test_the_city_asks_too(story: Story) -> None:
    """Its own leader, then a reviewer of its own."""
    number = story.ask(CITY, KEY, asked())
    story.decide(CITY_LEADER, number)
    story.decide(REVIEWER, number)
    story.decide(FILER, number, answers=HANDED)
    story.decide(FILER, number, answers=FILED)
    assert story.see(CITY, f"/tickets/{number}")["state"] == "closed"


@pytest.mark.parametrize("deciders", [(LEADER,), (LEADER, REVIEWER)])
def test_either_review_may_refuse(story: Story, deciders: tuple[str, ...]) -> None:
    """Nothing is handed over, nothing booked."""
    number = story.ask(COUNTY, KEY, asked())
    *before, last = deciders
    for one in before:
        story.decide(one, number)
    story.decide(last, number, "reject", opinion="与公共就业无关。")
    assert story.see(COUNTY, f"/tickets/{number}")["state"] == "refused"
    assert story.see(FILER, f"/ledgers/{KEY}")["items"] == []


def test_what_no_operator_takes_comes_back(story: Story) -> None:
    """It cannot be filed; returned, mended and asked again it keeps its number."""
    number = story.ask(COUNTY, KEY, asked())
    story.decide(LEADER, number)
    story.decide(REVIEWER, number)
    story.decide(FILER, number, answers=HANDED)
    none = {key: value for key, value in FILED.items() if key != "mobile_number"}
    none["mobile_result"] = "rejected"
    told = story.decide(FILER, number, says=422, answers=none)
    assert [(one["path"], one["code"]) for one in told["errors"]] == [
        ("mobile_result", "none_passed")
    ]
    task = story.task(FILER, number)
    body = {"version": task["version"], "reason": "三家都要求写全地址。"}
    story.do(FILER, f"/tasks/{task['id']}/return", body)
    again = {"answers": asked(body=BODY.replace("示例路", "荣成市示例路"))}
    story.do(COUNTY, f"/tickets/{number}/resubmit", again)
    ticket = story.see(COUNTY, f"/tickets/{number}")
    assert ticket["submission"] == 2
    assert "最长 95 字" in str(ticket)
    story.decide(LEADER, number)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"body": "【威海社保】" + BODY}, ("body", "brackets")),
        ({"body": BODY + "{__class__}"}, ("body", "blank")),
        ({"body": BODY + "\u202e"}, ("", "")),
        ({"body": BODY + "★"}, ("body", "refused")),
        ({"body": BODY + "回T退订"}, ("body", "refusal")),
        ({"purpose": "publicity"}, ("body", "no_refusal")),
        ({"variables": []}, ("variables", "undeclared")),
        ({"body": "好" * 500, "variables": []}, ("body", "too_long")),
        ({"kind": "change"}, ("previous", "required")),
    ],
)
def test_what_could_not_be_sent_is_refused_at_its_field(
    story: Story, changed: Json, fault: tuple[str, str]
) -> None:
    """The marks that forms take out of every answer are gone before anybody judges it."""
    if not fault[0]:
        number = story.ask(COUNTY, KEY, asked(**changed))
        assert story.see(COUNTY, f"/tickets/{number}")["answers"]["body"] == BODY
        return
    assert fault in refused(story, **changed)


def test_a_fault_of_a_variable_stands_in_its_row(story: Story) -> None:
    rows = [*asked()["variables"], {"name": "地点", "example": "www.a", "longest": 10}]
    found = refused(story, variables=rows)
    assert {("variables.2.name", "unused"), ("variables.2.example", "link")} <= found


def test_a_signature_is_not_typed(story: Story) -> None:
    """It is the unit's; another unit's cannot be taken."""
    body = {"process": KEY, "answers": asked(signature="威海社保")}
    answer = story.desk(COUNTY).post("/tickets", body)
    assert answer.status_code == 422
    assert [(one["path"], one["code"]) for one in answer.json["errors"]] == [
        ("signature", "read_only")
    ]


def file(story: Story, filed: Json, **changed: Any) -> str:
    """The whole way of a template, to its answer from the operators."""
    number = story.ask(COUNTY, KEY, asked(**changed))
    for one, answers in ((LEADER, {}), (REVIEWER, {}), (FILER, HANDED), (FILER, filed)):
        story.decide(one, number, **({"answers": answers} if answers else {}))
    return number


def versions(story: Story) -> dict[str, MessageTemplate]:
    story.session.expire_all()
    wanted = select(MessageTemplate).order_by(MessageTemplate.id)
    return {one.ticket: one for one in story.session.scalars(wanted)}


def test_a_change_replaces_with_whom_it_passed(story: Story) -> None:
    """S9: 移动 has the new version, 联通 and 电信 keep the old one until they pass one too."""
    story.at("2026-11-20 10:00")
    everybody = {
        **{f"{one}_result": "passed" for one in OPERATORS},
        **{f"{one}_number": f"{one}-1" for one in OPERATORS},
        "filed_on": "2026-11-20",
    }
    first = file(story, everybody)
    kept = versions(story)[first]
    assert kept.filings == {one: f"{one}-1" for one in OPERATORS}
    assert (kept.signature, kept.body, kept.purpose) == ("荣成就业中心", BODY, "directed")
    assert [(one.name, one.longest) for one in kept.blanks] == [("姓名", 10), ("日期", 11)]
    change = {"kind": "change", "previous": first, "body": BODY.replace("二楼", "三楼")}
    second = file(story, FILED, **change)
    found = versions(story)
    assert found[second].family == first
    assert found[second].previous_id == found[first].id
    assert found[first].replaced_at is None
    assert {op: one.ticket for op, one in serving(list(found.values())).items()} == {
        "mobile": second,
        "unicom": first,
        "telecom": first,
    }
    others = {key: value for key, value in everybody.items() if not key.startswith("mobile")}
    third = file(story, {**others, "mobile_result": "none"}, **change | {"previous": second})
    found = versions(story)
    assert found[first].replaced_at is not None
    assert found[second].replaced_at is None
    assert found[third].replaced_at is None
    assert found[third].family == first
    assert ("previous", "unknown") in refused(story, **change)


def test_a_change_names_a_template_of_the_own_unit(story: Story) -> None:
    """Neither one that never was nor one of another unit."""
    story.at("2026-11-20 10:00")
    number = file(story, FILED)
    change = {"kind": "change", "previous": "XXMB-2026-09999"}
    assert refused(story, **change) == {("previous", "unknown")}
    body = {"process": KEY, "answers": asked(**change | {"previous": number})}
    told = story.do(CITY, "/tickets", body, says=422)["errors"]
    assert [(one["path"], one["code"]) for one in told] == [("previous", "unknown")]
