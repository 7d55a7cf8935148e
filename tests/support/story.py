"""People over REST on days of their own: a story is told with its dates."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.core import clock
from app.demo.people import signature
from app.identity import service as identity
from app.identity.demo import DEMO_PASSWORD
from app.identity.models import Appointment
from tests.api.conftest import Rest

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
Json = dict[str, Any]


@dataclass
class Story:
    """Who says what, when; the site's clock is where the story is."""

    session: Session
    app: Flask
    clock_file: Path
    desks: dict[str, Rest] = field(default_factory=dict)

    def at(self, text: str) -> datetime:
        """From now on it is this moment, such as `2026-10-12 09:00` in the office's zone."""
        zone = clock.local(datetime.now(UTC)).tzinfo
        now = datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
        self.clock_file.write_text(str((now - datetime.now(UTC)).total_seconds()))
        self.desks.clear()  # tokens do not live for days
        while identity.work_off_cover(self.session, now=now):
            pass
        return now

    def desk(self, username: str) -> Rest:
        if username not in self.desks:
            rest = Rest(self.app.test_client())
            words = {"username": username, "password": DEMO_PASSWORD}
            answer = rest.post("/tokens", words)
            assert answer.status_code == 201, answer.text
            self.desks[username] = Rest(self.app.test_client(), answer.json["token"])
        return self.desks[username]

    def see(self, username: str, path: str, **query: Any) -> Json:
        answer = self.desk(username).get(path, **query)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json
        return found

    def do(self, username: str, path: str, body: Json, *, says: int = 200) -> Json:
        answer = self.desk(username).post(path, body)
        assert answer.status_code == says, answer.text
        found: Json = answer.json or {}
        return found

    def ask(self, username: str, process: str, answers: Json) -> str:
        body = {"process": process, "answers": answers}
        return str(self.do(username, "/tickets", body, says=201)["number"])

    def task(self, username: str, number: str) -> Json:
        """What waits for somebody on a ticket; the form with it."""
        for box in ("todo", "claimable"):
            found = self.see(username, "/tasks", box=box, q=number)["items"]
            if found:
                return self.see(username, f"/tasks/{found[0]['id']}")
        raise AssertionError(f"nothing waits for {username} on {number}")

    def decide(
        self, username: str, number: str, outcome: str = "", *, says: int = 200, **more: Any
    ) -> Json:
        """The task that waits for him; agreeing unless told otherwise, signed where it asks."""
        task = self.task(username, number)
        body = {
            "version": task["version"],
            "outcome": outcome or task["outcomes"][0]["value"],
            **more,
        }
        if task["sign"]:
            body["signature"] = signature()
        return self.do(username, f"/tasks/{task['id']}/complete", body, says=says)


@pytest.fixture
def story(session: Session, app: Flask, tmp_path: Path) -> Iterator[Story]:
    """Everybody has held his position for years, so that it may begin on any day."""
    session.execute(update(Appointment).values(starts_at=LONG_AGO))
    session.commit()
    file = tmp_path / "clock"
    clock.configure(timezone="Asia/Shanghai", offset_file=file)
    yield Story(session, app, file)
    clock.configure(timezone="Asia/Shanghai", offset_file=None)
