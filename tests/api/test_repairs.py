"""Administrators' repair over REST: the shapes, the refusals, and what a dry run leaves."""

from collections.abc import Callable
from typing import Any

import pytest

from app.core import outbox
from app.core.clock import utcnow
from app.core.db import transaction
from app.processes.service import publishing
from tests.api.conftest import PROCESS, ROOT, Rest

WHY = "走错了路，改回来。"


@pytest.fixture
def admin(login: Callable[[str], Rest]) -> Rest:
    return login("duanshiyu")


@pytest.fixture
def second_version() -> int:
    bundle = publishing.Bundle.read(ROOT, PROCESS)
    model = bundle.model.replace(b"leader_approval", b"head_approval")
    with transaction() as session:
        made = publishing.deploy(
            session, now=utcnow(), bundle=publishing.Bundle(model, bundle.forms, bundle.documents)
        )
        publishing.publish(session, now=utcnow(), key=made.key, number=made.number)
        return made.number


def test_move_with_its_dry_run(admin: Rest, ticket: dict[str, Any]) -> None:
    path = f"/tickets/{ticket['number']}/move"
    body = {"from": "", "to": "leader_approval", "reason": WHY, "rev": ticket["rev"]}
    tried = admin.post(path, body | {"dry_run": True})
    assert tried.status_code == 200, tried.json
    assert tried.json["dry_run"] is True
    assert [one["node"] for one in tried.json["cancels"]] == ["department_opinion"]
    assert [one["node"] for one in tried.json["opens"]] == ["leader_approval"]
    assert tried.json["rev"] == ticket["rev"]
    done = admin.post(path, body, key="once")
    assert (done.status_code, done.json["dry_run"]) == (200, False)
    assert admin.post(path, body, key="once").json == done.json
    assert [task["node"] for task in done.json["tasks"] if task["state"] == "open"] == [
        "leader_approval"
    ]
    stale = admin.post(path, body)
    assert (stale.status_code, stale.json["code"]) == (409, "stale_repair")
    there = admin.post(path, {"to": "leader_approval", "reason": WHY})
    assert (there.status_code, there.json["code"]) == (409, "already_there")
    missing = admin.post(path, {"to": "nowhere", "reason": WHY})
    assert (missing.status_code, missing.json["code"]) == (409, "not_movable")
    silent = admin.post(path, {"to": "department_opinion"})
    assert (silent.status_code, silent.json["errors"][0]["path"]) == (422, "reason")
    named = {"from": "leader_approval", "to": "department_opinion", "reason": WHY}
    assert admin.post(path, named).status_code == 200


def test_suspend_resume_cancel(
    admin: Rest, ticket: dict[str, Any], login: Callable[[str], Rest]
) -> None:
    path = f"/tickets/{ticket['number']}"
    (task,) = (one for one in ticket["tasks"] if one["state"] == "open")
    held = admin.post(f"{path}/suspend", {"reason": WHY})
    assert (held.status_code, held.json["state"]) == (200, "suspended")
    head = login("qinyongan")
    assert head.get(f"/tasks/{task['id']}").json["actions"] == []
    late = head.post(
        f"/tasks/{task['id']}/complete",
        {"version": task["version"], "outcome": "approve", "opinion": "同意"},
    )
    assert (late.status_code, late.json["code"], late.json["current"]) == (
        409,
        "suspended",
        "suspended",
    )
    assert admin.post(f"{path}/suspend", {"reason": WHY}).status_code == 409
    assert admin.post(f"{path}/resume", {"reason": WHY}).json["state"] == "running"
    assert admin.post(f"{path}/cancel").status_code == 422
    assert admin.post(f"{path}/cancel", {"reason": WHY}).json["state"] == "cancelled"
    assert head.post(f"{path}/suspend", {"reason": WHY}).status_code == 403


def test_variables(admin: Rest, ticket: dict[str, Any]) -> None:
    path = f"/tickets/{ticket['number']}/variables"
    done = admin.post(path, {"changes": {"flag": True, "names": ["甲"]}, "reason": WHY})
    assert done.status_code == 200, done.json
    assert done.json["variables"]["names"] == ["甲"]
    wrong = admin.post(path, {"changes": {"X": {}}, "reason": WHY})
    assert (wrong.status_code, wrong.json["errors"][0]["path"]) == (422, "changes.X")
    assert any("改了" in said["title"] for said in done.json["timeline"])


def test_migrate_one(admin: Rest, ticket: dict[str, Any], second_version: int) -> None:
    path = f"/tickets/{ticket['number']}"
    assert admin.post(f"{path}/move", {"to": "leader_approval", "reason": WHY}).status_code == 200
    tried = admin.post(f"{path}/migrate", {"version": second_version, "dry_run": True})
    assert (tried.status_code, len(tried.json["losses"])) == (200, 1)
    refused = admin.post(f"{path}/migrate", {"version": second_version})
    assert (refused.status_code, refused.json["code"]) == (409, "would_lose")
    assert refused.json["losses"] == tried.json["losses"]
    assert (
        admin.post(f"{path}/move", {"to": "department_opinion", "reason": WHY}).status_code == 200
    )
    done = admin.post(f"{path}/migrate", {"version": second_version})
    assert (done.status_code, done.json["version"]) == (200, second_version)
    again = admin.post(f"{path}/migrate", {"version": second_version})
    assert (again.status_code, again.json["code"]) == (409, "same_version")
    assert admin.post(f"{path}/migrate", {"version": 99}).status_code == 404


def test_migrate_many(admin: Rest, ticket: dict[str, Any], second_version: int) -> None:
    path = f"/processes/{PROCESS}/versions/{ticket['version']}/migrations"
    body = {"version": second_version}
    tried = admin.post(path, body, key="try")
    assert (tried.status_code, tried.json["state"], tried.json["rehearsal"]) == (
        201,
        "running",
        None,
    )
    while outbox.work_off():
        pass
    report = admin.get(f"/migrations/{tried.json['id']}").json
    assert (report["state"], report["moved"], report["kept"]) == ("done", 1, 0)
    (line,) = admin.get(f"/migrations/{tried.json['id']}/tickets", state="moved").json["items"]
    assert line == {"ticket": ticket["number"], "state": "moved", "told": []}
    body |= {"rehearsal": report["id"]}
    assert admin.post(path, body).status_code == 422  # no reason
    real = admin.post(path, body | {"reason": WHY})
    assert real.status_code == 201, real.json
    while outbox.work_off():
        pass
    assert admin.get(f"/tickets/{ticket['number']}").json["version"] == second_version
    stopped = admin.post(f"/migrations/{real.json['id']}/stop")
    assert (stopped.status_code, stopped.json["state"]) == (200, "done")
    assert admin.get("/migrations/nowhere").status_code == 404
