"""What is refused before any room sees it, and how it is said."""

from collections.abc import Callable
from typing import Any

import pytest

from app.demo.people import signature
from tests.api.conftest import PROCESS, Rest, answers_for

Login = Callable[[str], Rest]


@pytest.mark.parametrize(
    ("raw", "mimetype", "status", "code"),
    [
        (b"{", "application/json", 400, "malformed"),
        (b"\xff\xfe", "application/json", 400, "malformed"),
        (b'{"process": NaN}', "application/json", 400, "malformed"),
        (b'{"process": "\\ud800"}', "application/json", 400, "malformed"),
        (b'{"process": "a\\u0000b"}', "application/json", 400, "malformed"),
        (b"[" * 5000 + b"]" * 5000, "application/json", 400, "malformed"),
        (b"[]", "application/json", 400, "malformed"),
        (b'"text"', "application/json", 400, "malformed"),
        (b"process=x", "application/x-www-form-urlencoded", 415, "unsupported_type"),
        (b'{"process": "' + b"x" * 1_000_001 + b'"}', "application/json", 413, "too_large"),
    ],
)
def test_unreadable_body(clerk: Rest, raw: bytes, mimetype: str, status: int, code: str) -> None:
    """Whatever is no JSON object is refused as problem details."""
    answer = clerk.post("/tickets", raw=raw, mimetype=mimetype)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"] == code
    assert answer.json["status"] == status


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        ({}, "process", "required"),
        ({"process": 5}, "process", "wrong_type"),
        ({"process": PROCESS, "answers": []}, "answers", "wrong_type"),
        ({"process": PROCESS, "draft": "true"}, "draft", "wrong_type"),
        ({"process": PROCESS, "surprise": 1}, "surprise", "unknown_field"),
        ({"process": PROCESS, "attachments": ["x"] * 101}, "attachments", "too_long"),
        ({"process": PROCESS, "answers": {"subsystem": "none"}}, "subsystem", None),
        ({"process": PROCESS, "answers": {"people": "nobody"}}, "people", None),
        ({"process": PROCESS, "answers": {"people": [{"name": []}]}}, "people.0.name", None),
        ({"process": PROCESS, "answers": {"surprise": 1}}, "surprise", None),
        ({"process": PROCESS, "answers": {"department": "别的部门"}}, "department", None),
        (
            {"process": PROCESS, "answers": {"people": [{"id_number": "1"}]}},
            "people.0.id_number",
            None,
        ),
    ],
)
def test_wrong_fields(clerk: Rest, body: dict[str, Any], path: str, code: str | None) -> None:
    """Each error names its path; of answers, inside the answers. Nothing is left behind."""
    answer = clerk.post("/tickets", body)
    assert answer.status_code == 422, answer.text
    found = {error["path"]: error for error in answer.json["errors"]}
    assert path in found, answer.text
    assert code in (None, found[path]["code"])
    assert found[path]["message"]
    assert clerk.get("/tickets", box="mine").json["items"] == []


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/tickets", {"box": "others"}),
        ("/tickets", {"state": "nowhere"}),
        ("/tickets", {"cursor": "x"}),
        ("/tickets", {"cursor": "WzEsIDJd"}),
        ("/tickets", {"limit": "0"}),
        ("/tickets", {"q": "a\0b"}),
        ("/tasks", {"box": "nobody"}),
        ("/tasks", {"cursor": "WyJhIiwgImIiXQ"}),
        ("/ledgers/accounts", {"from": "yesterday"}),
    ],
)
def test_unreadable_query(clerk: Rest, path: str, query: dict[str, str]) -> None:
    """A parameter that cannot be read is 400, never 500."""
    answer = clerk.get(path, **query)
    assert answer.status_code == 400, answer.text
    assert answer.json["code"] == "malformed"


@pytest.mark.parametrize(
    "path",
    [
        "/me",
        "/tickets",
        "/tasks",
        "/processes",
        "/ledgers",
        "/people",
        "/units",
        "/events",
        "/incidents",
        "/tickets/QX-CZY-2026-00001",
    ],
)
def test_nothing_without_token(stranger: Rest, path: str) -> None:
    """Every reading asks who is there, with or without a wrong token."""
    for token in ("", "not-a-token"):
        stranger.token = token
        answer = stranger.get(path)
        assert answer.status_code == 401
        assert answer.json["code"] == "unauthenticated"
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_cookie_of_browser_opens_nothing(stranger: Rest, clerk: Rest) -> None:
    """A session cookie, which browsers send by themselves, is not looked at under /api."""
    stranger.client.set_cookie("session", clerk.token)
    assert stranger.get("/me").status_code == 401
    assert stranger.post("/tickets", {"process": PROCESS}).status_code == 401


@pytest.mark.parametrize("path", ["/nothing", "/tasks/x", f"/tasks/{10**30}", "/tickets/a%00b"])
def test_unknown_address(clerk: Rest, path: str) -> None:
    """Absent is 404 as problem details, however odd the address."""
    answer = clerk.get(path)
    assert answer.status_code in (400, 404)
    assert answer.mimetype == "application/problem+json"


def test_wrong_method(clerk: Rest) -> None:
    """405 names what is allowed."""
    answer = clerk.delete("/me")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_token_ends_with_its_session(clerk: Rest) -> None:
    """After DELETE the token opens nothing any more."""
    assert clerk.get("/me").json["username"] == "yaohaiyang"
    gone = clerk.delete("/tokens/current")
    assert gone.status_code == 204
    assert gone.data == b""
    assert clerk.get("/me").status_code == 401


def test_wrong_password_is_counted(stranger: Rest) -> None:
    """The refusal is 401, and the failures that it counted make the next ones wait."""
    body = {"username": "yaohaiyang", "password": "wrong"}
    codes = [stranger.post("/tokens", body).status_code for _ in range(7)]
    assert codes[0] == 401
    assert codes[-1] == 429


def test_stranger_of_another_county(login: Login, ticket: dict[str, Any]) -> None:
    """A ticket of another county answers like one that is not there, and so does its task."""
    other = login("longjinhua")
    number, task = ticket["number"], ticket["tasks"][0]["id"]
    decision = {"version": 1, "outcome": "approve", "signature": signature()}
    answers = [
        other.get(f"/tickets/{number}"),
        other.get(f"/tickets/{number}/log"),
        other.get(f"/tickets/{number}/documents"),
        other.get(f"/tickets/{number}/documents/{PROCESS}.pdf"),
        other.post(f"/tickets/{number}/withdraw"),
        other.post(f"/tickets/{number}/cancel"),
        other.post(f"/tickets/{number}/resubmit", {"answers": {}}),
        other.get(f"/tasks/{task}"),
        other.post(f"/tasks/{task}/claim"),
        other.post(f"/tasks/{task}/release", {"version": 1}),
        other.post(f"/tasks/{task}/complete", decision),
        other.post(f"/tasks/{task}/return", {"version": 1, "reason": "不"}),
    ]
    assert {answer.status_code for answer in answers} == {404}
    absent = other.get("/tickets/QX-CZY-2026-99999").json
    assert answers[0].json["code"] == absent["code"]
    assert answers[0].json["detail"] == absent["detail"]


def test_stale_version(login: Login, ticket: dict[str, Any]) -> None:
    """Who decides on an old page is told what the state is now; nothing is changed."""
    task = ticket["tasks"][0]
    head = login(_assignee(task))
    body = {"version": task["version"] + 7, "outcome": "approve", "signature": signature()}
    for act in ("complete", "return"):
        given = body if act == "complete" else {"version": body["version"], "reason": "改"}
        answer = head.post(f"/tasks/{task['id']}/{act}", given)
        assert answer.status_code == 409
        assert answer.json["current"] == task["state"]
    assert head.get(f"/tasks/{task['id']}").json["state"] == task["state"]


def test_second_decision(login: Login, ticket: dict[str, Any]) -> None:
    """The second answer to a task is refused, and the requester may not answer at all."""
    task = ticket["tasks"][0]
    head = login(_assignee(task))
    path, body = f"/tasks/{task['id']}/complete", {"version": task["version"], "outcome": "approve"}
    body["signature"] = signature()
    first = head.post(path, body)
    assert first.status_code == 200, first.text
    assert first.json["state"] == "done"
    assert head.post(path, body).status_code == 409
    assert login("yaohaiyang").post(path, body).status_code == 403


def test_decision_in_want_of_everything(login: Login, ticket: dict[str, Any]) -> None:
    """All that is missing is said at once, with paths outside the answers."""
    task = ticket["tasks"][0]
    head = login(_assignee(task))
    answer = head.post(f"/tasks/{task['id']}/complete", {"version": task["version"]})
    assert answer.status_code == 422
    assert {error["path"] for error in answer.json["errors"]} == {"outcome", "signature"}


def test_refused_submission_leaves_nothing(clerk: Rest) -> None:
    """Draft and submission are one act: a refused one takes no number."""
    bad = answers_for(clerk)
    bad["people"][0]["id_number"] = "422899199001010000"
    assert clerk.post("/tickets", {"process": PROCESS, "answers": bad}).status_code == 422
    assert clerk.get("/tickets").json["items"] == []
    good = clerk.post("/tickets", {"process": PROCESS, "answers": answers_for(clerk)})
    assert good.json["number"].endswith("-00001")


def _assignee(task: dict[str, Any]) -> str:
    assert task["assignee"], task
    name: str = task["assignee"]
    return name
