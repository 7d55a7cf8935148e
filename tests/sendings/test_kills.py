"""kill -9 of workers in mid-sending, against a gateway that counts, and is at its worst meanwhile.

`make test` kills five; `KILLS=100 pytest -s tests/sendings/test_kills.py` as many as one likes.
"""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.config import Settings
from app.core.db import transaction
from app.sendings import service
from app.sendings.models import Sending
from app.sendings.queries import standing_of
from app.sendings.service import submitting, unsettled
from app.sendings.types import DeliveryState, SendingState
from app.wiring import join
from scripts.process import ROOT, wait_until
from tests.messaging.gateway import SECRET, Gateway, cut
from tests.sendings.office import MORNING, REVIEWER, Desk, proves, some_phones
from tests.support import servers
from tests.support.patience import PATIENCE, until
from tests.support.shared import Run
from tests.support.warm import Engines
from tests.weihai.conftest import TEMPLATE

pytestmark = pytest.mark.committed
KILLS = int(os.environ.get("KILLS", "5"))
EACH = 80  # numbers for each kill
AT_ONCE = 3


@dataclass
class Counting(Gateway):
    """Takes each message it reads, and remembers; what it says of that is another matter.

    `twice`: keys that came again after they had been taken.
    """

    taken: dict[str, str] = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    is_kind: bool = False
    busy: int = 0
    dice: random.Random = field(default_factory=lambda: random.Random(4))
    guard: threading.Lock = field(default_factory=threading.Lock)

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        with self.guard:
            self.busy += 1
        try:
            self._serve(handler)
        except OSError:
            pass  # who asked was killed meanwhile
        finally:
            with self.guard:
                self.busy -= 1

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        asked = self._asked(handler)
        with self.guard:
            fault = (
                ""
                if self.is_kind
                else self.dice.choice(
                    ["", "", "", "", "slow", "500", "cut", "mush", "busy", "lost"]
                )
            )
        if "messages" not in asked:
            return self._say(handler, 200, {"results": [self._known(key) for key in asked["keys"]]})
        self.faults[fault] += 1
        if fault in {"busy", "lost"}:  # nothing was taken
            return self._say(handler, 429 if fault == "busy" else 502, {})
        with self.guard:
            told = [self._take(row["key"]) for row in asked["messages"]]
        time.sleep(0.3 if fault == "slow" else 0.03)
        if fault == "cut":
            return cut(handler)
        if fault == "500":
            return self._say(handler, 500, {})
        return self._say(handler, 200, "<html>" if fault == "mush" else {"results": told})

    def _asked(self, handler: BaseHTTPRequestHandler) -> dict[str, Any]:
        message = handler.headers["webhook-id"]
        path = handler.path.rpartition("/")[2]
        for one in reversed(self.heard):
            if one.message == message and (path != "messages" or "messages" in one.told):
                return one.told
        raise AssertionError("nothing was heard")

    def _take(self, key: str) -> dict[str, str]:
        if key in self.taken:
            self.twice.append(key)
        self.taken.setdefault(key, f"gw-{key}")
        return {"key": key, "id": self.taken[key]}

    def _known(self, key: str) -> dict[str, str]:
        with self.guard:
            given = self.taken.get(key)
        return {"key": key, "id": given} if given else {"key": key, "error": "UNSEEN"}

    def _say(self, handler: BaseHTTPRequestHandler, status: int, told: Any) -> None:
        body = told.encode() if isinstance(told, str) else json.dumps(told).encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


@dataclass
class Workers:
    """Real processes; each that is killed is replaced."""

    starter: "subprocess.Popen[str]"
    alive: list[int] = field(default_factory=list)

    def add(self) -> None:
        assert self.starter.stdin is not None
        assert self.starter.stdout is not None
        self.starter.stdin.write("one\n")
        self.starter.stdin.flush()
        self.alive.append(int(self.starter.stdout.readline()))

    def kill(self, which: int) -> None:
        os.kill(self.alive.pop(which), signal.SIGKILL)

    def kill_all(self) -> None:
        while self.alive:
            self.kill(0)


@pytest.fixture
def counting(allowed: None) -> Iterator[Counting]:  # noqa: ARG001
    with Counting() as made:
        made.misbehave = made.serve
        yield made


@pytest.fixture
def bind(engines: Engines, weihai: str, worker_id: str) -> Iterator[Engine]:  # noqa: ARG001
    with engines.copied(f"kills_{worker_id}", TEMPLATE) as made:
        yield made


@pytest.fixture
def env(
    run: Run, bind: Engine, counting: Counting, tmp_path: Path, redis_url: str
) -> dict[str, str]:
    gateway = {
        "name": "mas",
        "protocol": "http",
        "url": f"http://127.0.0.1:{counting.port}/gateway",
    }
    return {
        **servers.environment(run, bind.url.render_as_string(hide_password=False), redis_url),
        "SMS_GATEWAYS": json.dumps([{**gateway, "secret": SECRET, "price": "0.045", "rate": 0}]),
        "WEBHOOK_HOSTS": "127.0.0.1",
        "CLOCK_OFFSET_FILE": str(tmp_path / "offset"),
    }


@pytest.fixture
def desk(env: dict[str, str], bind: Engine) -> Iterator[Desk]:
    move_to(env, MORNING)
    join(Settings.from_env(env), bind=bind)
    with Session(bind, expire_on_commit=False) as session:
        yield Desk(session)


@pytest.fixture
def workers(env: dict[str, str]) -> Iterator[Workers]:
    starter = subprocess.Popen(
        [sys.executable, "-m", "tests.sendings.worker"],
        cwd=ROOT,
        env={**os.environ, **env},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    made = Workers(starter)
    with starter:
        yield made
        made.kill_all()
        starter.terminate()


def move_to(env: dict[str, str], moment: datetime) -> None:
    """The day of the story; no worker lives while it moves."""
    seconds = (moment - datetime.now(UTC)).total_seconds()
    Path(env["CLOCK_OFFSET_FILE"]).write_text(str(seconds))


def state_of(desk: Desk, sending: Sending) -> tuple[SendingState, int, int]:
    """The state, how many wait, how many are on their way or unknown."""
    found = desk.sending(sending)
    standing = standing_of(desk.session, found)
    desk.session.rollback()
    return (
        found.state,
        standing.count(DeliveryState.WAITING),
        standing.count(DeliveryState.SUBMITTING, DeliveryState.UNKNOWN),
    )


def test_killed_workers_submit_nobody_twice(
    desk: Desk, env: dict[str, str], counting: Counting, workers: Workers
) -> None:
    dice = random.Random(9)
    everybody = some_phones(KILLS * EACH)  # nobody stands on both: he would get one message a day
    sendings = [desk.open(everybody[::2]), desk.open(everybody[1::2])]
    killed, rounds, began = 0, 0, time.monotonic()
    while any(desk.sending(one).ended_at is None for one in sendings):
        assert time.monotonic() - began < PATIENCE * max(1, KILLS // 20)
        desk.session.rollback()
        counting.is_kind = killed >= KILLS
        for _ in range(AT_ONCE):
            workers.add()
        while submitting.is_due():
            if wait_until(lambda: counting.busy > 0, 1.0, 0.005) and killed < KILLS:
                time.sleep(dice.uniform(0, 0.08))
                workers.kill(dice.randrange(AT_ONCE))
                workers.add()
                killed += 1
        workers.kill_all()
        until(lambda: not counting.busy)
        rounds += 1
        settle(desk, env, sendings, rounds)
    for one in sendings:
        proves(desk.session, desk.sending(one))
        standing = standing_of(desk.session, one)
        assert standing.count(DeliveryState.SUBMITTED) == one.total
        assert standing.billed == one.segments
    assert not counting.twice
    assert len(counting.taken) == sum(one.total for one in sendings)
    print(f"{killed} kills, {len(counting.taken)} messages, faults {dict(counting.faults)}")  # noqa: T201
    assert killed >= KILLS


def settle(desk: Desk, env: dict[str, str], sendings: list[Sending], rounds: int) -> None:
    """Nobody works; some minutes pass, the gateway is asked, and people let it go on."""
    move_to(env, MORNING + timedelta(minutes=6 * rounds))
    for _ in range(12):
        unsettled.sweep()
        if not any(unsettled.look_up(one.id) for one in sendings):
            break
    for one in sendings:
        found = desk.sending(one)
        if found.state is SendingState.PAUSED and found.ended_at is None:
            with transaction() as session:
                service.resume(
                    session,
                    actor=desk.actor(REVIEWER),
                    now=submitting.database_now(session),
                    sending_id=one.id,
                    version=found.rev,
                )
        desk.session.rollback()
