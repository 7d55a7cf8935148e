"""Opening pages as somebody who is signed in, and what the database did for it."""

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine

from app.identity.demo import DEMO_PASSWORD
from bench.reads.explain import Plan, Said, explain, listening
from bench.reads.pages import REST, Page


@dataclass
class Visitor:
    """Somebody who opens pages in this process."""

    client: FlaskClient
    token: str = ""

    def open(self, page: Page) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if page.kind == REST else {}
        path = f"/api/v1{page.path}" if page.kind == REST else page.path
        answer = self.client.get(path, query_string=page.query, headers=headers)
        if answer.status_code != 200:
            raise AssertionError(f"{page.name}: {answer.status_code} {answer.text[:300]}")
        return answer


def enter(app: Flask, who: str) -> Visitor:
    """Signed in both ways."""
    client = app.test_client()
    csrf = _csrf(client.get("/login").text)
    client.post("/login/demo", data={"csrf_token": csrf, "username": who})
    answer = client.post("/api/v1/tokens", json={"username": who, "password": DEMO_PASSWORD})
    return Visitor(client, answer.get_json()["token"])


def _csrf(page: str) -> str:
    return page.split('name="csrf_token"', 1)[1].split('value="', 1)[1].split('"', 1)[0]


def plans(bind: Engine | Connection, visitor: Visitor, page: Page) -> list[Plan]:
    """What its second opening asks of the database, looked at statement by statement.

    What it writes is left out; within a test's own transaction nothing of it stays.
    """
    visitor.open(page)
    engine = bind if isinstance(bind, Engine) else bind.engine
    with listening(engine) as heard:
        visitor.open(page)
    with engine.connect() if isinstance(bind, Engine) else nullcontext(bind) as connection:
        return [_looked_at(connection, said) for said in heard.statements if said.reads]


def _looked_at(connection: Connection, said: Said) -> Plan:
    with connection.begin_nested() as looking:
        plan = explain(connection, said)
        looking.rollback()
    return plan
