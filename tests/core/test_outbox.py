"""The outbox: nothing lost, nothing done twice, whatever fails and whoever is gone."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.config import Settings
from app.core import clock, outbox
from app.core.clock import utcnow
from app.core.db import transaction
from app.core.outbox import CUT_OFF, MAX_ATTEMPTS, Outbox, OutboxState, pause_after
from scripts.process import ROOT

TOPIC = "test.topic"
# A worker whose handler writes a row, says so, and is then killed from outside or kills itself.
MORTAL = """
import os, signal, sys, time
from sqlalchemy import create_engine, text
from app.core import clock, db, outbox

url, manner = sys.argv[1:3]
db.configure(create_engine(url))

def handle(session, payload):
    session.execute(text("INSERT INTO outbox"
        " (topic, key, payload, state, attempts, retries, due_at, created_at)"
        " VALUES ('test.made', 'made', '{}', 'done', 0, 0, now(), now())"))
    print("in the middle", flush=True)
    if manner == "waits":
        time.sleep(60)
    if payload.get("poison"):
        os.kill(os.getpid(), signal.SIGKILL)

outbox.register("test.topic", handle)
print(outbox.work_off(), flush=True)
"""


class Letters:
    """A handler of the test: what it was given, and what it does then."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.failure: Exception | None = None
        self.gate: threading.Barrier | None = None

    def __call__(self, session: Session, payload: dict[str, Any]) -> None:
        self.got.append(payload)
        if self.gate:
            self.gate.wait(60)
        if self.failure:
            outbox.add(session, TOPIC, {}, key="made-on-the-way", now=utcnow())
            session.flush()
            raise self.failure


@pytest.fixture
def letters(session: Session) -> Iterator[Letters]:  # noqa: ARG001 - joins the database
    made = Letters()
    outbox.register(TOPIC, made)
    yield made
    outbox._handlers.pop(TOPIC)


@pytest.fixture
def later(tmp_path: Path, settings: Settings) -> Iterator[Any]:
    """Moves the clock on."""
    file = tmp_path / "offset"
    clock.configure(timezone=settings.timezone, offset_file=file)
    passed = timedelta()

    def move(by: timedelta) -> None:
        nonlocal passed
        passed += by
        file.write_text(str(passed.total_seconds()))

    yield move
    clock.configure(timezone=settings.timezone, offset_file=None)


def add(key: str = "1", **payload: Any) -> None:
    with transaction() as session:
        outbox.add(session, TOPIC, payload, key=key, now=utcnow())


def row(session: Session, key: str = "1") -> Outbox:
    return session.scalars(
        select(Outbox).where(Outbox.key == key).execution_options(populate_existing=True)
    ).one()


def test_what_was_added_is_done_once(letters: Letters, session: Session) -> None:
    add(word="hello")
    assert outbox.work_off() == 1
    assert outbox.work_off() == 0
    assert letters.got == [{"word": "hello"}]
    assert (row(session).state, row(session).attempts) == (OutboxState.DONE, 1)


def test_a_turn_ends_by_the_clock(letters: Letters) -> None:
    """Who comes next need not wait until fifty slow ones are done."""
    for key in ("1", "2"):
        add(key)
    assert outbox.work_off(seconds=0) == 0
    assert letters.got == []
    assert outbox.work_off() == 2


def test_act_that_is_undone_leaves_no_letter(letters: Letters) -> None:
    """The letter is part of the act."""

    def act() -> None:
        with transaction() as session:
            outbox.add(session, TOPIC, {}, key="1", now=utcnow())
            raise LookupError

    with pytest.raises(LookupError):
        act()
    assert outbox.work_off() == 0
    assert letters.got == []


def test_key_makes_the_effect_one_per_topic(letters: Letters) -> None:  # noqa: ARG001
    add()
    with pytest.raises(IntegrityError):
        add()


def test_failure_is_tried_again_later_and_later(
    letters: Letters, session: Session, later: Any
) -> None:
    """What the handler wrote is undone, the reason stays, the pauses grow."""
    add()
    letters.failure = LookupError("no printer")
    pauses = []
    for attempt in range(1, 5):
        assert outbox.work_off() == 1
        failed = row(session)
        assert (failed.state, failed.attempts) == (OutboxState.WAITING, attempt)
        assert failed.error == "LookupError: no printer"
        pauses.append((failed.due_at - utcnow()).total_seconds())
        assert outbox.work_off() == 0  # not due yet
        later(failed.due_at - utcnow() + timedelta(seconds=1))
    assert pauses == pytest.approx([10, 20, 40, 80], abs=2)
    assert session.scalars(select(Outbox).where(Outbox.key == "made-on-the-way")).all() == []
    letters.failure = None
    assert outbox.work_off() == 1
    assert (row(session).state, row(session).attempts) == (OutboxState.DONE, 5)


def test_a_clock_set_back_holds_nothing_up(letters: Letters, session: Session, later: Any) -> None:
    """What was written while the clock was days ahead does not wait for those days."""
    later(timedelta(days=2))
    add()
    later(timedelta(days=-2))
    assert outbox.work_off() == 1
    assert letters.got == [{}]
    assert row(session).state is OutboxState.DONE


def test_after_the_last_attempt_it_is_left_to_a_person(
    letters: Letters, session: Session, later: Any
) -> None:
    add()
    letters.failure = LookupError("no printer")
    for _ in range(MAX_ATTEMPTS):
        assert outbox.work_off() == 1
        later(timedelta(hours=2))
    assert row(session).state is OutboxState.DEAD
    assert outbox.work_off() == 0
    assert len(letters.got) == MAX_ATTEMPTS


def test_one_that_fails_does_not_hold_up_the_others(letters: Letters, session: Session) -> None:
    with transaction() as made:
        outbox.add(made, "no.such.topic", {}, key="1", now=utcnow())
    add("2")
    assert outbox.work_off() == 2
    assert row(session, "1").error == "KeyError: 'no.such.topic'"
    assert row(session, "2").state is OutboxState.DONE
    assert len(letters.got) == 1


@pytest.mark.committed
def test_two_workers_side_by_side_do_each_letter_once(letters: Letters, session: Session) -> None:
    """While one holds a row the other takes the next; both are in their handlers at once."""
    add("1", n=1)
    add("2", n=2)
    letters.gate = threading.Barrier(2)
    workers = [threading.Thread(target=outbox.work_off) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert sorted(payload["n"] for payload in letters.got) == [1, 2]
    assert {row(session, key).attempts for key in ("1", "2")} == {1}


@pytest.mark.committed
def test_many_workers_and_many_letters(letters: Letters, session: Session) -> None:
    for n in range(30):
        add(str(n), n=n)
    workers = [threading.Thread(target=outbox.work_off) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert sorted(payload["n"] for payload in letters.got) == list(range(30))
    states = session.scalars(select(Outbox.state).distinct()).all()
    assert states == [OutboxState.DONE]


Mortal = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def mortal(bind: Engine) -> Iterator[Mortal]:
    """Starts a real worker process on this test's database."""
    begun: list[subprocess.Popen[str]] = []

    def start(manner: str) -> "subprocess.Popen[str]":
        url = bind.url.render_as_string(hide_password=False)
        process = subprocess.Popen(
            [sys.executable, "-c", MORTAL, url, manner], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        begun.append(process)
        return process

    yield start
    for process in begun:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def middle(process: "subprocess.Popen[str]") -> None:
    assert process.stdout
    assert process.stdout.readline() == "in the middle\n"


def become_due(session: Session, key: str = "1") -> None:
    """The pause is over."""
    with transaction() as at_once:
        row(at_once, key).due_at = utcnow()
    session.expire_all()


def unlocked(session: Session, key: str = "1") -> None:
    """PostgreSQL has seen that the process is gone."""
    free = select(Outbox.id).where(Outbox.key == key).with_for_update(skip_locked=True)
    limit = time.monotonic() + 10
    while time.monotonic() < limit:
        if session.scalars(free).first() is not None:
            session.rollback()
            return
        session.rollback()
        time.sleep(0.02)
    raise AssertionError("still locked")


@pytest.mark.committed
def test_a_kill_in_the_middle_costs_an_attempt_and_nothing_else(
    session: Session, letters: Letters, mortal: Mortal
) -> None:
    """A kill -9 in the handler: what it wrote is gone, the attempt is not; the next succeeds."""
    add()
    process = mortal("waits")
    middle(process)
    assert outbox.work_off() == 0  # it is in hand
    become = row(session)
    assert (become.attempts, become.error) == (1, CUT_OFF)
    session.rollback()
    process.send_signal(signal.SIGKILL)
    process.wait()
    unlocked(session)
    cut = row(session)
    assert (cut.state, cut.attempts, cut.error) == (OutboxState.WAITING, 1, CUT_OFF)
    assert timedelta(0) < cut.due_at - utcnow() <= pause_after(1)
    assert session.scalars(select(Outbox).where(Outbox.key == "made")).all() == []
    session.rollback()
    assert outbox.work_off() == 0  # the pause of a failure, not at once
    become_due(session)
    assert outbox.work_off() == 1
    assert letters.got == [{}]
    done = row(session)
    assert (done.state, done.attempts, done.error) == (OutboxState.DONE, 2, None)


@pytest.mark.committed
def test_one_that_outlives_its_lease_is_not_done_twice(
    session: Session, letters: Letters, mortal: Mortal
) -> None:
    """The lock of the living process protects its row, however long it takes."""
    add()
    middle(mortal("waits"))
    late = utcnow() + timedelta(hours=2)
    assert session.scalars(
        select(Outbox.id).where(Outbox.due_at <= late, Outbox.state == OutboxState.WAITING)
    ).all()
    assert not session.scalars(
        select(Outbox.id).where(Outbox.due_at <= late).with_for_update(skip_locked=True)
    ).all()
    session.rollback()
    assert outbox.work_off() == 0
    assert letters.got == []


@pytest.mark.committed
def test_poison_ends_as_a_dead_letter_and_the_others_go_on(
    session: Session, letters: Letters, mortal: Mortal
) -> None:
    """Each attempt kills the process that makes it; after the last it is left to a person."""
    add("poison", poison=True)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        become_due(session, "poison")
        process = mortal("dies")
        assert process.wait(120) == -signal.SIGKILL
        unlocked(session, "poison")
        assert row(session, "poison").attempts == attempt
        session.rollback()
        if attempt == 1:
            add("2", n=2)
            assert outbox.work_off() == 1
            assert letters.got == [{"n": 2}]
    become_due(session, "poison")
    assert outbox.work_off() == 1
    dead = row(session, "poison")
    assert (dead.state, dead.attempts, dead.error) == (OutboxState.DEAD, MAX_ATTEMPTS, CUT_OFF)
    assert letters.got == [{"n": 2}]
    assert outbox.work_off() == 0


@pytest.mark.committed
def test_whoever_lost_the_row_after_the_claim_leaves_it_alone(
    session: Session, letters: Letters
) -> None:
    """The clock jumped between claim and lock, and another took it: the slower one does nothing."""
    add()
    first = outbox._claim()
    assert first
    become_due(session)
    assert outbox.work_off() == 1
    with transaction() as late:
        assert outbox._held(late, *first) is None
    outbox._note_failure(first, "too late")
    assert row(session).state is OutboxState.DONE
    assert letters.got == [{}]
