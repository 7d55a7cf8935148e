"""Every operation for every kind of actor, by the page and over REST: done, refused, or not there.

See `operations` for the matrix and `stages` for what stands before each.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from flask import Flask
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.api.routes import ROUTES
from app.identity.models import Login, LoginSession
from app.identity.queries import token_hash
from app.identity.types import SessionKind
from tests.rights.counties import FAR, token
from tests.rights.crawler import API, TRAIL, Walker, state_of
from tests.rights.operations import Kind, as_row, cells
from tests.rights.stages import CAST, OPERATIONS
from tests.rights.writes import Asked
from tests.support.office import NOW, Office

T = TypeVar("T")
BODIES = {f"api.{route.name}": route.body for route in ROUTES}
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# A person who cannot be named here is no person: 422 at the name.
MARKS = {403: "n", 409: "n", 404: "x", 422: "x"}
EXPECTED = cells()


@dataclass
class Stand:
    """Where an operation can be asked for: who asks needs a session, whatever he is."""

    app: Flask
    bind: Connection
    session: Session
    office: Office
    _before: dict[str, str | None] = field(default_factory=dict)  # every act is undone again

    def prepare(self, make: Callable[[Office], T]) -> T:
        asked = make(self.office)
        for username in set(CAST.values()):
            self._enter(username)
        self.session.commit()
        self._before = {}
        return asked

    def ask(self, kind: Kind, endpoint: str, asked: Asked) -> str:
        """The mark of what happened; whatever was done is undone again."""
        self._before = self._before or state_of(self.session, but=TRAIL)
        self.session.commit()  # its savepoint would lie around the one that is undone
        undoing = self.bind.begin_nested()
        answer = self._send(Walker(self.app, CAST[kind]), endpoint, asked)
        changed = state_of(self.session, but=TRAIL) != self._before
        self.session.commit()
        undoing.rollback()
        self.session.expire_all()
        if answer.status_code < 400:
            return "Y" if changed else "-"
        assert not changed, (kind, endpoint, answer.text)
        return MARKS.get(answer.status_code, str(answer.status_code))

    def _send(self, walker: Walker, endpoint: str, asked: Asked) -> TestResponse:
        rule = self._rule(endpoint)
        method = next(iter(UNSAFE & (rule.methods or set())))
        values = {name: asked.values[name] for name in rule.arguments}
        with self.app.test_request_context():
            path = self.app.url_map.bind("localhost").build(endpoint, values, method)
        if path.startswith(API):
            body = None if BODIES[endpoint] is None else asked.sent
            return walker.rest.open(path, method=method, headers=walker.headers, json=body)
        return walker.browser.post(path, data={"csrf_token": walker.csrf, **asked.sent})

    def _rule(self, endpoint: str) -> Rule:
        return next(
            rule
            for rule in self.app.url_map.iter_rules(endpoint)
            if UNSAFE & (rule.methods or set())
        )

    def _enter(self, username: str) -> None:
        login = self.session.scalars(select(Login).where(Login.username == username)).first()
        if login is None:
            return
        for kind in SessionKind:
            hashed = token_hash(token(username, kind))
            there = select(LoginSession.id).where(LoginSession.token_hash == hashed)
            if self.session.scalar(there) is None:
                self.session.add(_session(login.id, kind, hashed))


def _session(login_id: int, kind: SessionKind, hashed: bytes) -> LoginSession:
    return LoginSession(
        login_id=login_id,
        kind=kind,
        token_hash=hashed,
        created_at=NOW,
        seen_at=FAR,
        proved_at=FAR,
        idle_minutes=None,
        expires_at=FAR,
        ip="127.0.0.1",
        user_agent="",
    )


@pytest.fixture
def stand(app: Flask, bind: Connection, session: Session, office: Office) -> Stand:
    office.seeds = iter(range(8000, 9000))
    return Stand(app, bind, session, office)


def test_the_matrix_names_every_operation() -> None:
    assert EXPECTED.keys() == OPERATIONS.keys()
    marks = {mark for marks in EXPECTED.values() for mark in marks.values()}
    assert marks <= {"Y", "n", "x", "nY"}


@pytest.mark.parametrize("name", OPERATIONS)
def test_who_may_do_what_with_a_ticket(stand: Stand, name: str) -> None:
    """Those whose being so changes what stands there come on a stage of their own."""
    operation, found = OPERATIONS[name], {}
    shared: dict[str, Any] = {}
    for kind in sorted(Kind, key=operation.alone.__contains__):
        if not shared or kind in operation.alone:
            shared = stand.prepare(lambda office, kind=kind: operation.stage(office, kind))
        found[kind] = _both(stand, kind, [(w.endpoint, w.asked(shared)) for w in operation.ways])
    assert found == EXPECTED[name], as_row(name, found)


def _both(stand: Stand, kind: Kind, ways: list[tuple[str, Asked]]) -> str:
    """One mark where the page and REST agree; else both."""
    return "".join(dict.fromkeys(stand.ask(kind, *way) for way in ways))
