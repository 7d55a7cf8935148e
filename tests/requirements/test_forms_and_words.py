"""The prefecture's own road, what nobody may skip, hostile words, and both forms on paper."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.requirements.road import (
    CENTER,
    COMPANY,
    COUNTERPART,
    COUNTY,
    COUNTY_LEADER,
    DESCRIPTION,
    HEAD,
    KEY,
    PREFECTURE,
    Road,
    asked,
    asked_by_prefecture,
)
from tests.support.office import Browser
from tests.support.story import Json, Story

HOSTILE = "<script>alert(1)</script>\r\n{{7*7}} {__class__} 甲\u202e乙\u200b 😀 登记一个字段"


@pytest.fixture(autouse=True)
def day(story: Story) -> None:
    story.at("2026-10-12 09:00")


def printed(story: Story, who: str, number: str, name: str, folder: Path) -> str:
    answer = story.desk(who).get(f"/tickets/{number}/documents/{name}.pdf")
    assert answer.status_code == 200, answer.text
    (folder / "paper.pdf").write_bytes(answer.data)
    command = ["pdftotext", str(folder / "paper.pdf"), "-"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return "".join(told.split())


def finish(road: Road, number: str, *testers: str) -> None:
    """From the evaluation to the release, all in a day."""
    road.evaluate(number, "2026-10-12", "2026-10-30")
    road.story.decide(CENTER, number, "develop")
    road.develop(number, "2026-10-12")
    road.arrange(number, "2026-10-12", *testers)
    for tester in testers:
        road.test(tester, number)
    road.secure(number, "2026-10-12")
    road.plan(number, "2026-10-12T20:00:00+08:00", "2026-10-12T22:00:00+08:00")
    refused = road.release(number, "2027-10-12T21:00:00+08:00", says=422)
    assert "done_at" in str(refused)  # nothing is done before its day
    road.release(number, "2026-10-12T21:00:00+08:00")


def test_the_prefecture_asks(
    story: Story, road: Road, browser: Callable[[str], Browser], tmp_path: Path
) -> None:
    """The head of the office signs and seals; nobody else does, and nobody is talked with first."""
    number = story.ask(PREFECTURE, KEY, asked_by_prefecture())
    assert story.task(HEAD, number)["sign"] == "签字+盖章"
    page = browser(PREFECTURE).get(f"/tickets/{number}").text
    assert "科室（单位）负责人审核" in page
    assert "州级对口部门审核" not in page
    story.decide(HEAD, number)
    road.receive(number)
    finish(road, number, PREFECTURE)
    assert story.see(PREFECTURE, f"/tickets/{number}")["state"] == "closed"
    paper = printed(story, PREFECTURE, number, KEY, tmp_path)
    for word in ("业务需求申请表", "编号：LDLXX-XQ-2026-0012", DESCRIPTION, "可实施性：可行"):
        assert word in paper
    assert "提前沟通记录" not in paper


def test_a_long_description_and_six_testers(story: Story, road: Road, tmp_path: Path) -> None:
    """8,000 characters stand on the 附页, to the last; six people sign one sheet."""
    text = "".join(f"第{n:05d}条。" for n in range(1, 1000)) + "到此为止。"
    assert 7_000 < len(text) <= 8_000
    number = story.ask(COUNTY, KEY, asked(description=text))
    road.to_evaluation(number)
    testers = ("longjinhua", "xiangjianhua", "qutianyu", "pengyulan", "ransiqi", "wangjunjie")
    finish(road, number, *testers)
    paper = printed(story, COUNTY, number, KEY, tmp_path)
    for word in ("（全文见附页）", "第00999条。到此为止。", "提前沟通记录", "廖玉兰"):
        assert word in paper
    sheet = printed(story, COUNTY, number, "requirement-release", tmp_path)
    for word in (
        "业务需求程序发布确认单",
        "编号：LDLXX-XQ-2026-0012",
        "验证人员签字",
        "龙金花：",
        "汪俊杰：",
    ):
        assert word in sheet


def test_every_release_stands_on_the_sheet(story: Story, road: Road, tmp_path: Path) -> None:
    """Two testers of several lines each, a release that was rolled back and one that was not."""
    number = story.ask(COUNTY, KEY, asked())
    road.to_evaluation(number)
    road.evaluate(number, "2026-10-12", "2026-10-30")
    story.decide(CENTER, number, "develop")
    road.develop(number, "2026-10-12")
    road.arrange(number, "2026-10-12", COUNTY, "xiangjianhua")
    for tester in (COUNTY, "xiangjianhua"):
        road.test(tester, number, result="登记：新增、修改、删除都试过，结果正确。\n报表：合计对。")
    road.secure(number, "2026-10-12")
    for outcome, hour, note in (
        ("rollback", 20, "数据库升级超时，已恢复原版。\n次日重做。"),
        ("success", 22, "第二次发布正常。"),
    ):
        road.plan(number, f"2026-10-12T{hour}:00:00+08:00", f"2026-10-12T{hour + 1}:00:00+08:00")
        road.release(number, f"2026-10-12T{hour}:50:00+08:00", outcome, note)
    sheet = printed(story, COUNTY, number, "requirement-release", tmp_path)
    annex = sheet.partition("发布结果")[2]
    words = (
        "回退。2026年10月12日20:50",
        "次日重做。",
        "成功。2026年10月12日22:50",
        "第二次发布正常。",
    )
    places = [annex.find(word) for word in words]
    assert -1 not in places, annex
    assert places == sorted(places)


def test_a_stage_is_not_skipped(story: Story, road: Road) -> None:
    """What comes later has no task yet; what was done is not done again; strangers see nothing."""
    number = story.ask(COUNTY, KEY, asked())
    task = story.task(COUNTY_LEADER, number)
    body = {"version": task["version"], "outcome": "approve"}
    path = f"/tasks/{task['id']}/complete"
    assert story.desk(COMPANY).post(path, body).status_code == 404
    assert story.desk(CENTER).post(path, body).status_code in (403, 404)
    assert story.desk("yaohaiyang").get(f"/tickets/{number}").status_code == 404
    story.decide(COUNTY_LEADER, number)
    story.do(COUNTY_LEADER, path, {**body, "version": task["version"] + 1}, says=409)
    story.decide(COUNTERPART, number)
    road.receive(number)
    evaluation = story.task(COMPANY, number)
    body = {"version": evaluation["version"], "outcome": "success", "answers": {"note": "好"}}
    story.do(COMPANY, f"/tasks/{evaluation['id']}/complete", body, says=422)


def test_two_requirements_never_share_a_number(story: Story, road: Road) -> None:
    found = []
    for who, body, signer in (
        (COUNTY, asked(), COUNTY_LEADER),
        (PREFECTURE, asked_by_prefecture(), HEAD),
    ):
        number = story.ask(who, KEY, body)
        story.decide(signer, number)
        if who == COUNTY:
            story.decide(COUNTERPART, number)
        road.receive(number)
        (one,) = story.see(who, f"/tickets/{number}")["numbers"]
        found.append(one["number"])
    assert found == ["LDLXX-XQ-2026-0012", "LDLXX-XQ-2026-0013"]


def test_a_wrong_office_hands_it_on(story: Story) -> None:
    _handed_on(story)


def _handed_on(story: Story) -> tuple[str, Json]:
    """转办 to the head of another office of the prefecture, with the reason; he agrees."""
    number = story.ask(COUNTY, KEY, asked())
    story.decide(COUNTY_LEADER, number)
    task = story.task(COUNTERPART, number)
    body = {"version": task["version"], "to": HEAD, "reason": "属于公共就业服务中心。"}
    story.do(COUNTERPART, f"/tasks/{task['id']}/transfer", body)
    assert story.task(HEAD, number)["node"] == "counterpart_opinion"
    story.decide(HEAD, number)
    task = story.task(CENTER, number)
    assert task["node"] == "receive"
    return number, task


def test_the_office_that_it_was_handed_to_gets_it_again(story: Story, road: Road) -> None:
    """The first one said that it is not its matter: it hears of nothing any more."""
    number, task = _handed_on(story)
    body = {"version": task["version"], "reason": "请写明从哪一级登记。"}
    story.do(CENTER, f"/tasks/{task['id']}/return", body)
    story.do(COUNTY, f"/tickets/{number}/resubmit", {"answers": asked()})
    story.decide(COUNTY_LEADER, number)
    assert story.see(COUNTERPART, "/tasks")["items"] == []
    assert story.task(HEAD, number)["node"] == "counterpart_opinion"
    story.decide(HEAD, number)
    road.receive(number)
    road.evaluate(number, "2026-10-12", "2026-10-30")
    told = {who: story.see(who, "/tasks", box="copied")["items"] for who in (HEAD, COUNTERPART)}
    assert {who: len(items) for who, items in told.items()} == {HEAD: 1, COUNTERPART: 0}


def test_a_matter_handed_back_and_forth_is_of_the_last(story: Story) -> None:
    number = story.ask(COUNTY, KEY, asked())
    story.decide(COUNTY_LEADER, number)
    for giver, taker in ((COUNTERPART, HEAD), (HEAD, COUNTERPART)):
        task = story.task(giver, number)
        body = {"version": task["version"], "to": taker, "reason": "不是本单位的。"}
        story.do(giver, f"/tasks/{task['id']}/transfer", body)
    task = story.task(COUNTERPART, number)
    body = {"version": task["version"], "reason": "请写明从哪一级登记。"}
    story.do(COUNTERPART, f"/tasks/{task['id']}/return", body)
    story.do(COUNTY, f"/tickets/{number}/resubmit", {"answers": asked()})
    story.decide(COUNTY_LEADER, number)
    assert story.task(COUNTERPART, number)["node"] == "counterpart_opinion"


def test_hostile_words_stay_words(story: Story, road: Road) -> None:
    number = story.ask(COUNTY, KEY, asked(description=HOSTILE, summary="<b>登记</b>"))
    told = story.see(COUNTY, f"/tickets/{number}")
    assert "\u202e" not in told["answers"]["description"]
    assert "<script>alert(1)</script>" in told["answers"]["description"]
    assert told["title"] == "业务需求：<b>登记</b>"
    road.to_evaluation(number)
    assert HOSTILE[:25] in story.see(COMPANY, f"/tickets/{number}")["answers"]["description"]


def test_the_company_reads_no_number_of_a_person(story: Story, road: Road) -> None:
    """It sees what it works on, the phone of who asked masked (R12), and no other ticket."""
    number = story.ask(COUNTY, KEY, asked())
    assert story.desk(COMPANY).get(f"/tickets/{number}").status_code == 404
    road.to_evaluation(number)
    assert "15400000109" not in str(story.see(COMPANY, f"/tickets/{number}"))
    other = story.ask(COUNTY, KEY, asked())
    assert story.desk(COMPANY).get(f"/tickets/{other}").status_code == 404
    assert [one["number"] for one in story.see(COMPANY, "/tickets", box="all")["items"]] in (
        [number],
        [],
    )


def test_what_is_long_has_the_width_of_the_sheet(
    story: Story, browser: Callable[[str], Browser]
) -> None:
    number = story.ask(COUNTY, KEY, asked(description=DESCRIPTION * 3))
    page = browser(COUNTY).get(f"/tickets/{number}").text
    cell = page.split('<th scope="row">需求描述</th>')[1].split(">")[0]
    assert 'colspan="3"' in cell


def test_answers_that_do_not_go_together_are_refused(story: Story, road: Road) -> None:
    """A plan or a release that ends before it begins, a defect and 通过, 不通过 and no defect."""
    number = story.ask(COUNTY, KEY, asked())
    road.to_evaluation(number)
    task = story.task(COMPANY, number)
    wrong = {
        "feasibility": "yes",
        "grounds": "改登记页。",
        "start_on": "2026-10-30",
        "finish_on": "2026-10-12",
        "effort": 6,
        "impact": "没有。",
    }
    body = {"version": task["version"], "outcome": "evaluated", "answers": wrong}
    (error,) = story.do(COMPANY, f"/tasks/{task['id']}/complete", body, says=422)["errors"]
    assert (error["path"], error["code"]) == ("finish_on", "refused")
    road.evaluate(number, "2026-10-12", "2026-10-12")
    story.decide(CENTER, number, "develop")
    road.develop(number, "2026-10-12")
    road.arrange(number, "2026-10-12", COUNTY)
    answers = {"result": "报表不对。", "defects": [{"place": "报表", "problem": "没有合计。"}]}
    (error,) = story.decide(COUNTY, number, "pass", says=422, answers=answers)["errors"]
    assert (error["path"], error["code"]) == ("defects", "refused")
    for defects in ({}, {"defects": []}):
        answers = {"result": "报表不对。", **defects}
        said = story.decide(COUNTY, number, "fail", says=422, answers=answers, opinion="见缺陷。")
        (error,) = said["errors"]
        assert (error["path"], error["code"]) == ("defects", "refused")
    road.test(COUNTY, number)
    road.secure(number, "2026-10-12")
    late, early = "2026-10-14T22:00:00+08:00", "2026-10-14T20:00:00+08:00"
    (error,) = road.plan(number, late, early, says=422)["errors"]
    assert (error["path"], error["code"]) == ("ends_at", "refused")
    road.plan(number, early, late)
