"""Whom the rule of a node names now: one is offered a task, or several, or nobody is there."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.processes import engine
from app.processes.models import Instance
from app.processes.service import running
from app.processes.types import IncidentKind
from app.tasks.assignment import Assignment, lines_of, resolve
from app.tasks.models import Task, Visit
from app.tasks.queries import last_deciders, shares_of
from app.tasks.service.barring import decided_before, on_the_form, passing
from app.tasks.types import TaskKind, TaskState

AGAIN = "decider:"
NOBODY = "“{}”没有可以办理的人"
ON_FORM = (
    "“{}”没有可以办理的人：任这个岗位的人都在申请表上或者已经办过，请另行任命，或者由领导写委托"
)


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
        due_at=visit.due_at,
    )


def offer(
    session: Session, task: Task, instance: Instance, node: engine.Node, now: datetime
) -> bool:
    """Whether there is anybody; who has another part in the visit is not."""
    found, barred = named(session, instance, node, now, besides=parts_beside(session, task))
    task.offer(
        found.only_person,
        found.keys,
        excluded=sorted(barred),
        is_shared=found.is_shared,
        for_id=found.principal_of(found.only_person),
    )
    return bool(found.people)


def parts_beside(session: Session, task: Task) -> frozenset[int]:
    """Who decides in the visit of this task by another share, or has one done for him."""
    if task.visit.shares == 1:
        return frozenset()
    others = [one for one in shares_of(session, task.visit) if one is not task and one.is_living]
    return frozenset(
        who for one in others if one.decides for who in (one.assignee_id, one.for_id) if who
    )


def named(
    session: Session,
    instance: Instance,
    node: engine.Node,
    now: datetime,
    besides: frozenset[int] = frozenset(),
) -> tuple[Assignment, frozenset[int]]:
    """Whom the rule names, and who may not be among them; `besides` decide otherwise."""
    decided = decided_before(session, instance, node)
    barred = {instance.requester_id} | decided | besides
    start = engine.load(session, instance.version_id).start.id
    if "person:requester" in lines_of(node) or start in passing(node):
        barred.discard(instance.requester_id)
    elif instance.is_confidential:
        # Two people know of it: whoever entered it keeps the part of his position, and who has
        # decided a step still decides no other (ADR 114).
        barred = set(decided | besides)
    for line in lines_of(node):  # who is to see it again has decided before
        if line.startswith(AGAIN):
            barred -= set(last_deciders(session, instance, line.removeprefix(AGAIN)))
    barred |= on_the_form(session, instance, node)
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


def say_nobody(session: Session, instance: Instance, node: engine.Node, now: datetime) -> None:
    running.open_incident(
        session,
        now=now,
        instance=instance,
        kind=IncidentKind.PEOPLE,
        node=node.id,
        cause=(ON_FORM if instance.barred else NOBODY).format(node.name),
        detail="；".join(lines_of(node)),
    )
