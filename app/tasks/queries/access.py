"""Getting a task: `access_task` is the only way to have one for an act."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, cast, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, contains_eager
from sqlalchemy.types import BigInteger, Text

from app.core.actor import Actor
from app.core.meeting import Meeting, Met
from app.identity.models import Unit
from app.processes.models import Instance
from app.processes.types import Suspended
from app.tasks import policy
from app.tasks.models import Task, Visit
from app.tasks.queries.runs import tasks_by_ids
from app.tasks.types import ACTIVE, UNFINISHED, NotYourTask, TaskNotFound, TaskState

Rule = Callable[[Actor, Task], bool]


def access_task(session: Session, task_id: int, actor: Actor, rule: Rule) -> Task:
    """Load the task for an act, with its instance locked: the lock of every act on a ticket.

    All rows are locked in one statement, so that a loser who waited sees what the winner wrote.
    Raises: TaskNotFound (absent or not the actor's to see), NotYourTask, Suspended.
    """
    given = {"task_id": task_id}
    if session.identity_map or session.new:
        task = session.scalars(_AMONG_OTHERS, given).first()
    else:
        task = _FOR_AN_ACT.first(session, given)
    if task is None or not _may_know(session, actor, task):
        raise TaskNotFound
    if not rule(actor, task):
        raise NotYourTask
    if task.instance.suspended_at is not None:
        raise Suspended
    return task


def lock_offered(session: Session, person_id: int, keys: Sequence[str]) -> Sequence[Task]:
    """Open tasks that this person has, or might take, for one of these positions; locked.

    Said arm by arm, each as its index has it: together they would walk all tasks there ever were.
    """
    nobodys, his = Task.assignee_id.is_(None), Task.assignee_id == person_id
    stands_in = Task.for_id == person_id
    arms = (
        and_(Task.state == TaskState.OPEN, nobodys),
        and_(Task.state.in_(ACTIVE), his),
        and_(Task.state.in_(ACTIVE), stands_in),
        and_(Task.state == TaskState.WAITING, or_(nobodys, his, stands_in)),
    )
    offered_by = Task.candidates.op("&&", is_comparison=True)(cast(list(keys), ARRAY(Text)))
    return session.scalars(
        select(Task)
        .join(Task.instance)
        .join(Task.visit)
        .where(or_(*(and_(arm, offered_by) for arm in arms)))
        .options(contains_eager(Task.instance), contains_eager(Task.visit))
        .order_by(Task.instance_id, Task.id)
        .with_for_update(of=(Instance, Task, Visit))
        .execution_options(populate_existing=True)
    ).all()


def is_waiting_for(keys: Sequence[str]) -> ColumnElement[bool]:
    """Not done yet, and somebody has it, or may take it, by one of these positions."""
    offered_by = Task.candidates.op("&&", is_comparison=True)(cast(list(keys), ARRAY(Text)))
    return and_(Task.state.in_(UNFINISHED), offered_by)


def lock_waiting_for(session: Session, keys: Sequence[str]) -> Sequence[Task]:
    """All of these whoever has them, locked. It reads every open task: a unit is merged seldom."""
    return session.scalars(
        select(Task)
        .join(Task.instance)
        .join(Task.visit)
        .where(is_waiting_for(keys))
        .options(contains_eager(Task.instance), contains_eager(Task.visit))
        .order_by(Task.instance_id, Task.id)
        .with_for_update(of=(Instance, Task, Visit))
        .execution_options(populate_existing=True)
    ).all()


def find_task(session: Session, task_id: int, actor: Actor) -> Task:
    """For reading only. Raises: TaskNotFound."""
    task = session.scalars(
        select(Task)
        .join(Task.instance)
        .join(Task.visit)
        .where(Task.id == task_id)
        .options(contains_eager(Task.instance), contains_eager(Task.visit))
    ).first()
    if task is None or not _may_know(session, actor, task):
        raise TaskNotFound
    return task


def known_tasks(session: Session, actor: Actor, ids: Collection[int]) -> dict[int, Task]:
    """Those of `ids` that the actor may know of."""
    found = tasks_by_ids(session, ids)
    return {task.id: task for task in found if _may_know(session, actor, task)}


def takes_part(session: Session, actor: Actor, instance_id: int) -> bool:
    """Has or had a task on this ticket, or is offered one now."""
    return bool(session.scalar(select(part_in(actor, instance_id))))


def part_in(actor: Actor, instance_id: Any) -> ColumnElement[bool]:
    """`takes_part` as a condition on a column.

    Asked run by run: without the offset PostgreSQL may, by a guess, read every task there is and
    keep the answers.
    """
    part = (Task.assignee_id == actor.person_id) | offered(actor)
    return select(Task.id).where(Task.instance_id == instance_id, part).offset(0).exists()


def offered(actor: Actor) -> ColumnElement[bool]:
    """`policy.is_candidate` in SQL."""
    return and_(
        Task.candidates.op("&&", is_comparison=True)(cast(actor.keys, ARRAY(Text))),
        ~Task.excluded.op("@>", is_comparison=True)(cast([actor.person_id], ARRAY(BigInteger))),
    )


def _may_know(session: Session, actor: Actor, task: Task) -> bool:
    """Whoever has a part in the ticket may know that the task exists."""
    if policy.can_see(actor, task) or task.instance.requester_id == actor.person_id:
        return True
    return takes_part(session, actor, task.instance_id)


# Each act asks these: they are put together once, with names where values go.
_LOCKING = (
    select(Task)
    .join(Task.instance)
    .join(Task.visit)
    .join(Instance.unit)
    .where(Task.id == bindparam("task_id"))
    .with_for_update(of=(Instance, Task, Visit))
)
_FOR_AN_ACT = Meeting(
    _LOCKING,
    (
        Met(Task),
        Met(Instance, Task, "instance"),
        Met(Visit, Task, "visit"),
        Met(Unit, Instance, "unit"),
    ),
)
_AMONG_OTHERS = _LOCKING.options(
    contains_eager(Task.instance).contains_eager(Instance.unit), contains_eager(Task.visit)
).execution_options(populate_existing=True)
