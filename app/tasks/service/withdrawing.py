"""撤回 by who decided last: as long as nothing has come of it (ADR 83)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.identity.standins import deputies_of
from app.processes import engine
from app.processes.models import NodeLog
from app.processes.queries import node_log, node_logs
from app.processes.service import running
from app.processes.types import AlreadyMoved
from app.tasks import policy
from app.tasks.models import Task
from app.tasks.queries import (
    access_task,
    meet_visits,
    shares_of,
    tasks_of_runs,
    tasks_with_visits,
    unfinished_tasks,
)
from app.tasks.service.drawn import SUBMIT
from app.tasks.service.recording import record_act
from app.tasks.service.resolving import new_share
from app.tasks.service.settling import arrange, living
from app.tasks.service.timing import run_on
from app.tasks.service.undoing import effects_since
from app.tasks.types import (
    HANDED,
    RETURN,
    NotWithdrawable,
    NotYourTask,
    StalePage,
    TaskKind,
    TaskState,
    VisitState,
)
from app.tasks.voting import Decide, Rule

MAX_REASON = 500
VOID = "这一步的办理已经作废，不用再撤回。"
SENT_BACK = "退回已经送出，不能撤回：等对方重新办了，会再到您这里。"
ACTED = "后面的人已经办了，不能撤回。需要改的，请正在办理的人退回到您这一步。"
JOINED = "并行的几步都办完了，已经合到一起往下走，不能撤回。需要改的，请正在办理的人退回。"
MOVED = "系统管理员已经把这件移到别的环节，不能撤回。需要改的，请联系系统管理员。"
TOGETHER = "这一步几个人已经一起定了，不能单独撤回。需要改的，请正在办理的人退回。"
READ = "您的意见已经送回给请您看的人，不能撤回；有变化请直接告诉他。"
HANDED_ON = "这件已经转给别人办，不用撤回。"
OVER = "这件已经办完，不能撤回。"
EFFECT = "系统已经照您的办理结果办了“{}”，不能撤回。需要改的，请正在办理的人退回。"


@dataclass(frozen=True)
class Obstacle:
    """Why a decision cannot be taken back; `is_news` where its owner could not know it."""

    words: str
    is_news: bool = False


def withdraw_task(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    task_id: int,
    version: int | None,
    reason: str = "",
) -> Task:
    """The decision is void, the node is open again for who made it, what followed is cancelled.

    Raises: NotYourTask, StalePage, NotWithdrawable.
    """
    task = access_task(session, task_id, actor, policy.can_take_back)
    found = obstacle(session, task)
    if found is not None:
        raise NotWithdrawable(found.words, current=task.state.value, version=task.version)
    if version != task.version:
        raise StalePage(current=task.state.value, version=task.version)
    if task.for_id is not None and not _still_stands_in(session, task, now):
        raise NotYourTask
    task.take_back(now)
    session.flush()  # or he would be barred from his own step: `deciders` reads the table
    record_act(
        session, task, now=now, actor=actor, kind="task.withdrawn", reason=reason[:MAX_REASON]
    )
    if task.visit.state is VisitState.OPEN:
        _again(session, task, now)
        return task
    running.return_to(session, actor=actor, now=now, instance=task.instance, node=task.node)
    again = _reopened(session, task, actor)
    run_on(session, again, task.visit)
    if task.candidates and not policy.can_complete(actor, again):  # the rule names others by now
        if not set(task.candidates) & set(actor.keys):
            raise NotYourTask
        again.hand_to(actor.person_id, task.candidates, task.for_id)  # it had been handed to him
    if again.is_active:  # else others of the visit go first
        again.claim(actor.person_id, now)
    return task


def _reopened(session: Session, task: Task, actor: Actor) -> Task:
    """What the node asks of him now: of several shares his own, or that of who gave him his.

    Nobody else's. Raises: NotYourTask.
    """
    found = [one for one in unfinished_tasks(session, task.instance_id) if one.node == task.node]
    own = (one for one in found if one.assignee_id == actor.person_id)
    if len(found) == 1:
        return found[0]
    givers = {
        one.assignee_id
        for one in shares_of(session, task.visit)
        if one.kind is TaskKind.HANDED and one.parent_id == task.id
    }
    given = (one for one in found if one.assignee_id and one.assignee_id in givers | {task.for_id})
    mine = next(own, None) or next(given, None)
    if mine is None:
        raise NotYourTask
    return mine


def _still_stands_in(session: Session, task: Task, now: datetime) -> bool:
    """Whoever decided it for somebody takes it back while he may act for him."""
    process = engine.load(session, task.instance.version_id).key
    found = deputies_of(session, [task.for_id or 0], process=process, now=now)
    return any(one.person_id == task.assignee_id for group in found.values() for one in group)


def _again(session: Session, task: Task, now: datetime) -> None:
    """The others of the visit have not finished: this share alone is open again."""
    visit = task.visit
    again = new_share(visit, task.instance, now, kind=task.kind)
    again.offer(
        task.assignee_id,
        task.candidates,
        excluded=task.excluded,
        is_shared=task.is_shared,
        for_id=task.for_id,
    )
    again.parent_id, again.place = task.parent_id, task.place
    session.add(again)
    visit.shares += 1
    session.flush()
    group = shares_of(session, visit)
    for one in group:
        if one.parent_id == task.id and one.is_unfinished:
            one.parent_id = again.id
    if again.assignee_id is not None:
        again.claim(again.assignee_id, now)
    arrange(living(group), Rule.parse(visit.decide), now)


def obstacle(session: Session, task: Task) -> Obstacle | None:
    """What stands in the way of taking this decision back; None when nothing does."""
    return _obstacle(
        session,
        task,
        tasks_with_visits(session, task.instance_id),
        node_log(session, task.instance_id),
    )


def withdrawable(session: Session, actor: Actor, tasks: Sequence[Task]) -> set[int]:
    """Which of these could be taken back now; so many statements, however many they are."""
    asked = [
        one
        for one in tasks
        if one.holds
        and one.instance.ended_at is None
        and one.instance.suspended_at is None
        and policy.can_take_back(actor, one)
    ]
    if not asked:
        return set()
    runs = {one.instance_id for one in asked}
    of_run, logs = tasks_of_runs(session, runs), node_logs(session, runs)
    _visits = meet_visits(session, asked)  # theirs alone: nobody asks for those of the others
    return {
        one.id
        for one in asked
        if _obstacle(session, one, of_run[one.instance_id], logs[one.instance_id]) is None
    }


def _obstacle(
    session: Session, task: Task, tasks: Sequence[Task], log: Sequence[NodeLog]
) -> Obstacle | None:
    instance = task.instance
    if task.outcome in (RETURN, SUBMIT, HANDED):
        return Obstacle(SENT_BACK if task.outcome != HANDED else HANDED_ON)
    if task.state is not TaskState.DONE or not task.holds:
        return Obstacle(VOID)
    if instance.ended_at is not None:
        return Obstacle(OVER)
    if task.visit.state is VisitState.CANCELLED:  # a repair took the ticket away from it
        return Obstacle(MOVED, is_news=True)
    group = [one for one in tasks if one.visit_id == task.visit_id and one.id != task.id]
    if any(one.is_unfinished and one.decides for one in group):  # the visit is still open
        in_order = Rule.parse(task.visit.decide).kind is Decide.IN_ORDER
        return _obstacle_within(task, group, in_order=in_order)
    if any(one.holds and one.decides for one in group):
        return Obstacle(TOGETHER, is_news=True)
    try:
        undone = engine.undone(session, instance, task.node)
    except AlreadyMoved:
        return Obstacle(JOINED, is_news=True)
    if not undone.tokens:  # nothing that follows from it is left to be taken away
        return Obstacle(MOVED, is_news=True)
    if any(one.id > task.id and one.holds and one.node in undone.nodes for one in tasks):
        return Obstacle(ACTED)
    loaded = engine.load(session, instance.version_id)
    if effects := effects_since(loaded, log, task.node, "completed", undone.nodes):
        return Obstacle(EFFECT.format("、".join(one.name for one in effects)), is_news=True)
    return None


def _obstacle_within(task: Task, group: Sequence[Task], *, in_order: bool) -> Obstacle | None:
    """While the others still decide: nobody may have gone on from this share."""
    if task.advises:
        return Obstacle(READ)
    followed = any(
        (one.kind is TaskKind.AFTER and one.parent_id == task.id)
        or (in_order and one.kind is task.kind is TaskKind.MAIN and one.place > task.place)
        for one in group
        if one.holds
    )
    return Obstacle(ACTED) if followed else None
