"""Reads of batches: one's own, newest first, with how many of each are where."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.paging import Page, page_by_key
from app.processes.models import Instance
from app.tasks.models import Task, TaskBatch, TaskBatchItem
from app.tasks.queries import part_in
from app.tasks.types import ItemState

PAGE = 20


@dataclass(frozen=True)
class BatchLine:
    """A batch in the list of one's own."""

    batch: TaskBatch
    counts: Mapping[ItemState, int]

    @property
    def count(self) -> int:
        return sum(self.counts.values())

    @property
    def is_running(self) -> bool:
        return ItemState.WAITING in self.counts


def list_batches(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = PAGE
) -> Page[BatchLine]:
    statement = select(TaskBatch, TaskBatch.created_at, TaskBatch.id).where(
        TaskBatch.person_id == actor.person_id
    )
    key = (TaskBatch.created_at, TaskBatch.id)
    page = page_by_key(session, statement, key=key, cursor=cursor, limit=limit)
    counts = _counts(session, [row[0].id for row in page.items])
    return page.map(lambda row: BatchLine(row[0], counts[row[0].id]))


def subjects_of_tasks(session: Session, actor: Actor, batch: TaskBatch) -> dict[int, str]:
    """What each task of a batch is about, where its person still has a part in the ticket."""
    ids = [item.task_id for item in batch.items]
    runs = session.execute(select(Task.id, Task.instance_id).where(Task.id.in_(ids))).all()
    known = session.execute(
        select(Instance.id, Instance.title).where(
            Instance.id.in_({run for _, run in runs}), part_in(actor, Instance.id)
        )
    )
    titles = {run: title for run, title in known}  # noqa: C416 - rows are no pairs to mypy
    return {task: titles[run] for task, run in runs if run in titles}


def _counts(session: Session, ids: list[str]) -> dict[str, dict[ItemState, int]]:
    found: dict[str, dict[ItemState, int]] = {one: {} for one in ids}
    rows = session.execute(
        select(TaskBatchItem.batch_id, TaskBatchItem.state, func.count())
        .where(TaskBatchItem.batch_id.in_(ids))
        .group_by(TaskBatchItem.batch_id, TaskBatchItem.state)
    )
    for batch_id, state, count in rows:
        found[batch_id][state] = count
    return found
