"""What a repair means for people: decisions that hold no longer, candidates anew."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.identity.queries import people_by_ids
from app.processes import engine
from app.processes.models import Instance
from app.processes.types import StepFailed
from app.tasks.assignment import lines_of, resolve
from app.tasks.models import Task, Visit
from app.tasks.queries import active_tasks, unfinished_tasks
from app.tasks.service.apportioning import regroup
from app.tasks.service.recording import record_act
from app.tasks.service.resolving import NOBODY, offer
from app.tasks.service.undoing import first_of_last_visit
from app.tasks.types import TaskKind, TaskState, VisitState
from app.tasks.voting import Rule


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
        since = first_of_last_visit(done, target)
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
    for visit in _shared_visits(session, instance, nodes):
        regroup(session, visit, instance, loaded.node(visit.node), now)
    for task in active_tasks(session, instance.id):
        visit = session.get_one(Visit, task.visit_id)
        if (
            task.node not in nodes
            or not task.is_unclaimed
            or task.kind is not TaskKind.MAIN
            or Rule.parse(visit.decide).is_shared
        ):
            continue
        before = (task.assignee_id, task.candidates)
        node = loaded.node(task.node)
        if not offer(session, task, instance, node, now):
            rules = "；".join(lines_of(node))
            raise StepFailed(instance.id, node.id, NOBODY.format(node.name), rules)
        if (task.assignee_id, task.candidates) != before:
            task.version += 1
            record_act(session, task, now=now, actor=None, kind="task.reoffered")


def _shared_visits(session: Session, instance: Instance, nodes: Collection[str]) -> Sequence[Visit]:
    asked = {one.visit_id for one in unfinished_tasks(session, instance.id) if one.node in nodes}
    visits = [session.get_one(Visit, one) for one in sorted(asked)]
    return [
        one for one in visits if one.state is VisitState.OPEN and Rule.parse(one.decide).is_shared
    ]


def who_has(session: Session, task: Task, now: datetime) -> str:
    """The holder of a task, or those who may take it."""
    ids = set(may_act(session, task, now))
    return " 或 ".join(person.name for person in people_by_ids(session, ids).values())


def may_act(session: Session, task: Task, now: datetime) -> tuple[int, ...]:
    """Its holder, or those who may take it."""
    if task.assignee_id:
        return (task.assignee_id,)
    if not task.candidates:
        return ()
    instance = session.get_one(Instance, task.instance_id)
    loaded = engine.load(session, instance.version_id)
    return resolve(
        session,
        process=loaded.key,
        node=loaded.node(task.node),
        requester_id=instance.requester_id,
        unit_id=instance.unit_id,
        excluded=frozenset(task.excluded),
        now=now,
        instance=instance,
    ).people
