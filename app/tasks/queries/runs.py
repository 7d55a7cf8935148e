"""The visits and tasks of a run; whoever asks has found the run within reach."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from app.tasks.models import Task, Visit
from app.tasks.types import ACTIVE, UNFINISHED


def tasks_of(session: Session, instance_id: int) -> Sequence[Task]:
    return session.scalars(
        select(Task).where(Task.instance_id == instance_id).order_by(Task.id)
    ).all()


def tasks_by_ids(session: Session, ids: Collection[int]) -> Sequence[Task]:
    return session.scalars(
        select(Task)
        .join(Task.instance)
        .where(Task.id.in_(ids))
        .options(contains_eager(Task.instance))
        .order_by(Task.id)
    ).all()


def tasks_of_runs(session: Session, instance_ids: Collection[int]) -> dict[int, list[Task]]:
    """`tasks_of` for several at once."""
    found: dict[int, list[Task]] = {one: [] for one in instance_ids}
    for task in session.scalars(
        select(Task).where(Task.instance_id.in_(instance_ids)).order_by(Task.id)
    ):
        found[task.instance_id].append(task)
    return found


def meet_visits(session: Session, tasks: Sequence[Task]) -> Sequence[Visit]:
    """So that they are met through their tasks, as long as somebody holds them."""
    ids = {task.visit_id for task in tasks}
    return session.scalars(select(Visit).where(Visit.id.in_(ids))).all()


def tasks_with_visits(session: Session, instance_id: int) -> Sequence[Task]:
    return session.scalars(
        select(Task)
        .join(Task.visit)
        .where(Task.instance_id == instance_id)
        .options(contains_eager(Task.visit))
        .order_by(Task.id)
    ).all()


def shares_of(session: Session, visit: Visit) -> Sequence[Task]:
    """All tasks that a visit has had, those handed on and those made void too."""
    return session.scalars(select(Task).where(Task.visit_id == visit.id).order_by(Task.id)).all()


def unfinished_tasks(session: Session, instance_id: int) -> Sequence[Task]:
    """`active_tasks`, and those whose turn has not come."""
    return session.scalars(
        select(Task)
        .where(Task.instance_id == instance_id, Task.state.in_(UNFINISHED))
        .order_by(Task.id)
    ).all()


def active_tasks(session: Session, instance_id: int) -> Sequence[Task]:
    return session.scalars(
        select(Task)
        .where(Task.instance_id == instance_id, Task.state.in_(ACTIVE))
        .order_by(Task.id)
    ).all()


def active_of_runs(session: Session, instance_ids: Collection[int]) -> dict[int, list[Task]]:
    """`active_tasks` for several at once."""
    found: dict[int, list[Task]] = {one: [] for one in instance_ids}
    for task in session.scalars(
        select(Task)
        .where(Task.instance_id.in_(instance_ids), Task.state.in_(ACTIVE))
        .order_by(Task.id)
    ):
        found[task.instance_id].append(task)
    return found


def visit_key(session: Session, task: Task) -> str:
    return session.get_one(Visit, task.visit_id).key


def visit_by_key(session: Session, instance_id: int, key: str) -> Visit | None:
    return session.scalars(
        select(Visit).where(Visit.instance_id == instance_id, Visit.key == key)
    ).first()
