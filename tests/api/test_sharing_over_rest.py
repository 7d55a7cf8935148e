"""转办, 委派, 加签 and 减签 over REST: what the task says one may do, and what comes of it."""

from collections.abc import Callable
from typing import Any

from app.demo.people import signature
from tests.api.conftest import Rest
from tests.api.test_going_back import approve, task_of

HEAD, LEADER, CUSTODIAN, ADMIN, OTHER = (
    *("qinyongan", "pengxiuying", "qinxuemei", "tanlihua", "tanguifang"),
)
Login = Callable[[str], Rest]


def act(rest: Rest, task: dict[str, Any], verb: str, **body: Any) -> dict[str, Any]:
    answer = rest.post(f"/tasks/{task['id']}/{verb}", {"version": task["version"], **body})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def boxes(rest: Rest, number: str) -> list[str]:
    return [one["ticket"] for one in rest.get("/tasks", q=number).json["items"]]


def test_two_sign_one_box(login: Login, ticket: dict[str, Any]) -> None:
    """The head asks the keeper of the seal to sign beside him; the leader sees both."""
    head, keeper, number = login(HEAD), login(CUSTODIAN), ticket["number"]
    task = task_of(head, number)
    assert task["actions"] == ["complete", "return", "transfer", "delegate", "add-signers"]
    assert task["progress"] is None
    added = act(head, task, "add-signers", to=CUSTODIAN, reason="请一起看")
    assert "remove-signer" in added["actions"]
    assert added["progress"]["text"] == "几人一起办：2 人中 0 人已办"
    assert approve(head, number)["state"] == "done"
    assert boxes(login(LEADER), number) == []
    own = task_of(keeper, number)
    assert (own["kind"], own["parent"], own["sign"]) == ("parallel", task["id"], "签字")
    approve(keeper, number)
    assert boxes(login(LEADER), number) == [number]
    seen = login(LEADER).get(f"/tickets/{number}").json
    assert [one["outcome"] for one in seen["tasks"] if one["node"] == "department_opinion"] == [
        "approve",
        "approve",
    ]


def test_delegated_waits_and_comes_back(login: Login, ticket: dict[str, Any]) -> None:
    head, keeper, number = login(HEAD), login(CUSTODIAN), ticket["number"]
    held = act(head, task_of(head, number), "delegate", to="秦雪梅")
    assert (held["state"], held["waiting"]) == ("open", True)
    assert held["actions"] == ["remove-signer"]
    assert boxes(head, number) == []
    body = {"version": held["version"], "outcome": "approve", "signature": signature()}
    early = head.post(f"/tasks/{held['id']}/complete", body)
    assert (early.status_code, early.json["code"]) == (409, "not_your_turn")
    advice = task_of(keeper, number)
    assert (advice["sign"], advice["actions"]) == ("", ["complete"])
    act(keeper, advice, "complete", outcome="reject", opinion="名单不全")
    again = task_of(head, number)
    assert (again["id"], again["waiting"]) == (held["id"], False)
    approve(head, number)
    assert boxes(login(LEADER), number) == [number]


def test_handed_on_and_taken_from_nobody(login: Login, ticket: dict[str, Any]) -> None:
    head, leader, number = login(HEAD), login(LEADER), ticket["number"]
    approve(head, number)
    approve(leader, number)
    admin, other = login(ADMIN), login(OTHER)
    (row,) = admin.get("/tasks", box="claimable", q=number).json["items"]
    task = admin.get(f"/tasks/{row['id']}").json
    people = admin.get(f"/tasks/{task['id']}/receivers", act="transfer").json["items"]
    assert people == [{"username": OTHER, "name": "谭桂芳"}]
    handed = act(admin, task, "transfer", to=OTHER)
    assert (handed["assignee"], handed["actions"]) == (OTHER, [])
    late = admin.post(f"/tasks/{task['id']}/transfer", {"version": task["version"], "to": OTHER})
    assert late.status_code == 409
    assert boxes(other, number) == [number]
    assert admin.get(f"/tickets/{number}").status_code == 200


def test_removed_signer_need_not(login: Login, ticket: dict[str, Any]) -> None:
    head, number = login(HEAD), ticket["number"]
    added = act(head, task_of(head, number), "add-signers", to=[CUSTODIAN], place="after")
    done = approve(head, number)
    assert boxes(login(LEADER), number) == []
    assert boxes(login(CUSTODIAN), number) == [number]
    act(head, done | {"id": added["id"]}, "remove-signer", to=CUSTODIAN)
    assert boxes(login(CUSTODIAN), number) == []
    assert boxes(login(LEADER), number) == [number]


def test_what_is_wrong_is_said_at_its_field(login: Login, ticket: dict[str, Any]) -> None:
    head, number = login(HEAD), ticket["number"]
    task = task_of(head, number)
    path, version = f"/tasks/{task['id']}", task["version"]
    for verb, to, code in (
        ("transfer", HEAD, "may_not"),
        ("transfer", "yaohaiyang", "may_not"),
        ("transfer", "xiangjianhua", "unknown"),
        ("delegate", "", "required"),
        ("add-signers", [], "required"),
    ):
        answer = head.post(f"{path}/{verb}", {"version": version, "to": to})
        assert answer.status_code == 422
        assert [(e["path"], e["code"]) for e in answer.json["errors"]] == [("to", code)]
    assert task_of(head, number)["version"] == version
