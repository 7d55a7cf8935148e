"""Batches of tasks in real workers: quick, with a second batch over the same, and cut off."""

import pytest
from sqlalchemy import func, select

from app.core.crypto import seal
from app.core.db import transaction
from app.core.outbox import Outbox, OutboxState
from app.identity.models import Person
from app.tasks import service
from app.tasks.models import Task, TaskBatch, TaskBatchItem
from app.tasks.service import batching
from app.tasks.types import BatchAct, ItemState, Seen, TaskState
from scripts.process import wait_until
from tests.support.office import Office
from tests.support.patience import PATIENCE
from tests.worker.conftest import StartWorker

pytestmark = pytest.mark.committed
HEAD = "qinyongan"
NODE = "department_opinion"
MANY, STALE = 200, 20


def waiting(office: Office, count: int) -> list[Seen]:
    """So many that wait for the head of the office, who has a signature on file."""
    office.session.get_one(Person, office.actor(HEAD).person_id).signature_png = seal(b"signed")
    tasks = [office.task(office.start()) for _ in range(count)]
    found = [Seen(task.id, task.version) for task in tasks]
    office.session.commit()
    return found


def order(office: Office, items: list[Seen], key: str) -> str:
    with transaction() as session:
        made = service.create_batch(
            session,
            actor=office.actor(HEAD),
            now=office.now,
            act=BatchAct.AGREE,
            items=items,
            opinion="同意。",
            client_key=key,
        )
        return made.id


def states(office: Office, batch: str) -> dict[ItemState, int]:
    office.session.rollback()
    rows = office.session.execute(
        select(TaskBatchItem.state, func.count())
        .where(TaskBatchItem.batch_id == batch)
        .group_by(TaskBatchItem.state)
    )
    return {state: count for state, count in rows}  # noqa: C416 - rows are no pairs to mypy


def become_due(office: Office) -> None:
    """The pause after a cut is over."""
    with transaction() as session:
        for row in session.scalars(select(Outbox).where(Outbox.state == OutboxState.WAITING)):
            row.due_at = office.now


def decided(office: Office) -> dict[int, int]:
    """How often each run was decided at the node."""
    office.session.rollback()
    rows = office.session.execute(
        select(Task.instance_id, func.count())
        .where(Task.node == NODE, Task.state == TaskState.DONE)
        .group_by(Task.instance_id)
    )
    return {run: count for run, count in rows}  # noqa: C416 - rows are no pairs to mypy


def test_many_with_stale_ones_and_a_second_batch(office: Office, start_worker: StartWorker) -> None:
    """Two workers, and somebody who orders the same twice: each is decided once, the old pages'
    not at all.
    """
    items = waiting(office, MANY)
    items[:STALE] = [Seen(one.task_id, 99) for one in items[:STALE]]
    for _ in range(2):
        start_worker()
    first, second = (order(office, items, key) for key in ("first", "second"))
    over = {first, second}

    def done() -> bool:
        return not any(ItemState.WAITING in states(office, batch) for batch in over)

    assert wait_until(done, PATIENCE), [states(office, batch) for batch in over]
    counts = [states(office, batch) for batch in (first, second)]
    assert sum(one.get(ItemState.DONE, 0) for one in counts) == MANY - STALE
    assert sum(sum(one.values()) for one in counts) == 2 * MANY
    assert decided(office) == dict.fromkeys(decided(office), 1)
    assert len(decided(office)) == MANY - STALE


def test_a_worker_killed_in_the_middle(office: Office, start_worker: StartWorker) -> None:
    """What it had in hand is done by the next, once; what it had done stays done."""
    worker = start_worker()
    batch = order(office, waiting(office, 40), "k")
    assert wait_until(lambda: states(office, batch).get(ItemState.DONE, 0) >= 5, PATIENCE, 0.005)
    worker.kill()
    worker.wait(PATIENCE)
    cut = states(office, batch)
    assert cut[ItemState.WAITING] > 0, "it was too quick to be killed"
    become_due(office)
    start_worker()
    with transaction() as session:
        batching.outbox.wake_after_commit(session)
    assert wait_until(lambda: states(office, batch) == {ItemState.DONE: 40}, PATIENCE)
    assert set(decided(office).values()) == {1}
    assert office.session.scalar(select(func.count()).select_from(TaskBatch)) == 1
