"""An office of shipped processes that is spoken to over REST alone, with its clock moved."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.core import clock
from app.core.db import transaction
from app.demo.people import signature
from app.documents.queries import print_data
from app.identity.demo import DEMO_PASSWORD
from app.processes.service import publishing, running
from app.tickets.models import Ticket
from tests.api.conftest import (  # noqa: F401 - fixtures
    ROOT,
    Rest,
    app,
    bind,
    database,
    office,
)

OWN = ("contact-change", "dormant-review", "permission-log-review", "problem-report")


def on_paper(number: str, process: str, now: datetime) -> dict[str, Any]:
    """What the form is filled with that somebody prints now to sign it by hand."""
    with transaction() as session:
        whole = select(Ticket).options(joinedload(Ticket.instance))
        ticket = session.scalars(whole.where(Ticket.number == number)).one()
        given = {"demo": False, "check_code": "", "verify_url": "", "now": now}
        return print_data(session, ticket, process, **given)


class World:
    """People with their programs, and a clock that goes where it is told."""

    def __init__(self, site: Flask, file: Path) -> None:
        self.site, self.file = site, file
        self.tokens: dict[str, Rest] = {}

    def at(self, moment: datetime) -> None:
        """Move to `moment`; tokens end, and what fell due on the way comes to pass."""
        self.tokens.clear()
        self.file.write_text(str((moment - datetime.now(UTC)).total_seconds()))
        self.settle()

    def settle(self) -> None:
        """What the sweeps of the worker do."""
        while True:
            with transaction() as session:
                claim = running.claim_due(session, now=clock.utcnow())
                if claim is None:
                    return
                running.fire_claimed(session, claim, now=clock.utcnow())

    def on(self, username: str) -> Rest:
        if username not in self.tokens:
            rest = Rest(self.site.test_client())
            answer = rest.post("/tokens", {"username": username, "password": DEMO_PASSWORD})
            assert answer.status_code == 201, answer.text
            self.tokens[username] = Rest(self.site.test_client(), answer.json["token"])
        return self.tokens[username]

    def start(self, username: str, process: str, answers: dict[str, Any]) -> Any:
        return self.on(username).post("/tickets", {"process": process, "answers": answers})

    def ticket(self, username: str, number: str) -> dict[str, Any]:
        found: dict[str, Any] = self.on(username).get(f"/tickets/{number}").json
        return found

    def task(self, username: str, number: str, node: str = "") -> dict[str, Any]:
        """The open task of this ticket that `username` can take, taken."""
        who = self.on(username)
        for box in ("todo", "claimable"):
            for brief in who.get("/tasks", box=box).json["items"]:
                if brief["ticket"] == number and node in ("", brief["node"]):
                    task: dict[str, Any] = who.get(f"/tasks/{brief['id']}").json
                    if "claim" in task["actions"]:
                        path = f"/tasks/{task['id']}/claim"
                        task = who.post(path, {"version": task["version"]}).json
                    return task
        raise AssertionError(f"{username} has no task of {number}")

    def complete(
        self, username: str, number: str, outcome: str, answers: dict[str, Any], **more: Any
    ) -> Any:
        task = self.task(username, number, more.pop("node", ""))
        body = {"version": task["version"], "outcome": outcome, "answers": answers, **more}
        if task["sign"]:
            body["signature"] = signature()
        return self.on(username).post(f"/tasks/{task['id']}/complete", body)

    def send_back(self, username: str, number: str, reason: str) -> Any:
        task = self.task(username, number)
        body = {"version": task["version"], "reason": reason}
        return self.on(username).post(f"/tasks/{task['id']}/return", body)

    def book(self, username: str, name: str) -> list[dict[str, Any]]:
        """The rows of a ledger, the oldest first."""
        answer = self.on(username).get(f"/ledgers/{name}")
        assert answer.status_code == 200, answer.text
        return [
            {**line, "values": {cell["key"]: cell["value"] for cell in line["cells"]}}
            for line in answer.json["items"][::-1]
        ]


@pytest.fixture
def world(app: Flask, tmp_path: Path) -> Iterator[World]:  # noqa: F811 - the fixture above
    file = tmp_path / "offset"
    clock.configure(timezone="Asia/Shanghai", offset_file=file)
    with transaction() as session:
        for key in OWN:
            version = publishing.deploy(
                session, now=clock.utcnow(), bundle=publishing.Bundle.read(ROOT, key)
            )
            publishing.publish(session, now=clock.utcnow(), key=version.key, number=version.number)
    yield World(app, file)
    clock.configure(timezone="Asia/Shanghai", offset_file=None)


def row(kind: str, name: str, number: str, **more: str) -> dict[str, str]:
    """A row of 附件2."""
    return {
        "kind": kind,
        "name": name,
        "id_number": number,
        "phone": "15400000108",
        "post": "publish",
        "requirement": "分配岗位发布权限。",
        **more,
    }


OpenAccount = Callable[..., str]


@pytest.fixture
def open_account(world: World) -> OpenAccount:
    """Opens an operator's account by a whole 附件2; answers its number."""

    def run(
        *people: tuple[str, str],
        clerk: str = "yaohaiyang",
        signers: tuple[str, ...] = ("qinyongan", "pengxiuying", "tanlihua", "wuyiming"),
    ) -> str:
        choices = {
            component["key"]: component
            for component in world.on(clerk)
            .get("/processes/operator-account")
            .json["form"]["components"]
        }
        posts = next(c for c in choices["people"]["components"] if c["key"] == "post")["values"]
        answers = {
            "subsystem": choices["subsystem"]["values"][0]["value"],
            "contact_phone": "0718-8200000",
            "people": [row("add", name, number, post=posts[0]["value"]) for name, number in people],
        }
        made = world.start(clerk, "operator-account", answers)
        assert made.status_code == 201, made.text
        number: str = made.json["number"]
        for signer, outcome in zip(signers, ("approve", "approve", "done", "done"), strict=True):
            given = {"result": "已按表办理。"} if outcome == "done" else {}
            done = world.complete(signer, number, outcome, given)
            assert done.status_code == 200, done.text
        return number

    return run


def soon(moment: datetime, **later: float) -> datetime:
    return moment + timedelta(**later)
