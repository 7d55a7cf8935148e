"""操作员账户权限申请 from the empty form to the ledgers, over REST alone."""

from collections.abc import Callable
from typing import Any

from app.demo.people import signature
from tests.api.conftest import PROCESS, Rest, answers_for

Login = Callable[[str], Rest]


def decide(login: Login, clerk: Rest, number: str, **more: Any) -> dict[str, Any]:
    """Answer the open task as whoever may, from what the task itself says."""
    brief = next(t for t in clerk.get(f"/tickets/{number}").json["tasks"] if _is_open(t))
    who = login(brief["assignee"] or _holder(brief["candidates"][0]))
    task = who.get(f"/tasks/{brief['id']}").json
    if "claim" in task["actions"]:
        task = who.post(f"/tasks/{task['id']}/claim", {"version": task["version"]}).json
        assert task["state"] == "claimed"
    body = {
        "version": task["version"],
        "outcome": task["outcomes"][0]["value"],
        "answers": {
            component["key"]: "已按表办理完毕。"
            for component in (task["form"] or {"components": []})["components"]
            if component.get("validate", {}).get("required") and not component.get("readonly")
        },
        **more,
    }
    if task["sign"]:
        body["signature"] = signature()
    answer = who.post(f"/tasks/{task['id']}/complete", body)
    assert answer.status_code == 200, answer.text
    assert answer.json["state"] == "done"
    found: dict[str, Any] = answer.json
    return found


def test_whole_walk(login: Login) -> None:
    """Six logins, five tasks, no sixth: the rows stand in both ledgers, in order."""
    clerk = login("yaohaiyang")
    assert PROCESS in [item["key"] for item in clerk.get("/processes").json["items"]]
    body = {"process": PROCESS, "answers": answers_for(clerk, 2)}
    made = clerk.post("/tickets", body)
    assert made.status_code == 201
    number = made.json["number"]
    assert made.json["state"] == "running"
    assert made.json["submission"] == 1
    assert clerk.get(f"/tickets/{number}").json["answers"]["department"]

    nodes = [decide(login, clerk, number)["node"] for _ in range(4)]
    assert nodes == [
        "department_opinion",
        "leader_approval",
        "account_execution",
        "permission_execution",
    ]
    ticket = clerk.get(f"/tickets/{number}").json
    assert ticket["state"] == "closed"
    assert ticket["result"]
    assert [task["state"] for task in ticket["tasks"]] == ["done"] * 4
    assert ticket["documents"][0]["state"] == "pending"
    log = clerk.get(f"/tickets/{number}/log").json["items"]
    assert {line["event"] for line in log} <= {"entered", "completed"}
    assert log[-1]["event"] == "completed"

    keeper = login("tanlihua")
    for name in ("accounts", "grants"):
        rows = keeper.get(f"/ledgers/{name}").json["items"]
        assert [row["row_no"] for row in rows] == [2, 1]
        assert [row["serial"] for row in rows] == [2, 1]
        assert {row["ticket"] for row in rows} == {number}

    auditor = login("humin")
    events = auditor.get("/events", object=f"ticket:{number}").json["items"]
    seqs = [event["seq"] for event in events]
    assert seqs == sorted(seqs, reverse=True)
    assert {event["chain"] for event in events} == {f"ticket:{number}"}
    assert auditor.get("/events/verify").json["whole"]
    assert clerk.get("/events").status_code == 403


def test_return_and_resubmit(login: Login, ticket: dict[str, Any]) -> None:
    """退回补正 keeps the number, voids what was signed; the task form holds the answers."""
    clerk, number = login("yaohaiyang"), ticket["number"]
    decide(login, clerk, number)
    brief = next(t for t in clerk.get(f"/tickets/{number}").json["tasks"] if _is_open(t))
    leader = login(brief["assignee"])
    task = leader.get(f"/tasks/{brief['id']}").json
    assert "return" in task["actions"]
    assert task["return_targets"]
    assert all(
        component["readonly"] for component in task["form"]["components"] if "key" in component
    )
    back = leader.post(f"/tasks/{task['id']}/return", {"version": task["version"]})
    assert [error["path"] for error in back.json["errors"]] == ["reason"]
    back = leader.post(
        f"/tasks/{task['id']}/return", {"version": task["version"], "reason": "要求没有写清。"}
    )
    assert back.status_code == 200, back.text
    seen = clerk.get(f"/tickets/{number}").json
    assert seen["state"] == "returned"
    assert seen["actions"] == ["resubmit", "cancel"]
    assert seen["tasks"][0]["voided"]
    mend = clerk.get(f"/tasks/{seen['tasks'][-1]['id']}").json
    assert mend["answers"]["people"] == ticket["answers"]["people"]
    again = clerk.post(f"/tickets/{number}/resubmit", {"answers": mend["answers"]})
    assert again.status_code == 200, again.text
    assert again.json["number"] == number
    assert again.json["submission"] == 2


def test_withdraw_before_anybody_decided(clerk: Rest, ticket: dict[str, Any]) -> None:
    """撤回, and once more 409; then 作废."""
    path = f"/tickets/{ticket['number']}"
    assert clerk.post(f"{path}/withdraw", {"reason": "填错了"}).json["state"] == "withdrawn"
    again = clerk.post(f"{path}/withdraw", {})
    assert again.status_code == 409
    assert again.json["current"] == "withdrawn"
    assert clerk.post(f"{path}/cancel", {}).json["state"] == "cancelled"


def test_resubmitting_without_answers_sends_what_was_sent(
    clerk: Rest, ticket: dict[str, Any]
) -> None:
    """What stands on the form page goes again; nobody types 60 rows twice."""
    path = f"/tickets/{ticket['number']}"
    clerk.post(f"{path}/withdraw", {"reason": "再想想"})
    again = clerk.post(f"{path}/resubmit", {})
    assert again.status_code == 200, again.text
    assert again.json["submission"] == 2
    assert again.json["answers"] == ticket["answers"]


def test_people_on_the_form_are_found_in_every_list(login: Login, ticket: dict[str, Any]) -> None:
    """By name, however the dot of a name was typed."""
    name = ticket["answers"]["people"][0]["name"]
    found = login("qinyongan").get("/tasks", box="todo", q=name).json["items"]
    assert [task["ticket"] for task in found] == [ticket["number"]]
    assert login("qinyongan").get("/tasks", box="copied").json["items"] == []


def test_draft_is_kept_and_sent(clerk: Rest) -> None:
    """A draft has a number, may be incomplete, and is sent with its own answers."""
    answers = answers_for(clerk)
    made = clerk.post("/tickets", {"process": PROCESS, "answers": answers, "draft": True})
    assert made.status_code == 201, made.text
    assert made.json["state"] == "draft"
    sent = clerk.post(f"/tickets/{made.json['number']}/resubmit")
    assert sent.status_code == 200, sent.text
    assert sent.json["state"] == "running"


def test_who_has_no_part_sees_masks(login: Login, ticket: dict[str, Any]) -> None:
    """In the own county one sees the ticket, not whole ID numbers, and no print."""
    colleague = login("wuyiming")
    seen = colleague.get(f"/tickets/{ticket['number']}")
    assert seen.status_code == 200
    whole = ticket["answers"]["people"][0]["id_number"]
    assert whole not in seen.text
    name = seen.json["documents"][0]["name"]
    answer = colleague.get(f"/tickets/{ticket['number']}/documents/{name}.pdf")
    assert answer.status_code == 403


def test_lists_page_by_cursor(clerk: Rest) -> None:
    """Pages follow each other without gap or overlap."""
    for _ in range(3):
        clerk.post("/tickets", {"process": PROCESS, "draft": True})
    first = clerk.get("/tickets", limit=2).json
    second = clerk.get("/tickets", limit=2, cursor=first["next_cursor"]).json
    numbers = [item["number"] for item in first["items"] + second["items"]]
    assert len(set(numbers)) == 3
    assert second["next_cursor"] is None


def test_people_and_units_in_scope(clerk: Rest) -> None:
    """Choices for person and unit fields end at the county's border."""
    people = clerk.get("/people", q="tan", limit=200).json["items"]
    assert "tanlihua" in [person["username"] for person in people]
    units = clerk.get("/units", limit=200).json["items"]
    assert {unit["code"][:6] for unit in units} == {"422826"}


def _is_open(task: dict[str, Any]) -> bool:
    return task["state"] in ("open", "claimed")


def _holder(candidate: str) -> str:
    return {
        "account_admin:422826-xxzx": "tanlihua",
        "permission_admin:422826-xxzx": "wuyiming",
    }[candidate]
