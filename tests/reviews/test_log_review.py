"""权限日志分析 over REST: what is found in a month, judged row by row, and reported."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from app.core.db import transaction
from app.identity.models import Appointment, Person
from app.identity.types import Position
from tests.reviews.conftest import OpenAccount, World, on_paper

PERSON = ("向小兰", "422899199001012385")
CLERK = ("姚海洋", "422899198906113733")
MONTH = "2026-11"
EVENING = datetime(2026, 11, 24, 14, tzinfo=UTC)  # ten at night in the office
DECEMBER = datetime(2026, 12, 2, 2, tzinfo=UTC)


def begin(world: World, by: str = "wuyiming", month: str = MONTH) -> Any:
    return world.start(by, "permission-log-review", {"month": month})


def laid(task: dict[str, Any]) -> dict[str, Any]:
    return {
        component["key"]: component["defaultValue"]
        for component in task["form"]["components"]
        if "defaultValue" in component
    }


def judge(world: World, number: str, *verdicts: str, words: str = "已核实。") -> Any:
    rows = [{"verdict": verdict, "words": words} for verdict in verdicts]
    return world.complete(
        "wuyiming", number, "done", {"findings": rows, "result": "逐条核对完毕。"}
    )


@pytest.fixture
def night(world: World, open_account: OpenAccount) -> str:
    """A post was given late in the evening, and it is December now."""
    world.at(EVENING)
    number = open_account(PERSON)
    world.at(DECEMBER)
    return number


def test_nothing_found_is_a_record_too(world: World) -> None:
    world.at(DECEMBER)
    assert world.on("wuyiming").get("/processes/permission-log-review").status_code == 200
    made = begin(world)
    assert made.status_code == 201, made.text
    number = made.json["number"]
    stand = laid(world.task("wuyiming", number))
    assert (stand["period"], stand.get("findings", [])) == ("2026年11月", [])
    assert judge(world, number).status_code == 200
    assert world.ticket("wuyiming", number)["state"] == "closed"
    (row,) = world.book("wuyiming", "permission-log-review")
    assert (row["values"]["month"], row["values"]["review.signer"]) == (MONTH, "吴一鸣")


def test_who_signs_on_paper_signs_what_was_found(world: World, night: str) -> None:
    """The list stands in the step at hand, and the form for ink has it already."""
    number = begin(world).json["number"]
    printed = on_paper(number, "permission-log-review", DECEMBER)["results"]["review"]
    (found,) = printed["findings"]
    assert found["kind"] == "夜间授权"
    assert night in found["found"]
    assert printed["period"] == "2026年11月"
    assert judge(world, number, "normal").status_code == 200


def test_another_month_is_reviewed_after_a_return(world: World, night: str) -> None:
    """The month that was left belongs to the next ticket."""
    world.at(DECEMBER)
    number, wuyiming = begin(world).json["number"], world.on("wuyiming")
    for month, found in (("2026-10", 0), (MONTH, 1), ("2026-10", 0)):
        gone = wuyiming.post(f"/tickets/{number}/withdraw", {"reason": "月份写错了。"})
        assert gone.status_code == 200, gone.text
        again = wuyiming.post(f"/tickets/{number}/resubmit", {"answers": {"month": month}})
        assert again.status_code == 200, again.text
        assert len(laid(world.task("wuyiming", number)).get("findings", [])) == found
    assert night
    assert judge(world, number).status_code == 200
    assert begin(world).status_code == 201


def test_night_is_found_and_is_normal(world: World, night: str) -> None:
    number = begin(world).json["number"]
    stand = laid(world.task("wuyiming", number))
    assert (stand["looked_count"], stand["kinds"]) == (
        2,
        "表外授权 0、角色冲突 0、夜间授权 1、为本人办理 0、批量导出 0",
    )
    (found,) = stand["findings"]
    assert (found["kind"], found["at"][:13]) == ("夜间授权", "2026-11-24 22")
    assert night in found["found"]
    assert judge(world, number, "normal").status_code == 200
    assert world.on("wuyiming").get("/tickets", process="problem-report").json["items"] == []


def test_a_problem_is_reported_by_itself(world: World, night: str) -> None:
    """Also what was injected past every form: a grant without a row, a second role."""
    assert night
    with transaction() as session:
        session.execute(
            text(
                """INSERT INTO "grant" (account_id, subsystem, post, state, ticket, row_no, at,
                   granted_ticket, granted_row, granted_at)
                   SELECT account_id, subsystem, 'smuggled', 'active', 'X', 1, at, 'X', 1,
                   at - interval '10 hours' FROM "grant" LIMIT 1"""
            )
        )
        person = session.scalars(select(Person).where(Person.name == "姚海洋")).one()
        ref = {"ref": person.id_index}
        session.execute(text("UPDATE account SET person_ref = :ref"), ref)
        session.add(
            Appointment(
                person_id=person.id,
                position=Position.ACCOUNT_ADMIN,
                unit_id=person.unit_id,
                starts_at=DECEMBER - timedelta(days=20),
                source="test",
            )
        )
    number = begin(world).json["number"]
    stand = laid(world.task("wuyiming", number))
    assert [row["kind"] for row in stand["findings"]] == ["表外授权", "角色冲突", "夜间授权"]
    lacking = judge(world, number, "problem", "problem", "normal", words="")
    assert [error["path"] for error in lacking.json["errors"]] == [
        "findings.0.words",
        "findings.1.words",
    ]
    done = judge(world, number, "problem", "problem", "normal", words="没有申请表。")
    assert done.status_code == 200, done.text
    (brief,) = world.on("wuyiming").get("/tickets", process="problem-report").json["items"]
    report = world.ticket("wuyiming", brief["number"])
    assert report["state"] == "running"
    assert report["answers"]["source"] == number
    assert report["answers"]["summary"] == "2026-11 权限日志分析发现 2 个问题"
    assert "smuggled" in report["answers"]["facts"]
    assert world.task("pengxiuying", brief["number"])["node"] == "leader_handling"


def test_rows_cannot_be_lost(world: World, night: str) -> None:
    assert night
    number = begin(world).json["number"]
    for verdicts in ((), ("normal", "normal")):
        wrong = judge(world, number, *verdicts)
        assert [error["code"] for error in wrong.json["errors"]] == ["rows_fixed"]
    assert world.ticket("wuyiming", number)["state"] == "running"


@pytest.mark.parametrize("month", ["2026-12", "2027-01", "11月", ""])
def test_a_month_that_is_over(world: World, month: str) -> None:
    world.at(DECEMBER)
    wrong = begin(world, month=month)
    assert (wrong.status_code, wrong.json["errors"][0]["path"]) == (422, "month")


def test_once_a_month_and_county(world: World) -> None:
    world.at(DECEMBER)
    first = begin(world).json["number"]
    again = begin(world)
    assert [error["code"] for error in again.json["errors"]] == ["reviewed_already"]
    assert begin(world, by="tiandayong").status_code == 201  # the 州's own
    gone = world.on("wuyiming").post(f"/tickets/{first}/withdraw", {"reason": "月份选错了"})
    assert gone.status_code in (200, 409)
    assert begin(world, month="2026-10").status_code == 201


def test_only_the_permission_admin(world: World) -> None:
    world.at(DECEMBER)
    assert begin(world, by="tanlihua").status_code == 403
