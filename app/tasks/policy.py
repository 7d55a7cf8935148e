"""Who may do what with a task; pure."""

from app.core.actor import Actor
from app.tasks.models import Task
from app.tasks.types import TaskState


def is_candidate(actor: Actor, task: Task) -> bool:
    """Offered to one of the actor's positions, and not barred by an earlier part in the ticket."""
    if actor.person_id in task.excluded:
        return False
    return not set(actor.keys).isdisjoint(task.candidates)


def can_claim(actor: Actor, task: Task) -> bool:
    """The task is or was offered to this person, or is his already."""
    return task.assignee_id == actor.person_id or is_candidate(actor, task)


def stands_in(actor: Actor, task: Task) -> bool:
    """Not by a position of his own, but for somebody who holds one: is that so still?

    What he has claimed stays his.
    """
    if task.state is TaskState.CLAIMED and task.assignee_id == actor.person_id:
        return False
    return bool(task.candidates) and set(actor.own_keys).isdisjoint(task.candidates)


def can_release(actor: Actor, task: Task) -> bool:
    """Only what one took from others; what was assigned to one alone has nobody to go back to."""
    return (
        task.state is TaskState.CLAIMED and task.assignee_id == actor.person_id and task.is_shared
    )


def can_complete(actor: Actor, task: Task) -> bool:
    """The assignee, or a candidate as long as nobody has it (completing takes it).

    Who was offered it for a position must still hold one that it is offered to.
    """
    if task.assignee_id not in (None, actor.person_id):
        return False
    if task.assignee_id is not None and not task.candidates:  # meant for this person himself
        return actor.person_id not in task.excluded
    return is_candidate(actor, task)


def can_take_back(actor: Actor, task: Task) -> bool:
    """Who decided it, while he holds a position that it was offered to."""
    return task.assignee_id == actor.person_id and (
        not task.candidates or is_candidate(actor, task)
    )


def has(actor: Actor, task: Task) -> bool:
    """It is or was this person's own share."""
    return task.assignee_id == actor.person_id


def can_see(actor: Actor, task: Task) -> bool:
    return task.assignee_id == actor.person_id or is_candidate(actor, task)
