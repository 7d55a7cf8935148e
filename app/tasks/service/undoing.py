"""What a return takes back and what it leaves: for the act itself, and to be read before it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.crypto import canonical, digest
from app.identity.queries import people_by_ids
from app.identity.types import PersonRef
from app.processes import engine
from app.processes.models import NodeLog
from app.processes.queries import node_log
from app.tasks import policy
from app.tasks.assignment import Assignment, lines_of, resolve
from app.tasks.models import Task
from app.tasks.naming import expected
from app.tasks.queries import find_task, tasks_with_visits, visit_key
from app.tasks.service.barring import on_the_form
from app.tasks.service.drawn import SUBMIT, actions_of, outcomes_of
from app.tasks.types import RETURN, NotReturnable, NotYourTask, TaskAlreadyDone, TaskState


@dataclass(frozen=True)
class Reach:
    """The other tasks of a ticket as a return to one node meets them."""

    node: str
    cancelled: tuple[Task, ...]  # open ones
    void: tuple[Task, ...]  # done ones
    stays: tuple[Task, ...]  # open or done, and not touched
    behind: frozenset[str]  # the nodes that are undone

    @property
    def mark(self) -> str:
        """Another one when the return would touch other tasks: what was read is out of date."""
        touched = ([task.id for task in group] for group in (self.cancelled, self.void))
        return digest(canonical([self.node, *touched]))[:16]


@dataclass(frozen=True)
class Share:
    """A task in words; `person` is nobody while it waits for anybody, `label` what was decided."""

    task: Task
    person: PersonRef | None
    label: str = ""


@dataclass(frozen=True)
class Undoing:
    """A return as it is read before it is confirmed."""

    node: str
    title: str
    is_start: bool
    opens_for: tuple[PersonRef, ...]
    cancelled: tuple[Share, ...]
    void: tuple[Share, ...]
    stays_open: tuple[Share, ...]
    stays_done: tuple[Share, ...]
    effects: tuple[engine.Node, ...]  # what the system did meanwhile: a return leaves it as it is
    mark: str


def preview_return(
    session: Session, *, actor: Actor, now: datetime, task_id: int, node: str | None
) -> Undoing:
    """For whoever could return it now; `node` is the start form by default.

    Raises: TaskNotFound, NotYourTask, NotReturnable.
    """
    task = find_task(session, task_id, actor)
    if not policy.can_complete(actor, task):
        raise NotYourTask
    if not task.is_active:
        raise TaskAlreadyDone(current=task.state.value, version=task.version)
    loaded = engine.load(session, task.instance.version_id)
    target = node or loaded.start.id
    if RETURN not in actions_of(loaded.node(task.node)) or not task.decides:
        raise NotReturnable("这一步不能退回。")
    if target not in return_targets(session, task):
        raise NotReturnable
    return undoing(session, task, target, now)


def return_targets(session: Session, task: Task) -> tuple[str, ...]:
    """The user nodes behind this task that could open again."""
    return engine.return_targets(session, task.instance, visit_key(session, task))


def reach_of(session: Session, task: Task, node: str) -> Reach:
    """What a return of this task to `node` would touch. Raises: AlreadyMoved."""
    instance = task.instance
    undone = engine.undone(session, instance, node)
    keys = {visit.key for visit in undone.visits}
    others = [one for one in tasks_with_visits(session, instance.id) if one.id != task.id]
    since = 0  # whatever was decided on a form is void once the form is open again
    if node != engine.load(session, instance.version_id).start.id:
        since = first_of_last_visit(others, node)
    cancelled = [one for one in others if one.is_unfinished and one.visit.key in keys]
    void = [one for one in others if one.holds and one.id >= since and one.node in undone.nodes]
    touched = {one.id for one in (*cancelled, *void)}
    stays = [one for one in others if (one.is_unfinished or one.holds) and one.id not in touched]
    return Reach(node, tuple(cancelled), tuple(void), tuple(stays), undone.nodes)


def first_of_last_visit(tasks: Sequence[Task], node: str) -> int:
    """The first decision that still holds of the last visit of `node`; 0 where there is none."""
    held = [one for one in tasks if one.node == node and one.holds]
    return min((one.id for one in held if one.visit_id == held[-1].visit_id), default=0)


def undoing(session: Session, task: Task, node: str, now: datetime) -> Undoing:
    """The same in words, with who would get the node. Raises: AlreadyMoved."""
    instance = task.instance
    loaded = engine.load(session, instance.version_id)
    reach = reach_of(session, task, node)
    is_start = node == loaded.start.id
    asked = Assignment(people=(instance.requester_id,))
    receivers = asked if is_start else _receivers(session, task, reach, now)
    touched = (*reach.cancelled, *reach.void, *reach.stays)
    names = people_by_ids(
        session, {*receivers.everybody, *(one.assignee_id for one in touched if one.assignee_id)}
    )
    return Undoing(
        node=node,
        title=loaded.node(node).name,
        is_start=is_start,
        opens_for=tuple(
            replace(names[person], name=name)
            for person, name in zip(receivers.people, expected(receivers, names), strict=True)
        ),
        cancelled=_shares(loaded, reach.cancelled, names),
        void=_shares(loaded, reach.void, names),
        stays_open=_shares(loaded, (t for t in reach.stays if t.is_unfinished), names),
        stays_done=_shares(loaded, (t for t in reach.stays if not t.is_unfinished), names),
        effects=effects_since(
            loaded, node_log(session, instance.id), node, "entered", reach.behind
        ),
        mark=reach.mark,
    )


def effects_since(
    loaded: engine.Loaded,
    log: Sequence[NodeLog],
    node: str,
    event: str,
    behind: frozenset[str],
) -> tuple[engine.Node, ...]:
    """What the system did at the nodes `behind` since `node` was last entered or completed."""
    found: dict[str, engine.Node] = {}
    for entry in reversed(log):
        if (entry.node, entry.event) == (node, event):
            break
        if entry.is_completed and entry.node in behind:
            done = loaded.definition.nodes.get(entry.node)
            if done is not None and engine.has_effect(done):
                found.setdefault(done.id, done)
    return tuple(reversed(found.values()))


def _receivers(session: Session, task: Task, reach: Reach, now: datetime) -> Assignment:
    """Who would be offered the node: as when it opens, with what is void by then."""
    instance = task.instance
    loaded = engine.load(session, instance.version_id)
    node = loaded.node(reach.node)
    barred = {instance.requester_id}
    if "person:requester" in lines_of(node):
        barred.clear()
    barred |= {
        person
        for one in reach.stays
        if one.state is TaskState.DONE and one.submission == instance.submission_count
        for person in (one.assignee_id, one.for_id)
        if person
    }
    barred |= on_the_form(session, instance, node)
    return resolve(
        session,
        process=loaded.key,
        node=node,
        requester_id=instance.requester_id,
        unit_id=instance.unit_id,
        excluded=frozenset(barred),
        now=now,
        instance=instance,
    )


def _shares(
    loaded: engine.Loaded, tasks: Iterable[Task], names: Mapping[int, PersonRef]
) -> tuple[Share, ...]:
    """Decisions of people; that somebody sent a form or sent it back is no decision on it."""
    return tuple(
        Share(task, names.get(task.assignee_id or 0), _label(loaded, task))
        for task in tasks
        if task.outcome not in (SUBMIT, RETURN)
    )


def _label(loaded: engine.Loaded, task: Task) -> str:
    outcomes = outcomes_of(loaded.node(task.node))
    return next((one.label for one in outcomes if one.value == task.outcome), task.outcome or "")
