"""Rows of an act, met in one prepared statement, are those that SQLAlchemy would have made."""

from typing import Any

import pytest
from sqlalchemy import Connection, inspect, select, update
from sqlalchemy.orm import Session

from app.core.writing import ActSession
from app.identity.models import Unit
from app.processes.models import Instance
from app.tasks import policy
from app.tasks.models import Task, Visit
from app.tasks.queries import access_task
from app.tasks.types import TaskNotFound
from tests.support.office import Office


@pytest.fixture
def task_id(office: Office) -> int:
    task = office.task(office.start())
    office.session.flush()
    return task.id


@pytest.fixture
def fresh(session: Session) -> Any:
    """A session that holds nothing yet, as every request begins."""
    with ActSession(
        session.connection(), expire_on_commit=False, join_transaction_mode="create_savepoint"
    ) as made:
        yield made


def met(task: Task) -> list[Any]:
    return [task, task.instance, task.visit, task.instance.unit]


def test_both_ways_meet_the_same(office: Office, fresh: ActSession, task_id: int) -> None:
    """Every column of the four rows, and none of them looks changed."""
    head = office.actor("qinyongan")
    task = access_task(fresh, task_id, head, policy.can_claim)
    assert not fresh.dirty
    assert not fresh.new
    others = met(access_task(office.session, task_id, head, policy.can_claim))
    for row, other in zip(met(task), others, strict=True):
        assert type(row) is type(other)
        assert inspect(row).persistent
        assert inspect(row).identity_key == inspect(other).identity_key
        for column in inspect(type(row)).column_attrs:
            assert getattr(row, column.key) == getattr(other, column.key), column


def test_the_session_knows_them_again(office: Office, fresh: ActSession, task_id: int) -> None:
    """By key without a question, and by a question as the same rows; it keeps the unit."""
    task = access_task(fresh, task_id, office.actor("qinyongan"), policy.can_claim)
    for row in met(task):
        (found,) = fresh.scalars(select(type(row)).where(type(row).id == row.id))
        assert found is row
        assert fresh.get(type(row), row.id) is row
    assert task.instance.unit in fresh.info["units"]


def test_what_is_changed_is_written(office: Office, fresh: ActSession, task_id: int) -> None:
    task = access_task(fresh, task_id, office.actor("qinyongan"), policy.can_claim)
    task.version += 1
    task.instance.rev += 1
    assert set(fresh.dirty) == {task, task.instance}
    fresh.flush()
    rev = select(Instance.rev, Task.version).join(Task).where(Task.id == task_id)
    assert tuple(fresh.execute(rev).one()) == (task.instance.rev, task.version)


def test_what_was_undone_is_asked_for_anew(office: Office, fresh: ActSession, task_id: int) -> None:
    task = access_task(fresh, task_id, office.actor("qinyongan"), policy.can_claim)
    before = task.version
    with fresh.begin_nested() as nested:
        task.version += 1
        fresh.flush()
        nested.rollback()
    assert task.version == before


def test_rows_that_are_held_are_read_again(office: Office, fresh: ActSession, task_id: int) -> None:
    """A session that has met the task sees what somebody else has written since."""
    head = office.actor("qinyongan")
    task = access_task(fresh, task_id, head, policy.can_claim)
    connection: Connection = fresh.connection()
    connection.execute(update(Visit).values(title="anders"))
    connection.execute(update(Task).values(version=Task.version + 1))
    version = task.version
    assert access_task(fresh, task_id, head, policy.can_claim) is task
    assert (task.version, task.visit.title) == (version + 1, "anders")


def test_nobody_is_met_where_nobody_is(office: Office, fresh: ActSession) -> None:
    with pytest.raises(TaskNotFound):
        access_task(fresh, 0, office.actor("qinyongan"), policy.can_claim)
    assert not fresh.identity_map
    assert fresh.scalars(select(Unit).limit(1)).one()
