"""When a visit is due: counted when it opens, on the calendar of the unit that handles it.

A deadline asks for an act; it never makes one. Nothing is decided because a day is over: where
the diagram says that a step lapses, the token goes on from it undecided.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calendar.marks import SHARE, SHARE_OF_HOURS, Mark, MarkKind
from app.calendar.periods import HOURS, WORKING_DAYS, Period
from app.calendar.terms import Counter, settled, since_of
from app.core.actor import PERSON
from app.identity.models import Person
from app.identity.queries import find_unit_by_code
from app.processes import engine
from app.processes.models import Instance
from app.processes.queries import latest_answers
from app.tasks.models import Task, Visit
from app.tasks.queries import shares_of
from app.tasks.types import VisitState

DEFAULTS: Mapping[MarkKind, str] = {
    MarkKind.REMIND: "1wd, 0",
    MarkKind.ESCALATE: "+1wd",
    MarkKind.LAPSE: "none",
}
DEFAULTS_OF_HOURS: Mapping[MarkKind, str] = {**DEFAULTS, MarkKind.REMIND: "1h"}


def set_due(
    session: Session, visit: Visit, task: Task, instance: Instance, node: engine.Node, now: datetime
) -> None:
    """All shares of a visit are due together. `task` is the first of them, with who may take it."""
    rule = rule_of(session, node, instance)
    deadline = engine.deadline(rule)
    if deadline is None:
        return
    answers = latest_answers(session, instance.id) if deadline.field else instance.variables
    visit.due_unit_id = handling_unit(session, task, instance)
    visit.due_rule, visit.due_found = settled(
        session, rule or "", deadline.parameter, visit.due_unit_id, now
    )
    visit.due_marks = marks_of(
        engine.deadline(visit.due_rule) or deadline,
        node.properties,
        engine.load(session, instance.version_id).definition.properties,
    )
    visit.due_since = since_of(deadline.field or deadline.variable, answers, now)
    if deadline.pauses and (before := _sent_back(session, visit)):
        visit.go_on_from(before, before.closed_at or now, now)
    recount(Counter(session), visit, [task])
    if visit.shares > 1:
        recount_shares(visit, shares_of(session, visit))


def rule_of(session: Session, node: engine.Node, instance: Instance) -> str | None:
    """`deadline`, or that of `deadline_when` where the start form says so."""
    other = engine.when(node.properties.get("deadline_when"))
    if other and latest_answers(session, instance.id).get(other.field) == other.word:
        return other.rule
    return node.properties.get("deadline")


def marks_of(deadline: engine.Deadline, *says: Mapping[str, str]) -> list[str]:
    """When somebody is told: as the step says, else its process, else as for every deadline."""
    default = DEFAULTS_OF_HOURS if deadline.unit == HOURS else DEFAULTS
    found = []
    for kind in MarkKind:
        text = next((own[kind] for own in says if kind in own), default[kind])
        for one in engine.moments(text):
            unit = one.unit or (HOURS if deadline.unit == HOURS else WORKING_DAYS)
            if unit == SHARE and deadline.unit == HOURS:
                unit = SHARE_OF_HOURS
            found.append(Mark(kind, one.count, unit).text)
    return found


def run_on(session: Session, again: Task, before: Visit) -> None:
    """Whoever takes his decision back gains no time by it."""
    visit = session.get_one(Visit, again.visit_id)
    visit.carry(before)
    recount_shares(visit, shares_of(session, visit))


def stop_clocks(session: Session, instance_id: int, now: datetime) -> None:
    """The run is held: nobody can act."""
    for visit in _open(session, instance_id):
        visit.stop_clock(now)


def start_clocks(session: Session, instance_id: int, now: datetime) -> None:
    counter = Counter(session)
    for visit in _open(session, instance_id):
        visit.start_clock(now)
        recount(counter, visit, shares_of(session, visit))


def _open(session: Session, instance_id: int) -> Sequence[Visit]:
    return session.scalars(
        select(Visit).where(
            Visit.instance_id == instance_id,
            Visit.state == VisitState.OPEN,
            Visit.due_rule.is_not(None),
        )
    ).all()


def _sent_back(session: Session, visit: Visit) -> Visit | None:
    """The visit before of this node, if a return undid it; a drawn loop comes here anew."""
    before = session.scalars(
        select(Visit)
        .where(
            Visit.instance_id == visit.instance_id,
            Visit.node == visit.node,
            Visit.closed_at.is_not(None),
            Visit.due_since.is_not(None),
        )
        .order_by(Visit.id.desc())
        .limit(1)
    ).first()
    if before is None or before.state is VisitState.CANCELLED:
        return before
    return before if any(one.voided_at for one in shares_of(session, before)) else None


def recount(counter: Counter, visit: Visit, tasks: Sequence[Task]) -> None:
    """Count anew by what the visit keeps."""
    deadline = engine.deadline(visit.due_rule)
    if deadline is None or visit.due_since is None:
        return
    period = Period(deadline.count, deadline.unit)
    visit.ends(counter.count(visit.due_unit_id, period, visit.due_since, visit.pauses))
    counter.mark(visit, visit.opened_at)
    recount_shares(visit, tasks)


def recount_shares(visit: Visit, tasks: Sequence[Task]) -> None:
    for task in tasks:
        if task.is_unfinished:
            task.due_at = visit.due_at


def handling_unit(session: Session, task: Task, instance: Instance) -> int:
    """That of the position that may take it, else of whom it waits for, else the requester's."""
    codes = (key.partition(":")[2] for key in task.candidates if not key.startswith(f"{PERSON}:"))
    code = next(codes, None)
    if code is not None:
        met = (unit for unit in session.info.get("units", ()) if unit.code == code)
        unit = next(met, None) or find_unit_by_code(session, code)
        if unit is not None:
            return unit.id
    if task.assignee_id is not None:
        return session.get_one(Person, task.assignee_id).unit_id
    return instance.unit_id
