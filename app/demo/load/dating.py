"""The deadlines of what was poured and is open: by the calendar, as if it had been walked there.

Nobody is told of them: what lies years back would be told of all at once.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calendar.periods import Period
from app.calendar.terms import Counter, settled
from app.processes import engine
from app.processes.models import Instance
from app.tasks.models import Task, Visit
from app.tasks.service import handling_unit
from app.tasks.types import ACTIVE, VisitState


def date_open(session: Session) -> int:
    """Of steps that wait for somebody; answers how many got one."""
    counter, units, found = Counter(session, by_year=True), dict[str, int](), 0
    for task, visit, instance in session.execute(
        select(Task, Visit, Instance)
        .join(Visit, Visit.id == Task.visit_id)
        .join(Instance, Instance.id == Visit.instance_id)
        .where(Task.state.in_(ACTIVE), Visit.state == VisitState.OPEN, Visit.due_rule.is_(None))
        .order_by(Task.id)
    ):
        rule = engine.load(session, instance.version_id).node(task.node).properties.get("deadline")
        deadline = engine.deadline(rule)
        if deadline is None:
            continue
        place = f"{instance.unit_id}:{task.assignee_id}:{task.candidates}"
        if place not in units:
            units[place] = handling_unit(session, task, instance)
        visit.due_since, visit.due_unit_id = visit.opened_at, units[place]
        visit.due_rule, visit.due_found = settled(
            session, rule or "", deadline.parameter, visit.due_unit_id, visit.opened_at
        )
        deadline = engine.deadline(visit.due_rule) or deadline
        period = Period(deadline.count, deadline.unit)
        visit.ends(counter.count(visit.due_unit_id, period, visit.opened_at))
        task.due_at = visit.due_at
        found += 1
    return found
