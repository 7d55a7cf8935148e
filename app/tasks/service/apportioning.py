"""A visit of several people: everybody whom the rule names has a share, and keeps or passes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.identity.queries import actor_of
from app.identity.standins import deputies_of
from app.processes import engine
from app.processes.models import Instance
from app.tasks.assignment import Assignment
from app.tasks.models import Task, Visit
from app.tasks.queries import shares_of
from app.tasks.service.recording import record_reoffered
from app.tasks.service.resolving import named, new_share, say_nobody
from app.tasks.service.settling import drop, living, move_on, settle
from app.tasks.types import TaskKind, TaskState
from app.tasks.voting import Decide, Rule


@dataclass(frozen=True)
class _Round:
    """One look at who decides a visit; `there` are those whose word it has or waits for."""

    session: Session
    visit: Visit
    instance: Instance
    node: engine.Node
    group: Sequence[Task]
    found: Assignment
    excluded: list[int]
    there: set[int]
    now: datetime

    def is_open_to(self, person: int) -> bool:
        """Neither he nor whom he stands in for, nor who stands in for him, has a share."""
        return person not in self.there and self.found.principal_of(person) not in self.there

    def give(self, task: Task, person: int) -> None:
        principal = self.found.principal_of(person)
        task.offer(
            person,
            self.found.keys_of(person),
            excluded=self.excluded,
            is_shared=False,
            for_id=principal,
        )
        self.there.update({person, principal or person})

    def pass_on(self, task: Task, person: int | None) -> None:
        """To somebody else, or to nobody yet."""
        before = task.candidates
        if person is None:
            task.offer(None, before, excluded=self.excluded, is_shared=False)
        else:
            self.give(task, person)
        record_reoffered(self.session, task, before, now=self.now)


def share_out(
    session: Session,
    visit: Visit,
    group: Sequence[Task],
    instance: Instance,
    node: engine.Node,
    now: datetime,
) -> None:
    """Everybody whom the rule names has a task of his own; nobody at all is an incident.

    `group` is all that the visit has had. What somebody has not begun goes, as it is, to who is
    named in his stead. Where he is away and nobody is, it waits for somebody, with an incident;
    else it is left out. Who is named anew comes last. What was handed on stays with its receiver,
    and goes not back.
    """
    found, barred = named(session, instance, node, now)
    gone = _gone(group, found)
    there = _there(group, gone)
    look = _Round(session, visit, instance, node, group, found, sorted(barred), there, now)
    for task in gone:
        _pass_on(look, task)
    kept = _join(look)
    if found.people and not kept:
        return
    mains = [one for one in living(group) if one.kind is TaskKind.MAIN]
    if not kept and any(one.holds or (one.assignee_id and one.is_unfinished) for one in mains):
        return
    if not any(one.is_unfinished for one in mains):  # it must be seen that it waits
        session.add(new_share(visit, instance, now))
        visit.shares += 1
    say_nobody(session, instance, node, now)


def _gone(group: Sequence[Task], found: Assignment) -> list[Task]:
    """What has not been begun by who is named no longer."""
    moved = {one.parent_id for one in group if one.kind is TaskKind.HANDED}
    return [
        task
        for task in _mains(group)
        if task.assignee_id is not None
        and task.assignee_id not in found.people
        and task.id not in moved
        and task.state in (TaskState.OPEN, TaskState.WAITING)
        and task.claimed_at is None
    ]


def _there(group: Sequence[Task], gone: Sequence[Task]) -> set[int]:
    """Who has decided or will; those for whom he does; who handed a share on."""
    mains = {task.id for task in _mains(group)}
    shares = [one for one in living(group) if one.decides and one not in gone]
    shares += [one for one in group if one.kind is TaskKind.HANDED and one.parent_id in mains]
    return {who for one in shares for who in (one.assignee_id, one.for_id) if who}


def _pass_on(look: _Round, task: Task) -> None:
    heir = _heir(look, task)
    if heir is not None or _is_missed(look, task):
        look.pass_on(task, heir)
    else:
        drop(look.group, task, look.now)


def _heir(look: _Round, task: Task) -> int | None:
    """Who stands in for him, for whom he stood in, or who came to hold the same position."""
    found = look.found
    able = [person for person in found.people if look.is_open_to(person)]
    theirs = {task.assignee_id, task.for_id}
    own = (one for one in able if theirs & {one, found.principal_of(one)})
    same = (one for one in able if set(found.keys_of(one)) & set(task.candidates))
    return next(own, None) or next(same, None)


def _is_missed(look: _Round, task: Task) -> bool:
    """He is away, and neither a deputy nor a colleague signs for that position."""
    if set(task.candidates) & set(look.found.keys):
        return False
    whom = task.for_id or task.assignee_id
    process = engine.load(look.session, look.instance.version_id).key
    stood_in = deputies_of(look.session, [whom] if whom else [], process=process, now=look.now)
    return whom in stood_in and bool(task.candidates)


def _join(look: _Round) -> list[Task]:
    """Who is named and has no share gets one; answers those that nobody has."""
    found, mains = look.found, _mains(look.group)
    free = [task for task in mains if task.assignee_id is None and task.is_unfinished]
    place = max((task.place for task in mains if task not in free), default=-1) + 1
    for person in found.people:
        if not look.is_open_to(person):
            continue
        task = _free_for(free, found.keys_of(person))
        if task is None:
            task = new_share(look.visit, look.instance, look.now)
            look.session.add(task)
            look.visit.shares += 1
        else:
            free.remove(task)
        if task.candidates:
            look.pass_on(task, person)
        else:
            look.give(task, person)
            task.place, place = place, place + 1
        if _goes_in_turn(look.visit) and task.place and task.is_active:
            task.state = TaskState.WAITING
    for task in free:
        if set(task.candidates) & set(found.keys) or (found.people and not task.candidates):
            drop(look.group, task, look.now)
    kept = [task for task in free if task.is_unfinished]
    for task in kept:  # who has a share takes no second one, whatever position he holds
        task.excluded = sorted({*look.excluded, *look.there})
    return kept


def _free_for(free: Sequence[Task], keys: Sequence[str]) -> Task | None:
    """A share that waits for this position, or for anybody."""
    fits = (task for task in free if not task.candidates or set(task.candidates) & set(keys))
    return next(fits, None)


def _goes_in_turn(visit: Visit) -> bool:
    return Rule.parse(visit.decide).kind is Decide.IN_ORDER


def _mains(group: Sequence[Task]) -> list[Task]:
    return [task for task in living(group) if task.kind is TaskKind.MAIN]


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
