"""Visits open and close; their tasks are offered to whom `assign` names, and offered again."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.identity.queries import actor_of
from app.identity.types import PositionLost
from app.processes import engine
from app.processes.models import Instance
from app.processes.service import running
from app.processes.types import (
    IncidentKind,
    InstanceSubmitted,
    OfferAgain,
    StepFailed,
    VisitOpened,
    VisitsCancelled,
)
from app.tasks.assignment import Assignment, lines_of, resolve
from app.tasks.models import Task, Visit
from app.tasks.queries import (
    active_tasks,
    deciders,
    last_deciders,
    lock_offered,
    shares_of,
    unfinished_tasks,
    visit_by_key,
)
from app.tasks.service.drawn import SUBMIT
from app.tasks.service.recording import decide_visit, record_act
from app.tasks.service.settling import drop, living, move_on, settle
from app.tasks.types import TaskKind, TaskState, VisitState
from app.tasks.voting import Decide, Rule

AGAIN = "decider:"
NOBODY = "“{}”没有可以办理的人"


def open_visit(session: Session, event: VisitOpened) -> None:
    """A token arrived: offer the node to whom `assign` names.

    The start form of a first draft opens no task: the draft stands in 草稿 until it is submitted.
    """
    instance = session.get_one(Instance, event.instance_id)
    loaded = engine.load(session, instance.version_id)
    node = loaded.node(event.node)
    is_start = node.id == loaded.start.id
    if is_start and instance.submission_count == 0:
        return
    visit = Visit(
        instance_id=instance.id,
        key=event.visit,
        node=node.id,
        title="补正重报" if is_start else node.name,
        round=event.round,
        decide="any" if is_start else node.properties.get("decide", "any"),
        shares=1,
        opened_at=event.at,
    )
    task = new_share(visit, instance, event.at)
    if is_start:
        task.assignee_id = instance.requester_id
    elif Rule.parse(visit.decide).is_shared:
        share_out(session, visit, [task], instance, node, event.at)
    elif not offer(session, task, instance, node, event.at):
        say_nobody(session, instance, node, event.at)
    session.add(task)


def new_share(
    visit: Visit,
    instance: Instance,
    now: datetime,
    *,
    kind: TaskKind = TaskKind.MAIN,
    state: TaskState = TaskState.OPEN,
) -> Task:
    """Somebody's part in a visit; who has it is the caller's to say."""
    return Task(
        visit=visit,
        instance_id=instance.id,
        node=visit.node,
        title=visit.title,
        round=visit.round,
        submission=instance.submission_count,
        kind=kind,
        state=state,
        version=1,
        place=0,
        candidates=[],
        excluded=[],
        opened_at=now,
    )


def share_out(
    session: Session,
    visit: Visit,
    group: Sequence[Task],
    instance: Instance,
    node: engine.Node,
    now: datetime,
) -> None:
    """Everybody whom the rule names has a task of his own; nobody at all is an incident.

    `group` is all that the visit has had. Who is named no longer and has not begun is left out; who
    is named anew comes last. What was handed on stays with its receiver, and goes not back.
    """
    found, barred = named(session, instance, node, now)
    handed = [one for one in group if one.kind is TaskKind.HANDED]
    mains = [task for task in living(group) if task.kind is TaskKind.MAIN]
    moved = {one.parent_id for one in handed}
    free = [task for task in mains if task.assignee_id is None and task.is_unfinished]
    for task in mains:
        gone = task.assignee_id is not None and task.assignee_id not in found.people
        if gone and task.id not in moved and task.state in (TaskState.OPEN, TaskState.WAITING):
            drop(group, task, now)
    there = {task.assignee_id for task in living(group)}
    there |= {one.assignee_id for one in handed if one.parent_id in {task.id for task in mains}}
    place = max((task.place for task in mains if task not in free), default=-1) + 1
    for person in found.people:
        if person in there:
            continue
        if free:
            task = free.pop()
        else:
            task = new_share(visit, instance, now)
            session.add(task)
            visit.shares += 1
        task.offer(
            person,
            found.keys_of(person),
            excluded=sorted(barred),
            is_shared=False,
            for_id=found.principal_of(person),
        )
        task.place, place = place, place + 1
        if Rule.parse(visit.decide).kind is Decide.IN_ORDER and task.place and task.is_active:
            task.state = TaskState.WAITING
    if found.people or any(
        task.holds or (task.assignee_id and task.is_unfinished) for task in mains
    ):
        return
    if not free:  # it must be seen that it waits
        session.add(new_share(visit, instance, now))
        visit.shares += 1
    say_nobody(session, instance, node, now)


def offer_again(session: Session, event: OfferAgain) -> None:
    """Nobody could take the node: look again who may, by the same rule. Raises: StepFailed.

    What somebody has in hand or could take by now stays as it is.
    """
    instance = session.get_one(Instance, event.instance_id)
    node = engine.load(session, instance.version_id).node(event.node)
    for task in active_tasks(session, instance.id):
        if task.node != node.id or task.assignee_id is not None:
            continue
        visit = session.get_one(Visit, task.visit_id)
        if not named(session, instance, node, event.at)[0].people:
            rules = "；".join(lines_of(node))
            raise StepFailed(instance.id, node.id, NOBODY.format(node.name), rules)
        if Rule.parse(visit.decide).is_shared:
            share_out(session, visit, shares_of(session, visit), instance, node, event.at)
        else:
            offer(session, task, instance, node, event.at)
        task.version += 1


def pass_on(session: Session, event: PositionLost) -> None:
    """Somebody may no longer act for these positions: what waited for him goes to who may.

    Nobody left means an incident; what was claimed goes back to the others.
    """
    for task in lock_offered(session, event.person_id, event.keys):
        instance = task.instance
        node = engine.load(session, instance.version_id).node(task.node)
        if Rule.parse(task.visit.decide).is_shared:
            # The others decide; who is named instead joins them.
            drop(shares_of(session, task.visit), task, event.at)
            record_act(session, task, now=event.at, actor=None, kind="task.reoffered")
            regroup(session, task.visit, instance, node, event.at)
            continue
        before = (task.assignee_id, task.candidates)
        if not offer(session, task, instance, node, event.at):
            say_nobody(session, instance, node, event.at)
        if (task.assignee_id, task.candidates) == before:
            continue
        task.version += 1  # an open page must not decide on what it has not seen
        record_act(session, task, now=event.at, actor=None, kind="task.reoffered")


def close_visits(session: Session, event: VisitsCancelled) -> None:
    """Tokens are gone: their visits and tasks are void."""
    for visit in session.scalars(
        select(Visit).where(
            Visit.instance_id == event.instance_id,
            Visit.key.in_(event.visits),
            Visit.state == VisitState.OPEN,
        )
    ):
        visit.state, visit.closed_at = VisitState.CANCELLED, event.at
        for task in unfinished_tasks(session, event.instance_id):
            if task.visit_id == visit.id:
                task.cancel(event.at)


def close_amendment(session: Session, event: InstanceSubmitted) -> None:
    """The form came in again: the 补正 task that asked for it is done."""
    visit = visit_by_key(session, event.instance_id, event.visit)
    if visit is None:
        return
    for task in active_tasks(session, event.instance_id):
        if task.visit_id == visit.id:
            task.finish(event.person_id, SUBMIT, "", event.at)
            decide_visit(session, task, SUBMIT, event.at)


def offer(
    session: Session, task: Task, instance: Instance, node: engine.Node, now: datetime
) -> bool:
    """Whether there is anybody."""
    found, barred = named(session, instance, node, now)
    task.offer(
        found.only_person,
        found.keys,
        excluded=sorted(barred),
        is_shared=found.is_shared,
        for_id=found.principal_of(found.only_person),
    )
    return bool(found.people)


def named(
    session: Session,
    instance: Instance,
    node: engine.Node,
    now: datetime,
    besides: frozenset[int] = frozenset(),
) -> tuple[Assignment, frozenset[int]]:
    """Whom the rule names, and who may not be among them; `besides` are about to decide."""
    decided = deciders(session, instance.id, instance.submission_count)
    barred = {instance.requester_id} | decided | besides
    if "person:requester" in lines_of(node):
        barred.discard(instance.requester_id)
    for line in lines_of(node):  # who is to see it again has decided before
        if line.startswith(AGAIN):
            barred -= set(last_deciders(session, instance, line.removeprefix(AGAIN)))
    found = resolve(
        session,
        process=engine.load(session, instance.version_id).key,
        node=node,
        requester_id=instance.requester_id,
        unit_id=instance.unit_id,
        excluded=frozenset(barred),
        now=now,
        instance=instance,
    )
    return found, frozenset(barred)


def regroup(
    session: Session, visit: Visit, instance: Instance, node: engine.Node, now: datetime
) -> None:
    """Ask again who decides this visit together; what is decided by those who stay, counts."""
    share_out(session, visit, shares_of(session, visit), instance, node, now)
    session.flush()  # who joined is read again
    outcome = settle(session, visit, node, now)
    if outcome is not None:
        actor = actor_of(session, instance.requester_id, now)
        task = shares_of(session, visit)[0]
        move_on(session, task=task, outcome=outcome, actor=actor, now=now)


def say_nobody(session: Session, instance: Instance, node: engine.Node, now: datetime) -> None:
    running.open_incident(
        session,
        now=now,
        instance=instance,
        kind=IncidentKind.PEOPLE,
        node=node.id,
        cause=NOBODY.format(node.name),
        detail="；".join(lines_of(node)),
    )
