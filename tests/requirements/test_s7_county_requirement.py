"""S7: a county's urgent requirement, not feasible at first, told over REST on its days."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from app.tickets import service as tickets
from app.tickets.recounts import Reminder
from tests.requirements.road import (
    CENTER,
    COMPANY,
    COUNTERPART,
    COUNTY,
    COUNTY_LEADER,
    KEY,
    TALK,
    Road,
    asked,
)
from tests.support.office import Browser
from tests.support.story import Json, Story

NUMBER = "LDLXX-XQ-2026-0012"
URGENT = {"urgency": "urgent", "urgent_reason": "省厅10月15日起报表口径调整"}


def refused(story: Story, answers: Json) -> set[tuple[str, str]]:
    body = {"process": KEY, "answers": answers}
    errors = story.do(COUNTY, "/tickets", body, says=422)["errors"]
    return {(error["path"], error["code"]) for error in errors}


def due(story: Story, who: str, number: str) -> str:
    return str(story.task(who, number)["due_at"])[:10]


def node(story: Story, who: str, number: str) -> str:
    return str(story.task(who, number)["node"])


def copies(story: Story, who: str, number: str) -> list[str]:
    found = story.see(who, "/tasks", box="copied")["items"]
    return [one["text"] for one in found if one["ticket"] == number]


def book(story: Story, number: str) -> list[tuple[bool, Json]]:
    """The lines of the book, the oldest first: whether a later one stands for it, and its cells."""
    found = story.see(CENTER, f"/ledgers/{KEY}", q=number)["items"]
    assert story.see(CENTER, f"/ledgers/{KEY}", q=NUMBER)["items"] == found
    lines = sorted(found, key=lambda one: int(one["serial"]))
    return [(one["voided"], {c["key"]: c["value"] for c in one["cells"]}) for one in lines]


def test_s7(story: Story, road: Road) -> None:
    story.at("2026-10-08 09:00")
    assert refused(story, asked(**URGENT, **dict.fromkeys(TALK))) == {
        (path, "required") for path in TALK
    }
    assert refused(story, asked(urgency="urgent")) == {("urgent_reason", "required")}
    number = story.ask(COUNTY, KEY, asked(**URGENT))

    story.decide(COUNTY_LEADER, number)
    assert node(story, COUNTERPART, number) == "counterpart_opinion"
    assert story.task(COUNTERPART, number)["sign"] == "签字"
    story.decide(COUNTERPART, number)
    assert story.see(COUNTY, f"/tickets/{number}")["numbers"] == []
    road.receive(number)
    assert [one["number"] for one in story.see(COUNTY, f"/tickets/{number}")["numbers"]] == [NUMBER]

    assert due(story, COMPANY, number) == "2026-10-10"  # urgent: two working days, Saturday is one
    road.evaluate(
        number,
        "",
        "",
        feasibility="no",
        grounds="依赖省系统接口。",
        start_on=None,
        finish_on=None,
        effort=None,
        impact=None,
    )
    for who in (CENTER, COUNTERPART, COUNTY):
        assert copies(story, who, number) == ["运维公司已提交评估意见，请查看。"]
    task = story.task(CENTER, number)
    body = {"version": task["version"], "reason": "改为本地维护村（社区）名录。"}
    story.do(CENTER, f"/tasks/{task['id']}/return", body)

    story.at("2026-10-12 09:00")
    again = asked(**URGENT, description="村（社区）名录由本地维护，不再依赖省系统接口。")
    story.do(COUNTY, f"/tickets/{number}/resubmit", {"answers": again})
    road.to_evaluation(number)
    assert [one["number"] for one in story.see(COUNTY, f"/tickets/{number}")["numbers"]] == [NUMBER]
    road.evaluate(number, "2026-10-19", "2026-10-30")
    story.decide(CENTER, number, "develop")
    assert due(story, COMPANY, number) == "2026-10-30"

    story.at("2026-10-26 09:00")
    assert node(story, COMPANY, number) == "develop"
    story.decide(COMPANY, number, "done")
    road.test_inside(number, "2026-10-26", "fail")
    assert node(story, COMPANY, number) == "develop"
    road.develop(number, "2026-10-26")
    story.at("2026-10-27 09:00")
    road.arrange(number, "2026-10-27", COUNTY)
    defects = [{"place": "报表", "problem": "合计没有加上新的一列。"}]
    road.test(COUNTY, number, "fail", defects=defects)
    assert node(story, COMPANY, number) == "develop"
    road.develop(number, "2026-10-27")
    road.arrange(number, "2026-10-28", COUNTY)
    road.test(COUNTY, number)

    assert node(story, CENTER, number) == "security_test"
    errors = road.secure(number, "2026-10-27", says=422, conclusion="")["errors"]
    assert [(one["path"], one["code"]) for one in errors] == [("conclusion", "required")]
    road.secure(number, "2026-10-27")
    story.at("2026-10-30 09:00")
    road.plan(number, "2026-11-02T20:00:00+08:00", "2026-11-02T22:00:00+08:00")
    assert "发布上线计划" in str(copies(story, COUNTY, number))
    story.at("2026-11-02 22:30")
    road.release(number, "2026-11-02T21:40:00+08:00", "rollback", "登记页打不开，已回退。")
    assert node(story, COMPANY, number) == "release_plan"
    story.at("2026-11-04 09:00")
    road.plan(number, "2026-11-05T20:00:00+08:00", "2026-11-05T22:00:00+08:00")
    story.at("2026-11-05 22:30")
    road.release(number, "2026-11-05T20:50:00+08:00")
    assert story.see(COUNTY, f"/tickets/{number}")["state"] == "closed"
    assert "发布结果已经登记，请查看。" in copies(story, COUNTY, number)

    lines = book(story, number)[-2:]
    assert [cells["release.outcome"] for _, cells in lines] == ["回退", "成功"]
    assert [voided for voided, _ in lines] == [True, False]
    kept = lines[-1][1]
    assert (kept["official_number"], kept["urgency"]) == (NUMBER, "紧急")
    assert (kept["evaluate.feasibility"], kept["joint_test.signer"]) == ("可行", "龙金花")


def test_who_is_late_asks_for_another_day(story: Story, road: Road) -> None:
    """The date holds until the centre agrees to another."""
    number = _in_development(story, road)
    answers = {"reason": "省平台的区划还没有更新。", "finish_on": "2026-11-13"}
    story.at("2026-10-28 09:00")
    story.decide(COMPANY, number, "extend")
    story.decide(COMPANY, number, answers=answers)
    story.decide(CENTER, number, "refuse", opinion="先用现有的区划。")
    assert due(story, COMPANY, number) == "2026-10-30"
    story.decide(COMPANY, number, "extend")
    story.decide(COMPANY, number, answers=answers)
    story.decide(CENTER, number, "approve")
    assert due(story, COMPANY, number) == "2026-11-13"


def test_another_day_lies_after_the_one_agreed_so_far(
    story: Story, road: Road, browser: Callable[[str], Browser]
) -> None:
    """It is compared with what the centre agreed to last, not with what was asked and refused."""
    number = _in_development(story, road)
    story.at("2026-10-28 09:00")
    _refuse_days(story, number, "2026-10-29", "2026-10-30")
    task = story.task(COMPANY, number)
    answers = {"reason": "省平台还没有更新。", "finish_on": "2026-10-30"}
    sent = {"version": task["version"], "act": "complete:asked", **answers}
    page = browser(COMPANY).post(f"/tasks/{task['id']}/decide", **sent)
    assert (page.status_code, page.text.count("新的完成日期要在原来约定的日期以后。")) == (422, 2)
    _ask_for(story, number, "2026-12-11")
    story.decide(CENTER, number, "refuse", opinion="太晚。")
    story.decide(COMPANY, number, "extend")
    _ask_for(story, number, "2026-10-31")
    story.decide(CENTER, number, "approve")
    assert due(story, COMPANY, number) == "2026-11-02"  # the 31st is a Saturday
    _refuse_days(story, number, "2026-10-30", "2026-10-31")
    _ask_for(story, number, "2026-11-01")


def _refuse_days(story: Story, number: str, *days: str) -> None:
    story.decide(COMPANY, number, "extend")
    for day in days:
        (error,) = _ask_for(story, number, day, says=422)["errors"]
        assert (error["path"], error["code"]) == ("finish_on", "refused")


def _ask_for(story: Story, number: str, day: str, says: int = 200) -> Json:
    answers = {"reason": "省平台还没有更新。", "finish_on": day}
    return story.decide(COMPANY, number, says=says, answers=answers)


def test_the_developer_is_reminded_at_half_of_the_time_and_later(story: Story, road: Road) -> None:
    """At 50, 80 and 100 of a hundred parts, once each; a date put off moves them."""
    number = _in_development(story, road)
    assert _reminded(story, "2026-10-21 08:00") == []
    assert _reminded(story, "2026-10-21 08:31") == ["50%"]
    assert _reminded(story, "2026-10-27 23:59") == ["50%"]
    story.at("2026-10-28 09:00")
    story.decide(COMPANY, number, "extend")
    story.decide(
        COMPANY, number, answers={"reason": "省平台还没有更新。", "finish_on": "2026-11-13"}
    )
    story.decide(CENTER, number, "approve")
    assert _reminded(story, "2026-11-05 08:00") == ["50%"]
    assert _reminded(story, "2026-11-12 00:01") == ["50%", "50%", "80%"]
    assert _reminded(story, "2026-11-13 08:31") == ["50%", "50%", "80%", "100%"]
    lines = str(story.see(COMPANY, f"/tickets/{number}"))
    assert "运维公司开发：时限是 2026年11月13日，时间已过 80%" in lines


def _reminded(story: Story, moment: str) -> list[str]:
    """What has been told of development until then; the job runs twice."""
    now = story.at(moment)
    for _ in range(2):
        while waiting := tickets.next_reminder(story.session, now):
            tickets.remind(story.session, waiting, now)
            story.session.flush()
    story.session.commit()
    rows = story.session.scalars(select(Reminder.mark).order_by(Reminder.id))
    return [mark.removeprefix("remind +") for mark in rows if mark.endswith("%")]


def _in_development(story: Story, road: Road, **changed: Any) -> str:
    story.at("2026-10-12 09:00")
    number = story.ask(COUNTY, KEY, asked(**changed))
    road.to_evaluation(number)
    assert due(story, COMPANY, number) == "2026-10-19"  # five working days
    road.evaluate(number, "2026-10-19", "2026-10-30")
    story.decide(CENTER, number, "develop")
    return number


def test_the_company_confirms_nothing(story: Story, road: Road) -> None:
    """Nor does another county; who asked for it does, or a colleague."""
    number = _in_development(story, road)
    road.develop(number, "2026-10-12")
    for stranger in (COMPANY, "yaohaiyang"):
        errors = road.arrange(number, "2026-10-13", stranger, says=422)["errors"]
        assert [(one["path"], one["code"]) for one in errors] == [
            ("testers.0.person", "not_own_side")
        ]
    twice = road.arrange(number, "2026-10-13", COUNTY, "xiangjianhua", COUNTY, says=422)["errors"]
    assert [(error["path"], error["code"]) for error in twice] == [("testers.2.person", "twice")]
    road.arrange(number, "2026-10-13", COUNTY, "xiangjianhua")
    task = story.task(COUNTY, number)
    body = {"version": task["version"], "outcome": "pass", "answers": {"result": "好"}}
    story.do(COMPANY, f"/tasks/{task['id']}/complete", body, says=403)
    road.test(COUNTY, number)
    assert story.see(COUNTY, f"/tickets/{number}")["state"] == "running"
    road.test("xiangjianhua", number)
    assert node(story, CENTER, number) == "security_test"


def test_what_is_not_done_says_why(story: Story, road: Road) -> None:
    story.at("2026-10-12 09:00")
    number = story.ask(COUNTY, KEY, asked())
    road.to_evaluation(number)
    road.evaluate(number, "2026-10-19", "2026-10-30")
    told = story.decide(CENTER, number, "refuse", says=422)
    assert [(one["path"], one["code"]) for one in told["errors"]] == [("opinion", "required")]
    story.decide(CENTER, number, "refuse", opinion="明年整体改版。")
    assert story.see(COUNTY, f"/tickets/{number}")["state"] == "refused"
