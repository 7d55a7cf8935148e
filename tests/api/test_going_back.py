"""Return and withdrawal over REST: what a return would undo, its mark, and taking back a step."""

from collections.abc import Callable
from typing import Any

from app.demo.people import signature
from tests.api.conftest import Rest

HEAD, LEADER = "qinyongan", "pengxiuying"
Login = Callable[[str], Rest]


def task_of(rest: Rest, number: str) -> dict[str, Any]:
    (row,) = rest.get("/tasks", q=number).json["items"]
    found: dict[str, Any] = rest.get(f"/tasks/{row['id']}").json
    return found


def approve(rest: Rest, number: str) -> dict[str, Any]:
    task = task_of(rest, number)
    body = {"version": task["version"], "outcome": "approve", "signature": signature()}
    answer = rest.post(f"/tasks/{task['id']}/complete", body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_a_return_is_told_before(login: Login, ticket: dict[str, Any]) -> None:
    head, leader = login(HEAD), login(LEADER)
    done = approve(head, ticket["number"])
    task = task_of(leader, ticket["number"])
    path = f"/tasks/{task['id']}/return"
    told = leader.get(path, node="department_opinion").json
    assert told["opens_for"] == [{"username": HEAD, "name": "秦永安"}]
    assert [(one["task"], one["label"], one["signed"]) for one in told["void"]] == [
        (done["id"], "同意", True)
    ]
    assert (told["cancelled"], told["stays_open"], told["effects"]) == ([], [], [])
    assert leader.get(path, node="permission_execution").status_code == 409
    assert head.get(path).status_code == 403
    body = {"version": task["version"], "reason": "请核实。", "node": "department_opinion"}
    stale = leader.post(path, {**body, "seen": "x"})
    assert (stale.status_code, stale.json["code"]) == (409, "undoes_other")
    assert leader.post(path, {**body, "seen": told["mark"]}).status_code == 200
    assert leader.get(path, node="department_opinion").status_code == 409


def test_the_last_decider_takes_it_back(login: Login, ticket: dict[str, Any]) -> None:
    """The answer is the same task, void; the ticket has it open again, in the next round."""
    head = login(HEAD)
    done = approve(head, ticket["number"])
    path = f"/tasks/{done['id']}"
    assert head.get(path).json["actions"] == ["withdraw"]
    taken = head.post(f"{path}/withdraw", {"version": done["version"], "reason": "看错了"})
    assert taken.status_code == 200, taken.text
    assert (taken.json["id"], taken.json["state"], taken.json["voided"]) == (
        done["id"],
        "done",
        True,
    )
    again = task_of(head, ticket["number"])
    assert (again["node"], again["round"], again["state"]) == ("department_opinion", 2, "claimed")
    second = head.post(f"{path}/withdraw", {"version": taken.json["version"]})
    assert (second.status_code, second.json["code"]) == (409, "not_withdrawable")
    assert head.get(path).json["actions"] == []
    assert login("longjinhua").post(f"{path}/withdraw", {"version": 1}).status_code == 404
