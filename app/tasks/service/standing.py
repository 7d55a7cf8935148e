"""Acting on behalf of somebody (代): asked at the act, and offered again when it changes."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.identity.cover_types import CoverChanged
from app.identity.standins import deputies_of
from app.processes import engine
from app.tasks import policy
from app.tasks.covered import lock_covered, was_given
from app.tasks.models import Task
from app.tasks.queries import access_task
from app.tasks.service.offering import named, offer, regroup, say_nobody
from app.tasks.service.recording import record_act
from app.tasks.types import NotYourTask, TaskAlreadyClaimed, TaskState
from app.tasks.voting import Rule


def stand(session: Session, task: Task, actor: Actor, now: datetime) -> None:
    """The task notes for whom this person is about to act. Raises: NotYourTask.

    Whoever holds a position that it is offered to acts for himself. Anybody else must be standing
    in now, whatever was so when it was offered; what he has claimed stays his.
    """
    if not task.is_active or not task.candidates:
        return
    if not policy.stands_in(actor, task):
        if task.is_unclaimed:
            task.for_id = None
        return
    node = engine.load(session, task.instance.version_id).node(task.node)
    principal = named(session, task.instance, node, now)[0].principal_of(actor.person_id)
    if principal is None:
        raise NotYourTask
    task.for_id = principal


def access_turn(
    session: Session, task_id: int, actor: Actor, version: int | None, now: datetime
) -> Task:
    """The task for an act of whose turn it is. Who was offered it and came too late hears so.

    Raises: NotYourTask, TaskAlreadyClaimed, TaskAlreadyDone, NotYourTurn, StalePage.
    """
    task = access_task(session, task_id, actor, policy.can_claim)
    if task.is_active and not policy.can_complete(actor, task):
        if task.assignee_id in (None, actor.person_id):  # the position behind it is gone
            raise NotYourTask
        raise TaskAlreadyClaimed(current=task.state.value, version=task.version)
    task.expect(version)
    stand(session, task, actor, now)
    return task


def _acts(session: Session, task: Task, process: str, now: datetime) -> bool:
    """Whoever has it is there himself."""
    ids = [task.assignee_id] if task.assignee_id else []
    return not deputies_of(session, ids, process=process, now=now)


def on_cover_changed(session: Session, event: CoverChanged) -> None:
    """Others act for this person from now on, or he does: what nobody has claimed is offered anew.

    Nobody left means an incident. What a deputy has claimed stays his, unless his mandate was
    revoked.
    """
    grouped = set[int]()
    for task in lock_covered(session, event.person_id, event.keys, event.revoked):
        instance = task.instance
        loaded = engine.load(session, instance.version_id)
        node = loaded.node(task.node)
        if was_given(session, task) and _acts(session, task, loaded.key, event.at):
            continue
        if task.state is TaskState.CLAIMED:
            task.release()
        if Rule.parse(task.visit.decide).is_shared:
            if task.visit_id not in grouped:
                grouped.add(task.visit_id)
                regroup(session, task.visit, instance, node, event.at)
            continue
        before = (task.assignee_id, task.candidates, task.for_id)
        if not offer(session, task, instance, node, event.at):
            say_nobody(session, instance, node, event.at)
        if (task.assignee_id, task.candidates, task.for_id) == before:
            continue
        task.version += 1  # an open page must not decide on what it has not seen
        record_act(session, task, now=event.at, actor=None, kind="task.reoffered")
