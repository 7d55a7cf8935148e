"""Acting on behalf of somebody (代): asked at the act, and offered again when it changes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.core.actor import Actor
from app.identity.cover_types import CoverChanged
from app.identity.standins import deputies_of
from app.identity.types import PositionGained
from app.processes import engine
from app.processes.models import Instance
from app.tasks import policy
from app.tasks.covered import lock_climbed, lock_covered, was_begun, was_given
from app.tasks.models import Task
from app.tasks.queries import access_task, find_task
from app.tasks.service.apportioning import regroup
from app.tasks.service.recording import record_reoffered
from app.tasks.service.resolving import named, offer, say_nobody
from app.tasks.service.steering import who_has
from app.tasks.types import NotStandingIn, NotYourTask, TaskAlreadyClaimed, TaskNotFound
from app.tasks.voting import Rule

REMEMBERED = timedelta(days=1)
HAS_IT = "您已经不再代办这一件，现在由{}办理。您写的没有提交，可以复制下来交给他。"


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


def access_own(session: Session, task_id: int, actor: Actor, now: datetime) -> Task:
    """What is or was offered to this person. Who stood in a moment ago hears who has it now.

    Raises: TaskNotFound, NotYourTask, NotStandingIn, Suspended.
    """
    try:
        return access_task(session, task_id, actor, policy.can_claim)
    except (TaskNotFound, NotYourTask):
        _tell_who_stood_in(session, task_id, actor, now)
        raise


def find_own(session: Session, task_id: int, actor: Actor, now: datetime) -> Task:
    """For reading ahead of an act; answers as `access_own` does. Raises: TaskNotFound,
    NotStandingIn.
    """
    try:
        return find_task(session, task_id, actor)
    except TaskNotFound:
        _tell_who_stood_in(session, task_id, actor, now)
        raise


def _tell_who_stood_in(session: Session, task_id: int, actor: Actor, now: datetime) -> None:
    """Raises: NotStandingIn."""
    task = session.get(Task, task_id)
    if task is None or not _stood_in(session, task, actor, now):
        return
    given: dict[str, Any] = {"current": task.state.value, "version": task.version}
    if not task.is_unfinished:
        raise NotStandingIn(**given) from None
    told = HAS_IT.format(who_has(session, task, now) or "等着签收的人")
    raise NotStandingIn(told, **given) from None


def _stood_in(session: Session, task: Task, actor: Actor, now: datetime) -> bool:
    """It was offered to him, and was taken from him as his standing in ended, today or yesterday.

    Nobody else is told more than of a task that is missing.
    """
    number = session.get_one(Instance, task.instance_id).number
    reoffered = session.scalars(
        select(Event.data).where(
            Event.object == f"ticket:{number}",
            Event.kind == "task.reoffered",
            Event.at > now - REMEMBERED,
        )
    )
    return any(
        one["task"] == task.id and actor.username in one.get("left", ()) for one in reoffered
    )


def access_turn(
    session: Session, task_id: int, actor: Actor, version: int | None, now: datetime
) -> Task:
    """The task for an act of whose turn it is. Who was offered it and came too late hears so.

    Raises: NotYourTask, TaskAlreadyClaimed, TaskAlreadyDone, NotYourTurn, StalePage.
    """
    task = access_own(session, task_id, actor, now)
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
    found = lock_covered(session, event.person_id, event.keys, event.revoked)
    _offer_anew(session, found, event.at, event.person_id)


def on_position_gained(session: Session, event: PositionGained) -> None:
    """What a level above has for want of a holder, and nobody has begun, comes back down."""
    _offer_anew(session, lock_climbed(session, event.keys), event.at, event.person_id)


def _offer_anew(session: Session, found: Sequence[Task], now: datetime, person_id: int) -> None:
    grouped = set[int]()
    for task in found:
        instance = task.instance
        loaded = engine.load(session, instance.version_id)
        if not task.is_unfinished or _stays(session, task, loaded.key, now, person_id):
            continue
        if task.claimed_at is not None:  # a mandate was revoked
            task.release()
        node = loaded.node(task.node)
        if Rule.parse(task.visit.decide).is_shared:
            if task.visit_id not in grouped:
                grouped.add(task.visit_id)
                regroup(session, task.visit, instance, node, now)
            continue
        before = (task.assignee_id, task.candidates, task.for_id)
        if not offer(session, task, instance, node, now):
            say_nobody(session, instance, node, now)
        if (task.assignee_id, task.candidates, task.for_id) == before:
            continue
        record_reoffered(session, task, before[1], now=now)


def _stays(session: Session, task: Task, process: str, now: datetime, person_id: int) -> bool:
    """Somebody was given it and is there, or somebody else has begun with it."""
    if was_given(session, task) and _acts(session, task, process, now):
        return True
    is_others = task.assignee_id is not None and person_id not in (task.assignee_id, task.for_id)
    return is_others and was_begun(session, task)
