"""Visits open and close; their tasks are offered to whom `assign` names, and offered again."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.identity.types import PositionLost
from app.processes import engine
from app.processes.models import Instance
from app.processes.types import (
    InstanceSubmitted,
    OfferAgain,
    StepFailed,
    VisitOpened,
    VisitsCancelled,
)
from app.tasks.assignment import lines_of
from app.tasks.models import Visit
from app.tasks.queries import (
    active_tasks,
    lock_offered,
    shares_of,
    unfinished_tasks,
    visit_by_key,
)
from app.tasks.service.apportioning import regroup, share_out
from app.tasks.service.drawn import SUBMIT
from app.tasks.service.recording import decide_visit, record_act, record_reoffered
from app.tasks.service.resolving import NOBODY, named, new_share, offer, say_nobody
from app.tasks.service.settling import drop
from app.tasks.service.timing import set_due
from app.tasks.types import VisitState
from app.tasks.voting import Rule


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
    set_due(session, visit, task, instance, node, event.at)


def offer_again(session: Session, event: OfferAgain) -> None:
    """Nobody could take the node: look again who may, by the same rule. Raises: StepFailed.

    What somebody has in hand or could take by now stays as it is.
    """
    instance = session.get_one(Instance, event.instance_id)
    node = engine.load(session, instance.version_id).node(event.node)
    for task in unfinished_tasks(session, instance.id):
        if task.node != node.id or task.assignee_id is not None or not task.is_unfinished:
            continue
        visit = session.get_one(Visit, task.visit_id)
        rules = "；".join(lines_of(node))
        nobody = StepFailed(instance.id, node.id, NOBODY.format(node.name), rules)
        if Rule.parse(visit.decide).is_shared:
            if not named(session, instance, node, event.at)[0].people:
                raise nobody
            regroup(session, visit, instance, node, event.at)
            if task.assignee_id is None and task.is_unfinished:
                raise nobody  # others decide, but not for whom it waits
        elif not offer(session, task, instance, node, event.at):
            raise nobody
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
        record_reoffered(session, task, before[1], now=event.at)


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
