"""How often each act asks the database: no query slips in unseen, and each act commits once.

Counted over REST with the token's look-up, as a warm process asks. A number that falls is good
news: write it down. One that rises wants a reason.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.core.clock import utcnow
from app.core.db import transaction
from app.demo.people import signature
from app.processes.service import publishing
from tests.api.conftest import PROCESS, Rest, answers_for

Login = Callable[[str], Rest]
PLAIN = "plain-approval"
BENCH = Path(__file__).resolve().parents[2] / "bench" / "process"
BUDGET = 12  # for a plain approval (ARCHITECTURE)
HEAD, LEADER, ACCOUNTS, GRANTS = "qinyongan", "pengxiuying", "tanlihua", "wuyiming"

# Act → statements, for a form with one person. Only what the act itself needs is among them.
EXPECTED = {
    # Words to find it by are written with the draft and with what is sent; it keeps which rule sets
    # it goes by.
    "start": 49,  # whether the unit wants 保密协议, and who stands on the form
    "return": 12,
    "submit again": 42,
    "withdraw": 22,  # the last is what other systems may want to hear
    "submit after withdrawal": 43,  # did a step lapse, among those that nobody answered?
    # The next step has a deadline: its parameter, the calendar, and when the office closes.
    "department opinion": 17,  # and the form is asked again (`recheck`)
    "leader approval": 16,
    "claim": 5,  # its light is told
    "release": 5,
    # What it books is counted by month for the unit that asked; rights wait for signatures; is the
    # system one that is pushed to?
    "account execution": 32,
    "permission execution": 34,
}
APPROVAL = 6


@dataclass
class Counted:
    """Statements and commits of the acts that were told apart by name."""

    engine: Engine
    statements: list[str] = field(default_factory=list)
    commits: int = 0
    found: dict[str, int] = field(default_factory=dict)

    def act(self, name: str, done: Callable[[], TestResponse]) -> dict[str, Any]:
        self.statements.clear()
        self.commits = 0
        answer = done()
        assert answer.status_code < 300, answer.text
        assert self.commits == 1, f"{name} committed {self.commits} times"
        self.found[name] = len(self.statements)
        found: dict[str, Any] = answer.json
        return found

    def note_statement(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.statements.append(statement)

    def note_commit(self, _connection: Any) -> None:
        self.commits += 1


@pytest.fixture
def counted(app: Flask, bind: Engine) -> Iterator[Counted]:  # noqa: ARG001 - the app is joined
    counted = Counted(bind)
    event.listen(bind, "before_cursor_execute", counted.note_statement)
    event.listen(bind, "commit", counted.note_commit)
    yield counted
    event.remove(bind, "before_cursor_execute", counted.note_statement)
    event.remove(bind, "commit", counted.note_commit)


def walk(counted: Counted, login: Login, clerk: Rest, rows: int, first: int = 1) -> None:
    """Every act on a ticket once: sent, returned, sent again, withdrawn, sent, decided, closed."""
    body = {"process": PROCESS, "answers": answers_for(clerk, rows, first)}
    number = counted.act("start", lambda: clerk.post("/tickets", body))["number"]
    here, people = f"/tickets/{number}", {name: login(name) for name in (HEAD, LEADER, ACCOUNTS)}
    people[GRANTS] = login(GRANTS)

    def task(who: str) -> dict[str, Any]:
        (brief,) = (t for t in clerk.get(here).json["tasks"] if t["state"] in ("open", "claimed"))
        found: dict[str, Any] = people[who].get(f"/tasks/{brief['id']}").json
        return found

    def on_task(name: str, who: str, verb: str, **more: Any) -> dict[str, Any]:
        found = task(who)
        given = {"version": found["version"], **more}
        path = f"/tasks/{found['id']}/{verb}"
        return counted.act(name, lambda: people[who].post(path, given))

    signed = {"signature": signature()}
    approval = {"outcome": "approve", **signed}
    result = {"outcome": "done", "answers": {"result": "已按表办理完毕。"}, **signed}
    on_task("return", HEAD, "return", reason="请补充第 1 行。")
    again = {"answers": body["answers"]}
    counted.act("submit again", lambda: clerk.post(f"{here}/resubmit", again))
    counted.act("withdraw", lambda: clerk.post(f"{here}/withdraw", {"reason": "填错了"}))
    counted.act("submit after withdrawal", lambda: clerk.post(f"{here}/resubmit", again))
    on_task("department opinion", HEAD, "complete", **approval)
    on_task("leader approval", LEADER, "complete", **approval)
    on_task("claim", ACCOUNTS, "claim")
    on_task("release", ACCOUNTS, "release")
    on_task("claim", ACCOUNTS, "claim")
    on_task("account execution", ACCOUNTS, "complete", **result)
    on_task("permission execution", GRANTS, "complete", **result)


@pytest.mark.committed
def test_every_act_asks_as_often_as_is_written_here(
    counted: Counted, login: Login, clerk: Rest
) -> None:
    """And no more often for four people than for one."""
    walk(counted, login, clerk, 1)  # a fresh process parses and compiles
    walk(counted, login, clerk, 1, first=2)
    assert counted.found == EXPECTED
    walk(counted, login, clerk, 4, first=3)
    assert counted.found == EXPECTED


@pytest.mark.committed
def test_a_plain_approval_holds_its_budget(counted: Counted, login: Login, clerk: Rest) -> None:
    """One approval with one successor, token and audit included; the key of a repeat adds two."""
    with transaction() as session:
        deploy(session)
    found = {}
    for turn, key in enumerate((None, None, "a-key-of-this-test")):
        body = {"process": PLAIN, "answers": {"subject": f"第{turn}件", "text": "请签批。"}}
        (task,) = clerk.post("/tickets", body).json["tasks"]
        given = {"version": task["version"], "outcome": "approve"}
        path = f"/tasks/{task['id']}/complete"
        head = login(HEAD)
        counted.act("approval", lambda: head.post(path, given, key=key))  # noqa: B023 - at once
        found[key] = counted.found["approval"]
    assert found[None] == APPROVAL <= BUDGET
    assert found["a-key-of-this-test"] == found[None] + 2


def deploy(session: Session) -> None:
    """The process that the benchmark completes."""
    version = publishing.deploy(session, now=utcnow(), bundle=publishing.Bundle.read(BENCH, PLAIN))
    publishing.publish(session, now=utcnow(), key=version.key, number=version.number)
