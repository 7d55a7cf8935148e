"""Visits open and close; their tasks are offered to whom `assign` names, and offered again."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

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
from app.tasks.assignment import lines_of, resolve
from app.tasks.models import Task, Visit
from app.tasks.queries import active_tasks, deciders, lock_offered, visit_by_key
from app.tasks.service.drawn import SUBMIT
from app.tasks.service.recording import decide_visit, record_act
from app.tasks.types import VisitState

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
        decide=node.properties.get("decide", "any"),
        opened_at=event.at,
    )
    task = Task(
        visit=visit,
        instance_id=instance.id,
        node=node.id,
        title=visit.title,
        round=event.round,
        submission=instance.submission_count,
        candidates=[],
        excluded=[],
        opened_at=event.at,
    )
    if is_start:
        task.assignee_id = instance.requester_id
    elif not offer(session, task, instance, node, event.at):
        _say_nobody(session, instance, node, event.at)
    session.add(task)


def offer_again(session: Session, event: OfferAgain) -> None:
    """Nobody could take the node: look again who may, by the same rule. Raises: StepFailed.

    What somebody has in hand or could take by now stays as it is.
    """
    instance = session.get_one(Instance, event.instance_id)
    node = engine.load(session, instance.version_id).node(event.node)
    for task in active_tasks(session, instance.id):
        if task.node != node.id or task.assignee_id is not None:
            continue
        if not offer(session, task, instance, node, event.at):
            rules = "；".join(lines_of(node))
            raise StepFailed(instance.id, node.id, NOBODY.format(node.name), rules)
        task.version += 1


def pass_on(session: Session, event: PositionLost) -> None:
    """Somebody may no longer act for these positions: what waited for him goes to who may.

    Nobody left means an incident; what was claimed goes back to the others.
    """
    for task in lock_offered(session, event.person_id, event.keys):
        instance = task.instance
        node = engine.load(session, instance.version_id).node(task.node)
        before = (task.assignee_id, task.candidates)
        if not offer(session, task, instance, node, event.at):
            _say_nobody(session, instance, node, event.at)
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
        for task in active_tasks(session, event.instance_id):
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
    barred = {instance.requester_id} | deciders(session, instance.id, instance.submission_count)
    if "person:requester" in lines_of(node):
        barred.discard(instance.requester_id)
    found = resolve(
        session,
        node=node,
        requester_id=instance.requester_id,
        unit_id=instance.unit_id,
        excluded=frozenset(barred),
        now=now,
    )
    task.offer(found.only_person, found.keys, excluded=sorted(barred), is_shared=found.is_shared)
    return bool(found.people)


def _say_nobody(session: Session, instance: Instance, node: engine.Node, now: datetime) -> None:
    running.open_incident(
        session,
        now=now,
        instance=instance,
        kind=IncidentKind.PEOPLE,
        node=node.id,
        cause=NOBODY.format(node.name),
        detail="；".join(lines_of(node)),
    )
