"""What an act has changed is written in one statement, and arrives as it would in many."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete, event, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.audit.models import Event
from app.audit.service import record
from app.core.outbox import Outbox, OutboxState
from app.core.writing import MOST_ROWS, ActSession, settle
from app.identity.models import Appointment
from app.processes.models import Instance, NodeLog
from app.tasks.models import Task, Visit
from app.tasks.types import TaskState
from tests.support.office import NOW, Office

Said = Callable[[], list[str]]


@pytest.fixture
def said(bind: Connection) -> Iterator[Said]:
    """What was sent to the database since it was last asked."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    def since() -> list[str]:
        found = [one for one in statements if "SAVEPOINT" not in one]
        statements.clear()
        return found

    event.listen(bind, "before_cursor_execute", note)
    yield since
    event.remove(bind, "before_cursor_execute", note)


@contextmanager
def other_flush(session: Session) -> Iterator[Session]:
    """SQLAlchemy's own, on the same connection."""
    with Session(session.connection(), join_transaction_mode="create_savepoint") as made:
        yield made


def letter(key: str = "one", **more: Any) -> Outbox:
    given = {"topic": "test.writing", "payload": {}, "due_at": NOW, "created_at": NOW}
    return Outbox(key=key, **{**given, **more})


@pytest.fixture
def instance(office: Office, said: Said) -> Instance:
    found = office.start().instance
    office.session.flush()
    said()
    return found


def visit_of(instance: Instance, key: str = "here") -> Visit:
    return Visit(instance_id=instance.id, key=key, node="n", title="一步", round=1, opened_at=NOW)


def task_of(instance: Instance, visit: Visit) -> Task:
    return Task(
        visit=visit,
        instance_id=instance.id,
        node="n",
        title="一步",
        round=1,
        submission=1,
        candidates=["clerk:x"],
        excluded=[7],
        opened_at=NOW,
    )


def test_new_and_changed_rows_go_together(session: Session, instance: Instance, said: Said) -> None:
    """A child before its parent, a changed row between: one statement, and everybody has an id."""
    visit = visit_of(instance)
    task = task_of(instance, visit)
    session.add(task)
    instance.rev += 1
    session.flush()
    assert len(said()) == 1
    assert (task.visit_id, task.state, task.version, task.outcome) == (
        visit.id,
        TaskState.OPEN,
        1,
        None,
    )
    assert said() == []  # all of it is known without a question
    with other_flush(session) as other:
        assert other.get_one(Task, task.id).visit_id == visit.id
        assert other.get_one(Task, task.id).candidates == ["clerk:x"]
        assert other.get_one(Instance, instance.id).rev == instance.rev


def test_what_was_written_is_clean(session: Session, instance: Instance, said: Said) -> None:
    """No second statement, and none for what was set to what it was."""
    session.add(visit_of(instance))
    session.flush()
    said()
    instance.rev = instance.rev + 0
    instance.variables = dict(instance.variables)
    session.flush()
    assert said() == []
    assert not session.dirty
    assert not session.new


def test_many_values_take_a_second_statement(
    session: Session, instance: Instance, said: Said
) -> None:
    """A child still finds its parent."""
    pairs = [(visit := visit_of(instance, f"v{n}"), task_of(instance, visit)) for n in range(8)]
    session.add_all([row for pair in pairs for row in pair])
    session.flush()
    assert len(said()) == 2
    assert [task.visit_id for _, task in pairs] == [visit.id for visit, _ in pairs]


def test_events_keep_their_order(session: Session, instance: Instance) -> None:
    """Lists go by id: what was recorded later has the higher one."""
    made = [
        record(session, now=NOW, actor=None, kind=kind, object="test", head=instance)
        for kind in ("test.b", "test.a", "test.c")
    ]
    session.flush()
    ids = [one.id for one in made]
    assert ids == sorted(ids)
    kinds = session.scalars(select(Event.kind).where(Event.id.in_(ids)).order_by(Event.id)).all()
    assert kinds == ["test.b", "test.a", "test.c"]


def test_a_row_has_no_more_than_its_columns() -> None:
    """Nobody reads a value that was misspelt."""
    with pytest.raises(TypeError, match="topics"):
        letter(topics="test")


def test_nothing_is_not_a_null_of_json(session: Session, instance: Instance) -> None:
    """As SQLAlchemy has it: what was never set is NULL, None that was set is JSON's null."""
    given = {"instance_id": instance.id, "at": NOW, "element": "", "event": "test"}
    session.add(NodeLog(node="unset", **given))
    session.add(NodeLog(node="set", changes=None, **given))
    session.flush()
    kinds = select(NodeLog.node, func.jsonb_typeof(NodeLog.changes)).where(NodeLog.event == "test")
    assert dict(map(tuple, session.execute(kinds))) == {"unset": None, "set": "null"}


def test_changed_row_that_is_gone_is_noticed(session: Session) -> None:
    row = letter()
    session.add(row)
    session.flush()
    session.connection().execute(delete(Outbox).where(Outbox.id == row.id))
    row.attempts += 1
    with pytest.raises(StaleDataError):
        session.flush()


def test_a_new_row_takes_the_place_of_one_that_leaves_it(session: Session) -> None:
    """What is changed goes before what is new, so that a unique key is free by then."""
    row = letter()
    session.add(row)
    session.flush()
    session.add(letter())
    row.key = "elsewhere"
    session.flush()
    keys = session.scalars(select(Outbox.key).where(Outbox.topic == "test.writing")).all()
    assert sorted(keys) == ["elsewhere", "one"]


def test_refused_row_leaves_a_savepoint_as_it_was(session: Session) -> None:
    """The unique key says no; what follows goes on."""
    session.add(letter())
    session.flush()
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(letter())  # flushed where the savepoint ends
    session.add(letter("two"))
    session.flush()
    keys = session.scalars(select(Outbox.key).where(Outbox.topic == "test.writing")).all()
    assert sorted(keys) == ["one", "two"]


def test_rows_of_a_savepoint_that_was_undone_are_new_again(session: Session) -> None:
    row = letter()
    nested = session.begin_nested()
    session.add(row)
    session.flush()
    nested.rollback()
    assert row not in session
    session.add(letter())
    session.flush()


def test_a_row_that_was_undone_is_written_again(session: Session) -> None:
    """After a savepoint was undone its values are asked for anew, once."""
    row = letter()
    session.add(row)
    session.flush()
    with session.begin_nested() as nested:
        row.attempts = 3
        session.flush()
        nested.rollback()
    row.retries = 1
    session.flush()
    assert (row.attempts, row.retries) == (0, 1)


def test_what_is_not_plain_goes_its_own_way(session: Session, said: Said) -> None:
    """Something to delete, an SQL expression, more rows than an act has."""
    first, second = letter("one"), letter("two")
    session.add_all([first, second])
    session.flush()
    session.delete(first)
    second.attempts = Outbox.attempts + 5
    session.add_all([letter(f"more {n}") for n in range(MOST_ROWS)])
    session.flush()
    session.refresh(second)
    assert second.attempts == 5
    found = session.scalars(select(Outbox.key).where(Outbox.topic == "test.writing")).all()
    assert len(found) == MOST_ROWS + 1
    assert any(one.startswith("DELETE") for one in said())


def test_both_ways_write_the_same(session: Session, office: Office) -> None:
    """Every column of a row, whichever flush wrote it."""
    made = {}
    for kind in (Session, ActSession):
        with kind(session.connection(), join_transaction_mode="create_savepoint") as own:
            row = letter(kind.__name__, ticket="X-1", payload={"名": [1, None]})
            own.add(row)
            own.flush()
            row.begin(NOW + timedelta(minutes=1))
            row.state = OutboxState.HELD
            own.flush()
            columns = text("SELECT * FROM outbox WHERE id = :id")
            written = dict(own.execute(columns, {"id": row.id}).mappings().one())
            made[kind] = {k: v for k, v in written.items() if k not in ("id", "key")}
            own.commit()
    assert made[Session] == made[ActSession]
    assert office.session is session


def test_settle_writes_what_a_question_asks_for(
    session: Session, office: Office, instance: Instance, said: Said
) -> None:
    """A change of something else may wait."""
    instance.rev += 1
    settle(session, Appointment)
    assert said() == []
    (held,) = session.scalars(
        select(Appointment).where(Appointment.person_id == office.actor("qinyongan").person_id)
    )
    said()
    instance.rev += 1
    held.ends_at = NOW
    settle(session, Appointment)
    assert len(said()) == 1
