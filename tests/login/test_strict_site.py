"""A site without DEMO=1, as a browser and a program meet it; two of them on one database."""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from flask import Flask, jsonify
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from app.config import Settings
from app.core import clock
from app.core.clock import utcnow
from app.core.db import transaction
from app.identity import queries, service
from app.identity.demo import DEMO_PASSWORD as PASSWORD
from app.identity.models import Login
from app.identity.types import Position
from app.web.step_up import require_step_up
from app.wiring import create_app
from tests.login.conftest import status

CLERK, ADMIN, PUBLISHER = "yaohaiyang", "duanshiyu", "raowentao"
NEW = "Lizhi-996655"


@dataclass
class Visitor:
    """A browser without scripts."""

    client: FlaskClient
    secret: str = field(default="")

    def csrf(self, path: str) -> str:
        page = self.client.get(path, follow_redirects=True).text
        return page.split('name="csrf_token"', 1)[1].split('value="', 1)[1].split('"', 1)[0]

    def post(self, path: str, at: str = "/login", **fields: str) -> Any:
        return self.client.post(path, data={"csrf_token": self.csrf(at), **fields})

    def sign_in(self, username: str, password: str = PASSWORD, **more: str) -> Any:
        return self.post("/login", username=username, password=password, **more)

    def code(self) -> str:
        return pyotp.TOTP(self.secret).at(utcnow())

    def is_in(self) -> bool:
        return self.client.get("/sessions").status_code == 200


def closed() -> Any:
    require_step_up()
    return jsonify("done")


def make_grave(app: Flask) -> None:
    """A page and a REST address, both in the rights table, become acts that ask for a step-up."""
    for endpoint in ("tickets.start", "api.list_processes"):
        app.view_functions[endpoint] = closed


@pytest.fixture
def app(app: Flask) -> Flask:
    make_grave(app)
    return app


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app.test_client())


@pytest.fixture
def move_clock(tmp_path: Path, app: Flask) -> Iterator[Callable[[timedelta], None]]:
    del app  # making it sets the clock
    file = tmp_path / "offset"
    to_next_code = 30 - time.time() % 30  # so that no code changes while it is typed

    def move(by: timedelta) -> None:
        file.write_text(str(to_next_code + by.total_seconds()))

    move(timedelta())
    clock.configure(timezone="Asia/Shanghai", offset_file=file)
    yield move
    clock.configure(timezone="Asia/Shanghai", offset_file=None)


def enrol(visitor: Visitor, username: str = ADMIN) -> str:
    """The first sign-in of an administrator, up to the recovery codes' page."""
    assert visitor.sign_in(username).status_code == 302
    assert visitor.client.get("/tasks").location == "/second-factor"
    assert visitor.post("/second-factor", "/second-factor").status_code == 302
    page = visitor.client.get("/second-factor").text
    assert 'src="data:image/svg+xml' in page
    visitor.secret = re.findall(r'class="mono">([A-Z2-7]{32})<', page)[0]
    wrong = visitor.post("/second-factor/confirm", "/second-factor", code="000000")
    assert wrong.status_code == 422
    done = visitor.post("/second-factor/confirm", "/second-factor", code=visitor.code())
    assert done.status_code == 200
    return str(done.text)


def test_administrator_sets_up_a_phone_first(
    visitor: Visitor, app: Flask, move_clock: Callable[[timedelta], None]
) -> None:
    """S7: no page before; afterwards two steps at the door, and a code for programs."""
    token = {"username": ADMIN, "password": PASSWORD}
    assert visitor.client.post("/api/v1/tokens", json=token).json["code"] == "second_factor"
    codes = re.findall(r">([0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4})<", enrol(visitor))
    assert len(codes) == 10
    assert visitor.is_in()
    asked = visitor.client.post("/api/v1/tokens", json=token)
    assert (asked.status_code, asked.json["code"]) == (403, "step_up")
    move_clock(timedelta(seconds=30))
    other = Visitor(app.test_client(), visitor.secret)
    assert other.sign_in(ADMIN, next="/sessions").location == "/login/code?next=/sessions"
    assert not other.is_in()
    refused = other.post("/login/code", "/login/code", code="000000")
    assert refused.status_code == 401
    entered = other.post("/login/code", "/login/code", code=other.code(), next="/sessions")
    assert entered.location == "/sessions"
    page = other.client.get("/sessions").text
    assert "您在别处的登录已经退出" in page
    assert "上次登录" in page
    assert visitor.client.get("/sessions").status_code == 302
    assert "您的账号刚在别处登录" in visitor.client.get("/login").text
    move_clock(timedelta(seconds=60))
    given = visitor.client.post("/api/v1/tokens", json={**token, "otp": other.code()})
    assert given.status_code == 201


def test_step_up_on_a_page(visitor: Visitor, move_clock: Callable[[timedelta], None]) -> None:
    """S12, S17: fresh for five minutes, then asked; the session id changes."""
    visitor.sign_in(CLERK)
    assert visitor.client.get("/start").json == "done"
    move_clock(timedelta(minutes=5, seconds=1))
    refused = visitor.client.get("/start?x=1")
    assert refused.status_code == 403
    assert "/confirm?next=/start?x%3D1" in refused.text
    before = visitor.client.get_cookie("session")
    wrong = visitor.post("/confirm", "/confirm", proof="Wrong-1234", next="/start")
    assert wrong.status_code == 422
    assert visitor.client.get("/start").status_code == 403
    right = visitor.post("/confirm", "/confirm", proof=PASSWORD, next="/start")
    assert right.location == "/start"
    after = visitor.client.get_cookie("session")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert visitor.client.get("/start").json == "done"
    visitor.client.set_cookie("session", before.value)
    assert visitor.client.get("/start").status_code == 302


def test_a_reveal_wants_a_fresh_proof(
    visitor: Visitor, move_clock: Callable[[timedelta], None]
) -> None:
    """S17, on the page and over REST, before anything of the ticket is looked at."""
    visitor.sign_in(CLERK)
    token = {"username": CLERK, "password": PASSWORD}
    given = visitor.client.post("/api/v1/tokens", json=token).json["token"]
    bearer = {"Authorization": f"Bearer {given}"}
    asked = {"row": 1, "field": "id_number", "reason": "电话核实本人"}

    def answers() -> list[int]:
        page = visitor.post("/tickets/QX-CZY-2026-00001/reveal", "/tasks", what="id_number:1")
        path = "/api/v1/tickets/QX-CZY-2026-00001/reveal"
        over_rest = visitor.client.post(path, json=asked, headers=bearer)
        return [page.status_code, over_rest.status_code]

    assert answers() == [404, 404]
    move_clock(timedelta(minutes=6))
    assert answers() == [403, 403]


def test_publishing_wants_a_fresh_proof(
    visitor: Visitor, move_clock: Callable[[timedelta], None]
) -> None:
    """S17: before it is asked whether there is anything to publish."""
    enrol(visitor, PUBLISHER)
    move_clock(timedelta(seconds=30))
    token = {"username": PUBLISHER, "password": PASSWORD, "otp": visitor.code()}
    given = visitor.client.post("/api/v1/tokens", json=token).json["token"]

    def answer() -> tuple[int, str]:
        found = visitor.client.post(
            "/api/v1/processes/operator-account/versions/1/publish",
            headers={"Authorization": f"Bearer {given}"},
        )
        return found.status_code, found.json["code"]

    assert answer() == (409, "already_published")
    move_clock(timedelta(minutes=7))
    assert answer() == (403, "step_up")


def test_step_up_in_rest(visitor: Visitor, move_clock: Callable[[timedelta], None]) -> None:
    """S17: an older token hears 403 step_up; a new one is the proof."""

    def bearer() -> dict[str, str]:
        given = visitor.client.post(
            "/api/v1/tokens", json={"username": CLERK, "password": PASSWORD}
        )
        return {"Authorization": f"Bearer {given.json['token']}"}

    old = bearer()
    assert visitor.client.get("/api/v1/processes", headers=old).json == "done"
    move_clock(timedelta(minutes=6))
    refused = visitor.client.get("/api/v1/processes", headers=old)
    assert (refused.status_code, refused.json["code"]) == (403, "step_up")
    assert visitor.client.get("/api/v1/me", headers=old).status_code == 200
    assert visitor.client.get("/api/v1/processes", headers=bearer()).json == "done"


@pytest.mark.parametrize(
    ("minutes", "alive"), [((29,), True), ((31,), False), (tuple(range(20, 740, 20)), False)]
)
def test_idle_and_absolute_limits_over_http(
    visitor: Visitor,
    move_clock: Callable[[timedelta], None],
    minutes: tuple[int, ...],
    alive: bool,
) -> None:
    """S14: half an hour unused, or twelve hours in use."""
    visitor.sign_in(CLERK)
    for moment in minutes[:-1]:
        move_clock(timedelta(minutes=moment))
        assert visitor.is_in(), moment
    move_clock(timedelta(minutes=minutes[-1]))
    assert visitor.is_in() is alive
    assert ("很久没有操作" in visitor.client.get("/login").text) is not alive


def test_administrator_renews_the_password(
    visitor: Visitor, session: Session, move_clock: Callable[[timedelta], None]
) -> None:
    """S3: after 90 days nothing but the change, in the browser and for programs."""
    enrol(visitor)
    queries.get_login(session, ADMIN).password_changed_at = utcnow() - timedelta(days=90)
    session.commit()
    assert visitor.client.get("/sessions").location == "/password"
    move_clock(timedelta(seconds=30))
    asked = {"username": ADMIN, "password": PASSWORD, "otp": visitor.code()}
    assert visitor.client.post("/api/v1/tokens", json=asked).json["code"] == "password_change"
    short = {"current": PASSWORD, "new": "Lizhi-9966", "again": "Lizhi-9966"}
    assert visitor.post("/password", "/password", **short).status_code == 422
    long = {"current": PASSWORD, "new": NEW, "again": NEW}
    assert visitor.post("/password", "/password", **long).status_code == 302
    assert visitor.is_in()


def test_activation_over_http(visitor: Visitor, session: Session) -> None:
    """S1, S9: code, own password, door; the second use of the code is refused."""
    code = service.reset_password(session, actor=None, username=CLERK, now=utcnow())
    session.commit()
    assert visitor.sign_in(CLERK).status_code == 401
    fields = {"username": CLERK, "code": code, "new": NEW, "again": NEW}
    differs = visitor.post("/activate", "/activate", **{**fields, "again": "other"})
    assert differs.status_code == 422
    weak = {**fields, "new": "password", "again": "password"}
    assert visitor.post("/activate", "/activate", **weak).status_code == 422
    assert visitor.post("/activate", "/activate", **fields).location == "/login"
    assert "密码已经设好" in visitor.client.get("/login").text
    again = visitor.post("/activate", "/activate", **fields)
    nobody = visitor.post("/activate", "/activate", **{**fields, "username": "nobody"})
    assert again.status_code == nobody.status_code == 401
    assert visitor.sign_in(CLERK, NEW).status_code == 302
    assert visitor.is_in()


def test_own_sessions_page(app: Flask) -> None:
    """One ends one's other session, single or all; somebody else's is absent."""
    first, second, stranger = (Visitor(app.test_client()) for _ in range(3))
    for visitor, who in ((first, CLERK), (second, CLERK), (stranger, "qinyongan")):
        visitor.sign_in(who)
    page = first.client.get("/sessions").text
    other = re.findall(r'action="(/sessions/\d+/end)"', page)
    assert len(other) == 1
    assert stranger.post(other[0], "/sessions").status_code == 404
    assert first.post(other[0], "/sessions").location == "/sessions"
    assert not second.is_in()
    assert "您在另一处把这里的登录退出了" in second.client.get("/login").text
    second.sign_in(CLERK)
    assert first.post("/sessions/end-others", "/sessions").status_code == 302
    assert (first.is_in(), second.is_in(), stranger.is_in()) == (True, False, True)


END: dict[str, Callable[[Session, Login], object]] = {
    "disable": lambda session, login: service.disable_login(
        session, actor=None, username=login.username, now=utcnow()
    ),
    "reset": lambda session, login: service.reset_password(
        session, actor=None, username=login.username, now=utcnow()
    ),
    "second factor": lambda session, login: service.remove_second_factor(
        session, actor=None, username=login.username, now=utcnow()
    ),
    "appoint": lambda session, login: service.appoint(
        session,
        actor=None,
        person_id=login.person_id,
        position=Position.DEPT_HEAD,
        unit=queries.get_person(session, login.person_id).unit,
        source="test",
        now=utcnow(),
    ),
    "dismiss": lambda session, login: service.end_appointment(
        session,
        actor=None,
        person_id=login.person_id,
        position=Position.CLERK,
        unit=queries.get_person(session, login.person_id).unit,
        now=utcnow(),
    ),
}


@pytest.mark.committed
def test_what_ends_here_ends_in_another_process(app: Flask, other_process: str) -> None:
    """S13: the very next request is refused there, for browsers and programs alike."""
    ends = {**END, "logout": None}
    for name, end in ends.items():
        visitor = Visitor(app.test_client())
        visitor.sign_in(CLERK)
        asked = {"username": CLERK, "password": PASSWORD}
        token = visitor.client.post("/api/v1/tokens", json=asked).json["token"]
        bearer = {"Authorization": f"Bearer {token}"}
        held = visitor.client.get_cookie("session")
        assert held is not None
        cookie = {"Cookie": f"session={held.value}"}
        assert status(other_process, "/sessions", **cookie) == 200, name
        assert status(other_process, "/api/v1/me", **bearer) == 200, name
        if end is None:
            assert visitor.post("/logout", "/sessions").status_code == 302
            assert (
                visitor.client.delete("/api/v1/tokens/current", headers=bearer).status_code == 204
            )
        else:
            with transaction() as session:
                end(session, queries.get_login(session, CLERK))
        assert status(other_process, "/sessions", **cookie) == 302, name
        assert status(other_process, "/api/v1/me", **bearer) == 401, name
        _open_again(CLERK)


def _open_again(username: str) -> None:
    """With the password of before."""
    with transaction() as session:
        service.activate_login(session, actor=None, username=username, now=utcnow())
        other = queries.get_login(session, "qinyongan")
        queries.get_login(session, username).password_hash = other.password_hash


@pytest.mark.committed
def test_limit_holds_for_sign_ins_at_once(app: Flask) -> None:
    """S15: eight at once leave two."""
    visitors = [Visitor(app.test_client()) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda each: each.sign_in(CLERK).status_code, visitors))
    assert statuses == [302] * 8
    assert sum(each.is_in() for each in visitors) == 2


def test_demonstration_stays_open(
    environment: dict[str, str], bind: Engine | Connection, joined: Settings
) -> None:
    """DEMO=1: no second factor, no step-up, any number of tokens, an administrator's too."""
    del joined
    app = create_app(Settings.from_env({**environment, "DEMO": "1"}), bind=bind)
    make_grave(app)
    client = app.test_client()
    asked = {"username": ADMIN, "password": PASSWORD}
    tokens = [client.post("/api/v1/tokens", json=asked).json["token"] for _ in range(6)]
    for token in tokens:
        bearer = {"Authorization": f"Bearer {token}"}
        assert client.get("/api/v1/me", headers=bearer).status_code == 200
        assert client.get("/api/v1/processes", headers=bearer).json == "done"


def test_policy_is_a_setting(environment: dict[str, str]) -> None:
    """S3: PASSWORD_POLICY is DB or ASVS, and nothing else."""
    assert Settings.from_env(environment).composed_passwords
    assert not Settings.from_env({**environment, "PASSWORD_POLICY": "asvs"}).composed_passwords
    with pytest.raises(Exception, match="PASSWORD_POLICY"):
        Settings.from_env({**environment, "PASSWORD_POLICY": "none"})
