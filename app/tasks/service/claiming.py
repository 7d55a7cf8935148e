"""Taking an offered task for oneself, and giving it back."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.tasks import policy
from app.tasks.models import Task
from app.tasks.service.recording import record_act
from app.tasks.service.resolving import parts_beside
from app.tasks.service.standing import access_own, stand
from app.tasks.types import NotYourTask


def claim(
    session: Session, *, actor: Actor, now: datetime, task_id: int, version: int | None = None
) -> Task:
    """Take an offered task for oneself; `version` is the one that was seen, where one was.

    Raises: NotYourTask, NotStandingIn, TaskAlreadyClaimed, StalePage.
    """
    task = access_own(session, task_id, actor, now)
    before = task.version
    if version is not None and task.is_unclaimed:
        task.expect(version)
    stand(session, task, actor, now)
    task.claim(actor.person_id, now)
    if task.version != before:
        record_act(session, task, now=now, actor=actor, kind="task.claimed")
    return task


def release(
    session: Session, *, actor: Actor, now: datetime, task_id: int, version: int | None
) -> Task:
    """Give a claimed task back to the others. Raises: NotYourTask, StalePage."""
    task = access_own(session, task_id, actor, now)
    task.expect(version)
    if not policy.can_release(actor, task):
        raise NotYourTask
    task.release()
    # Whom one let sign beside it, or after it, takes no second part.
    task.excluded = sorted({*task.excluded, *parts_beside(session, task)})
    record_act(session, task, now=now, actor=actor, kind="task.released")
    return task
