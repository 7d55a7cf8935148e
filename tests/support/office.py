"""An office to test in: the region, its people, the shipped process, and tickets that walk.

A room's conftest takes the fixtures from here: its tests then have a database in which all of
this stands, and an `office` whose people act through the services.
"""

import base64
import io
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image, ImageDraw
from sqlalchemy import Connection, Engine, create_engine, event, select
from sqlalchemy.orm import Session

from app.config import Settings
from app.core import clock, db
from app.core.actor import Actor
from app.core.db import transaction
from app.core.writing import ActSession
from app.demo import people as invented
from app.identity import queries as people
from app.identity import service as identity
from app.identity.demo import load_demo_people
from app.identity.models import Appointment, Login
from app.identity.signatures import Signing
from app.identity.types import Position
from app.processes.service import publishing
from app.tasks import service as tasks
from app.tasks.models import Task
from app.tasks.queries import active_tasks, tasks_of
from app.tickets import service as tickets
from app.tickets.models import Ticket
from app.wiring import join
from scripts.cluster import Cluster
from tests.support import servers
from tests.support.shared import Run
from tests.support.warm import Engines, app_on

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = "template_office"
PROCESS = "operator-account"
NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
START = "apply"
ROAD = ("department_opinion", "leader_approval", "account_execution", "permission_execution")
HOLDERS = dict(zip(ROAD, ("qinyongan", "pengxiuying", "tanlihua", "wuyiming"), strict=True))
RESULT = "已按申请表办理完毕。"


def drawing(size: tuple[int, int] = (120, 50), *, blank: bool = False) -> str:
    """A signature as a client draws one, in base64."""
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    if not blank:
        ImageDraw.Draw(image).line((5, 5, size[0] - 5, size[1] - 5), (0, 0, 0, 255), 3)
    out = io.BytesIO()
    image.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


DRAWN = Signing("drawn", drawing())


@dataclass
class Office:
    """People acting through the services; every act takes an hour."""

    session: Session
    now: datetime = NOW
    seeds: Iterator[int] = field(default_factory=lambda: iter(range(1, 10_000)))

    def actor(self, username: str) -> Actor:
        person = self.session.scalars(
            select(Login.person_id).where(Login.username == username)
        ).one()
        return people.actor_of(self.session, person, self.now)

    def username(self, person_id: int | None) -> str:
        return self.session.scalars(
            select(Login.username).where(Login.person_id == person_id)
        ).one()

    def appoint(self, username: str, position: Position, unit: str | None = None) -> None:
        person = self.actor(username)
        unit_id = people.unit_by_code(self.session, unit).id if unit else person.unit_id
        self.session.add(
            Appointment(
                person_id=person.person_id,
                position=position,
                unit_id=unit_id,
                starts_at=NOW - timedelta(days=30),
                source="test",
            )
        )
        self.session.flush()

    def dismiss(self, position: Position, unit: str) -> None:
        """Nobody holds the position in the unit any more."""
        unit_id = people.unit_by_code(self.session, unit).id
        held = select(Appointment).where(
            Appointment.position == position, Appointment.unit_id == unit_id
        )
        for appointment in self.session.scalars(held):
            appointment.ends_at = NOW - timedelta(days=1)
        self.session.flush()

    def answers(self, rows: int = 1, **changed: Any) -> dict[str, Any]:
        return {
            "subsystem": "gig-station",
            "contact_phone": "0718-8200000",
            "people": [invented.row(next(self.seeds), post="review") for _ in range(rows)],
            **changed,
        }

    def draft(self, clerk: str = "yaohaiyang", answers: Mapping[str, Any] | None = None) -> Ticket:
        """A draft of `clerk`, filled but not sent."""
        return tickets.create_draft(
            self.session,
            actor=self.actor(clerk),
            now=self.tick(),
            process=PROCESS,
            answers=self.answers() if answers is None else answers,
        )

    def submit(self, ticket: Ticket, answers: Mapping[str, Any] | None = None) -> Ticket:
        return tickets.submit(
            self.session,
            actor=self.requester(ticket),
            now=self.tick(),
            number=ticket.number,
            answers=self.answers() if answers is None and ticket.draft is None else answers,
        )

    def start(self, clerk: str = "yaohaiyang", answers: Mapping[str, Any] | None = None) -> Ticket:
        """A ticket just submitted, waiting at the first node."""
        return self.submit(self.draft(clerk, answers))

    def requester(self, ticket: Ticket) -> Actor:
        return people.actor_of(self.session, ticket.requester_id, self.now)

    def task(self, ticket: Ticket) -> Task:
        """The one task that is open now."""
        (found,) = active_tasks(self.session, ticket.instance_id)
        return found

    def tasks(self, ticket: Ticket) -> Sequence[Task]:
        return tasks_of(self.session, ticket.instance_id)

    def decide(
        self, ticket: Ticket, outcome: str = "", by: str | None = None, **given: Any
    ) -> Task:
        """Answer the open task: the agreeing outcome unless another is named."""
        task = self.task(ticket)
        executes = task.node in ROAD[2:]
        decision: dict[str, Any] = {
            "outcome": outcome or ("done" if executes else "approve"),
            "answers": {"result": RESULT} if executes else {},
            "signing": DRAWN,
            **given,
        }
        return tasks.complete(
            self.session,
            actor=self.actor(by or self.holder(task)),
            now=self.tick(),
            task_id=task.id,
            version=task.version,
            decision=tasks.Decision(**decision),
        )

    def send_back(
        self, ticket: Ticket, node: str | None = None, reason: str = "第 1 行请补充。"
    ) -> Task:
        task = self.task(ticket)
        return tasks.return_task(
            self.session,
            actor=self.actor(self.holder(task)),
            now=self.tick(),
            task_id=task.id,
            version=task.version,
            reason=reason,
            node=node,
        )

    def walk(self, ticket: Ticket, to: str | None = None) -> Ticket:
        """Everybody agrees until the ticket waits at `to`, or is over."""
        while (open_now := active_tasks(self.session, ticket.instance_id)) and (
            open_now[0].node != to
        ):
            if open_now[0].node == START:
                self.submit(ticket)
            else:
                self.decide(ticket)
        return ticket

    def holder(self, task: Task) -> str:
        return self.username(task.assignee_id) if task.assignee_id else HOLDERS[task.node]

    def tick(self) -> datetime:
        self.now += timedelta(hours=1)
        return self.now


def _make_office(run: Run, cluster: Cluster) -> dict[str, str]:
    cluster.create(TEMPLATE, servers.TEMPLATE)
    engine = create_engine(cluster.url(TEMPLATE))
    settings = Settings.from_env(servers.environment(run, cluster.url(TEMPLATE)))
    join(settings, bind=engine)
    region, demo = (
        yaml.safe_load((ROOT / "regions" / name).read_text(encoding="utf-8"))
        for name in ("enshi.yaml", "enshi.demo.yaml")
    )
    with transaction() as session:
        identity.import_region(session, data=region, now=NOW)
        load_demo_people(session, demo, NOW)
        bundle = publishing.Bundle.read(ROOT, PROCESS)
        version = publishing.deploy(session, now=NOW, bundle=bundle)
        publishing.publish(session, now=NOW, key=version.key, number=version.number)
    engine.dispose()
    return {}


@pytest.fixture(scope="session")
def office_database(run: Run, cluster: Cluster, worker_id: str) -> str:
    """This worker's copy, for tests that roll back."""
    name = f"in_office_{worker_id}"
    servers.cluster(run)
    run.once("office", lambda: _make_office(run, cluster))
    run.once(name, lambda: cluster.create(name, TEMPLATE) or {})
    return name


@pytest.fixture
def bind(
    request: pytest.FixtureRequest, engines: Engines, worker_id: str, office_database: str
) -> Iterator[Engine | Connection]:
    with (
        engines.copied(f"in_office_committed_{worker_id}", TEMPLATE)
        if request.node.get_closest_marker("committed")
        else engines.rolled_back(office_database)
    ) as bind:
        yield bind


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    return Settings.from_env(environment)


@pytest.fixture
def joined(settings: Settings, bind: Engine | Connection) -> Iterator[Settings]:
    """All rooms joined to this test's database; the clock is put right again afterwards."""
    join(settings, bind=bind)
    yield settings
    clock.configure(timezone="Asia/Shanghai", offset_file=None)


@pytest.fixture
def session(bind: Engine | Connection, joined: Settings) -> Iterator[Session]:  # noqa: ARG001
    mode = "create_savepoint" if isinstance(bind, Connection) else "conditional_savepoint"
    with ActSession(bind, expire_on_commit=False, join_transaction_mode=mode) as made:
        yield made


@pytest.fixture
def office(session: Session) -> Office:
    return Office(session)


@pytest.fixture
def app(settings: Settings, joined: Settings, bind: Engine | Connection) -> Flask:  # noqa: ARG001
    return app_on(settings, bind)


@dataclass
class Browser:
    """Somebody signed in, with the token that every form of the page carries."""

    client: FlaskClient
    csrf: str

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(path, query_string=query)

    def post(self, path: str, **fields: Any) -> Any:
        return self.client.post(path, data={"csrf_token": self.csrf, **fields})


@pytest.fixture
def browser(app: Flask) -> Callable[[str], Browser]:
    """Signs a demo person in by one click, as the login page does."""

    def enter(username: str) -> Browser:
        client = app.test_client()
        outside = Browser(client, _csrf(client.get("/login").text))
        assert outside.post("/login/demo", username=username).status_code == 302
        return Browser(client, _csrf(client.get("/tasks").text))

    return enter


def _csrf(page: str) -> str:
    return page.split('name="csrf_token"', 1)[1].split('value="', 1)[1].split('"', 1)[0]


class Counter:
    """Statements of everybody who uses this bind while it listens."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __len__(self) -> int:
        return len(self.statements)

    def note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            self.statements.append(statement)


@pytest.fixture
def count_queries(bind: Engine | Connection) -> Iterator[Callable[[], Counter]]:
    """Starts counting; each call starts anew."""
    engine = bind if isinstance(bind, Engine) else bind.engine
    running: list[Counter] = []

    def stop() -> None:
        for counter in running:
            event.remove(engine, "before_cursor_execute", counter.note)
        running.clear()

    def start() -> Counter:
        stop()
        counter = Counter()
        event.listen(engine, "before_cursor_execute", counter.note)
        running.append(counter)
        return counter

    yield start
    stop()


def race(*acts: Callable[[Session], object]) -> list[object]:
    """Every act at once, each in a transaction of its own: what it answered or raised."""
    answers: list[object] = [None] * len(acts)
    gate = threading.Barrier(len(acts))

    def run(place: int, act: Callable[[Session], object]) -> None:
        try:
            with db.transaction() as session:
                gate.wait(60)
                answers[place] = act(session)
        except Exception as error:
            answers[place] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return answers
