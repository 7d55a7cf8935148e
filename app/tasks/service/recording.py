"""The two last beats that all acts on a task share."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.audit.service import record
from app.core.actor import PERSON, Actor
from app.identity.models import Person
from app.tasks.models import Task, Visit
from app.tasks.queries import shares_of
from app.tasks.types import VisitState


def decide_visit(session: Session, task: Task, outcome: str, now: datetime) -> Visit:
    """The visit is over; whoever of it is not done need not act any more."""
    visit = session.get_one(Visit, task.visit_id)
    visit.state, visit.outcome, visit.closed_at = VisitState.DECIDED, outcome, now
    if visit.shares > 1:
        for share in shares_of(session, visit):
            if share.is_unfinished:
                share.cancel(now)
    return visit


def record_reoffered(
    session: Session, task: Task, candidates: Sequence[str], *, now: datetime
) -> None:
    """It goes to others than `candidates`; who stood in until now is named, to be told so (409)."""
    task.version += 1  # an open page must not decide on what it has not seen
    stood_in = {key for key in candidates if key.startswith(f"{PERSON}:")}
    left = sorted(key.partition(":")[2] for key in stood_in.difference(task.candidates))
    data = {"left": left} if left else {}
    record_act(session, task, now=now, actor=None, kind="task.reoffered", **data)


def record_act(
    session: Session, task: Task, *, now: datetime, actor: Actor | None, kind: str, **data: object
) -> None:
    if actor is not None and task.for_id is not None and task.assignee_id == actor.person_id:
        actor = replace(actor, acting_for=task.for_id)
        data |= {"for": task.for_id, "for_name": session.get_one(Person, task.for_id).name}
    record(
        session,
        now=now,
        actor=actor,
        kind=kind,
        object=f"ticket:{task.instance.number}",
        head=task.instance,
        data={
            "task": task.id,
            "node": task.node,
            "title": task.title,
            "submission": task.submission,
            **data,
        },
    )
