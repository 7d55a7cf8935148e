"""Who watches deadlines, who may ask for an answer and who gives it; pure.

A 督办 decides nothing: who may decide a step is the diagram's to say.
"""

from collections.abc import Collection, Iterable

from app.core.actor import Actor
from app.tasks.models import Task
from app.tasks.policy import can_see
from app.tickets.policy import LEADERS

AUDITOR = "auditor"


def can_list(actor: Actor) -> bool:
    return actor.holds(*LEADERS, AUDITOR)


def reach(actor: Actor, scope: str) -> list[str]:
    """Paths of the subtrees that he watches; `scope` is what he may see at all."""
    paths = [held.unit_path for held in actor.positions if held.position in LEADERS]
    return [*paths, scope] if actor.holds(AUDITOR) else paths


def can_supervise(actor: Actor, paths: Iterable[str], escalated: Collection[str]) -> bool:
    """`paths`: of the unit that asked and of those that handle it; `escalated`: the keys of the
    positions that it went up to.
    """
    leads = [held.unit_path for held in actor.positions if held.position in LEADERS]
    if any(path.startswith(own) for path in paths for own in leads):
        return True
    return not set(actor.keys).isdisjoint(escalated)


def can_answer(actor: Actor, tasks: Iterable[Task]) -> bool:
    """`tasks` that are open; who may take one may answer for it."""
    return any(can_see(actor, task) for task in tasks)


def can_close(actor: Actor, opened_by_id: int, tasks: Iterable[Task], *, leads: bool) -> bool:
    """Who asked; and another leader, but nobody who is asked himself (`tasks`)."""
    if actor.person_id == opened_by_id:
        return True
    return leads and not can_answer(actor, tasks)


def has_it_himself(actor: Actor, tasks: Collection[Task]) -> bool:
    return bool(tasks) and all(task.assignee_id == actor.person_id for task in tasks)
