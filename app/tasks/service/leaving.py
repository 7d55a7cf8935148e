"""A task leaves somebody for good: what stays with him, and 离岗交接."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.identity.queries import actor_of
from app.identity.types import PersonRef
from app.processes import engine
from app.tasks.models import Task
from app.tasks.service.receiving import Ask, receiver
from app.tasks.service.recording import record_act
from app.tasks.service.resolving import new_share
from app.tasks.types import HANDED, TaskKind, TaskState
from forms import normalise


def keep_row(session: Session, task: Task, giver_id: int, words: str, now: datetime) -> None:
    """A row of it stays with whoever gave it away, to be read."""
    stays = new_share(task.visit, task.instance, now, kind=TaskKind.HANDED, state=TaskState.DONE)
    stays.parent_id, stays.opened_at, stays.claimed_at = task.id, task.opened_at, task.claimed_at
    stays.assignee_id, stays.for_id, stays.outcome = giver_id, task.for_id, HANDED
    stays.opinion = normalise.text(words) or None
    stays.done_at = stays.voided_at = now
    session.add(stays)
    task.visit.shares += 1


def hand_over_task(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    task: Task,
    leaver: PersonRef,
    to: str,
    reason: str,
) -> PersonRef:
    """An administrator gives a task of `leaver` to somebody who may have it. Raises: Invalid.

    The caller has locked the task with its instance.
    """
    node = engine.load(session, task.instance.version_id).node(task.node)
    giver = actor_of(session, leaver.id, now)
    found = receiver(Ask(session, task, node, giver, now, by_position=bool(task.candidates)), to)
    keep_row(session, task, task.assignee_id or leaver.id, reason, now)
    task.hand_to(found.person.id, found.keys, None)
    record_act(
        session,
        task,
        now=now,
        actor=actor,
        kind="task.handed_over",
        to=found.person.id,
        to_name=found.person.name,
        from_name=leaver.name,
        reason=reason,
    )
    return found.person
