"""What a repair means for people: decisions that hold no longer, candidates anew."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.identity.queries import people_by_ids
from app.processes import engine
from app.processes.models import Instance
from app.processes.types import StepFailed
from app.tasks.assignment import lines_of, resolve
from app.tasks.models import Task
from app.tasks.queries import active_tasks
from app.tasks.service.offering import NOBODY, offer
from app.tasks.service.recording import record_act
from app.tasks.types import TaskState


def void_behind(
    session: Session, instance: Instance, target: str, behind: Collection[str], now: datetime
) -> list[Task]:
    """Decisions given at `target` and since, at what follows from it, will be asked for again.

    A step that was never decided is ahead of the ticket: nothing is void then.
    """
    loaded = engine.load(session, instance.version_id)
    done = session.scalars(
        select(Task)
        .where(Task.instance_id == instance.id, Task.state == TaskState.DONE)
        .where(Task.voided_at.is_(None))
        .order_by(Task.id)
    ).all()
    since = 0
    if target != loaded.start.id and loaded.node(target).kind == "user":
        since = max((task.id for task in done if task.node == target), default=0)
        if not since:
            return []
    found = [task for task in done if task.id >= since and task.node in behind]
    for task in found:
        task.voided_at = now
    return found


def reoffer(session: Session, instance: Instance, nodes: Collection[str], now: datetime) -> None:
    """Ask the diagram again who gets these nodes; what somebody has claimed stays with him.

    Raises: StepFailed, where nobody is left.
    """
    loaded = engine.load(session, instance.version_id)
    for task in active_tasks(session, instance.id):
        if task.node not in nodes or not task.is_unclaimed:
            continue
        before = (task.assignee_id, task.candidates)
        node = loaded.node(task.node)
        if not offer(session, task, instance, node, now):
            rules = "；".join(lines_of(node))
            raise StepFailed(instance.id, node.id, NOBODY.format(node.name), rules)
        if (task.assignee_id, task.candidates) != before:
            task.version += 1
            record_act(session, task, now=now, actor=None, kind="task.reoffered")


def who_has(session: Session, task: Task, now: datetime) -> str:
    """The holder of a task, or those who may take it."""
    ids: Collection[int] = (task.assignee_id,) if task.assignee_id else ()
    if not ids and task.candidates:
        instance = session.get_one(Instance, task.instance_id)
        ids = resolve(
            session,
            node=engine.load(session, instance.version_id).node(task.node),
            requester_id=instance.requester_id,
            unit_id=instance.unit_id,
            excluded=frozenset(task.excluded),
            now=now,
        ).people
    return " 或 ".join(person.name for person in people_by_ids(session, set(ids)).values())
