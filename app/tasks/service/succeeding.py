"""机构调整: what waits for the positions of one unit waits for those of another from now on."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.identity.types import UnitSucceeded, keys_in
from app.processes import engine
from app.tasks.models import Task
from app.tasks.queries import lock_waiting_for
from app.tasks.service.recording import record_act
from app.tasks.service.resolving import named, offer, say_nobody
from app.tasks.types import TaskKind
from app.tasks.voting import Rule


def on_unit_succeeded(session: Session, event: UnitSucceeded) -> None:
    """Whoever has a task keeps it; what nobody has is offered to those who hold it there now.

    Nobody left means an incident. Safe to repeat: it finds what was opened meanwhile.
    """
    moved = dict(zip(keys_in(event.unit_code), keys_in(event.successor_code), strict=True))
    for task in lock_waiting_for(session, list(moved)):
        task.candidates = list(dict.fromkeys(moved.get(key, key) for key in task.candidates))
        if task.assignee_id is None:
            task.version += 1  # an open page must not take what it has not seen
            _offer(session, task, event.at)
        record_act(
            session,
            task,
            now=event.at,
            actor=None,
            kind="task.succeeded",
            unit=event.unit_code,
            to=event.successor_code,
        )


def _offer(session: Session, task: Task, now: datetime) -> None:
    """By the rule of its node, which looks into the successor now."""
    instance = task.instance
    node = engine.load(session, instance.version_id).node(task.node)
    if task.kind is TaskKind.MAIN and not Rule.parse(task.visit.decide).is_shared:
        kept = task.candidates
        if offer(session, task, instance, node, now):
            return
        task.candidates = kept
    elif named(session, instance, node, now)[0].people:
        return
    say_nobody(session, instance, node, now)
