"""问题上报与处理 over REST: to the leader of the same level, from there to the 州."""

from datetime import UTC, date, datetime
from typing import Any

from app.core import clock
from tests.reviews.conftest import World


def asked(**changed: Any) -> dict[str, Any]:
    return {
        "found_on": clock.local(clock.utcnow()).date().isoformat(),
        "kind": "account",
        "summary": "一个账户由两人共用",
        "facts": "11月20日核对时发现，零工驿站窗口的账户由两人轮流使用。",
        **changed,
    }


def report(world: World, by: str = "tanlihua", **changed: Any) -> Any:
    return world.start(by, "problem-report", asked(**changed))


def test_handled_by_the_leader_of_the_county(world: World) -> None:
    world.at(datetime(2026, 11, 25, 2, tzinfo=UTC))
    made = report(world)
    assert made.status_code == 201, made.text
    number = made.json["number"]
    task = world.task("pengxiuying", number)
    assert (task["node"], task["due_at"][:10]) == ("leader_handling", "2026-12-02")
    done = world.complete("pengxiuying", number, "handled", {"result": "已停止共用，重新核发。"})
    assert done.status_code == 200, done.text
    ticket = world.ticket("tanlihua", number)
    assert ticket["state"] == "closed"
    assert [one["name"] for one in ticket["documents"]] == ["problem-report"]
    (row,) = world.book("wuyiming", "problem-report")
    values = row["values"]
    assert (values["leader_handling.outcome"], values["leader_handling.signer"]) == (
        "已处理",
        "彭秀英",
    )
    assert values["leader_handling.result"] == "已停止共用，重新核发。"
    assert values["prefecture_handling.result"] == ""


def test_passed_to_the_prefecture(world: World) -> None:
    number = report(world, by="wuyiming").json["number"]
    assert world.complete("pengxiuying", number, "pass", {"result": "需州局协调。"}).json["state"]
    done = world.complete("ranqiguo", number, "handled", {"result": "已协调平台处理。"})
    assert done.status_code == 200, done.text
    (row,) = world.book("wuyiming", "problem-report")
    assert row["values"]["leader_handling.outcome"] == "报州局处理"
    assert row["values"]["prefecture_handling.signer"] == "冉启国"


def test_unclear_facts_come_back_to_whoever_reported(world: World) -> None:
    number = report(world).json["number"]
    assert world.send_back("pengxiuying", number, "哪个账户没有写清。").status_code == 200
    assert world.ticket("tanlihua", number)["state"] == "returned"
    again = world.on("tanlihua").post(
        f"/tickets/{number}/resubmit", {"answers": asked(facts="向小兰的账户，11月20日发现。")}
    )
    assert (again.status_code, again.json["submission"]) == (200, 2)
    done = world.complete("pengxiuying", number, "handled", {"result": "已处理。"})
    assert done.status_code == 200
    assert len(world.book("wuyiming", "problem-report")) == 1


def test_what_cannot_be_reported(world: World) -> None:
    """A day that has not come, no words; and nobody reports who is no administrator."""
    late = clock.local(clock.utcnow()).date().toordinal() + 1
    wrong = report(world, found_on=date.fromordinal(late).isoformat(), facts="")
    assert wrong.status_code == 422
    assert {error["path"] for error in wrong.json["errors"]} == {"found_on", "facts"}
    assert report(world, by="yaohaiyang").status_code == 403


def test_other_counties_know_nothing_of_it(world: World) -> None:
    number = report(world).json["number"]
    assert world.on("longjinhua").get(f"/tickets/{number}").status_code == 404
    task = world.task("pengxiuying", number)
    strange = world.on("xiangjianhua").post(
        f"/tasks/{task['id']}/complete", {"version": task["version"], "outcome": "handled"}
    )
    assert strange.status_code == 404
