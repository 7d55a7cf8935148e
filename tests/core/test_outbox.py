"""The outbox: nothing lost, nothing done twice, whatever fails and whoever is gone."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.config import Settings
from app.core import clock, outbox
from app.core.clock import utcnow
from app.core.db import transaction
from app.core.outbox import MAX_ATTEMPTS, Outbox, OutboxState

TOPIC = "test.topic"


class Letters:
    """A handler of the test: what it was given, and what it does then."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.failure: Exception | None = None
        self.gate: threading.Barrier | None = None

    def __call__(self, session: Session, payload: dict[str, Any]) -> None:
        self.got.append(payload)
        if self.gate:
            self.gate.wait(5)
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
        worker.join(20)
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
        worker.join(20)
    assert sorted(payload["n"] for payload in letters.got) == list(range(30))
    states = session.scalars(select(Outbox.state).distinct()).all()
    assert states == [OutboxState.DONE]
