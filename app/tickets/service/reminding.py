"""Whoever has a step is told when its deadline comes near, the next leader when it is over.

Nothing is decided by it; where the diagram says so, nobody is waited for any more (`lapsing`).
What is due is the row's own `due_next_at`: whatever stood still for days is told in the order of
the moments, each once (ADR 106).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, literal, select, union_all, update
from sqlalchemy.orm import Session

from app.audit.service import note
from app.calendar.lights import Horizon, Light
from app.calendar.marks import Marked, MarkKind
from app.calendar.periods import day_of
from app.calendar.terms import Counter
from app.core import events
from app.identity.queries import people_by_ids
from app.processes.models import Instance
from app.tasks.models import Task, Visit
from app.tasks.queries import active_tasks
from app.tasks.service import may_act
from app.tasks.superiors import superior_of
from app.tasks.types import VisitState
from app.tickets.dues import WHOLE
from app.tickets.models import Ticket
from app.tickets.recounts import Reminder
from app.tickets.service.lapsing import lapse
from app.tickets.types import DeadlineEscalated, DeadlineNear

REMINDED, ESCALATED = "ticket.reminded", "ticket.escalated"
LATER = timedelta(hours=1)  # after one that broke
Kind = type[Visit] | type[Ticket]
OPEN: Mapping[Kind, ColumnElement[bool]] = {
    Visit: Visit.state == VisitState.OPEN,
    Ticket: Ticket.closed_at.is_(None),
}


@dataclass(frozen=True)
class Waiting:
    """A deadline of which somebody is to be told now."""

    kind: Kind
    id: int


def next_reminder(session: Session, now: datetime) -> Waiting | None:
    """The deadline that has waited longest, locked with its run; others of it are passed by."""
    for kind in _by_age(session, now):
        found = session.scalars(
            select(kind.id)
            .join(Instance, Instance.id == kind.instance_id)
            .where(OPEN[kind], kind.due_next_at <= now)
            .order_by(kind.due_next_at, kind.id)
            .limit(1)
            .with_for_update(of=(Instance, kind), skip_locked=True)
        ).first()
        if found is not None:
            return Waiting(kind, found)
    return None


def remind(session: Session, waiting: Waiting, now: datetime) -> None:
    """Tell of the first mark that has come, and note when the next one does. Raises: StepFailed."""
    row = _row(session, waiting)
    instance = session.get_one(Instance, row.instance_id, populate_existing=True)
    opened_at = row.opened_at if isinstance(row, Visit) else row.submitted_at or row.created_at
    counter = Counter(session)
    ahead = counter.mark(row, opened_at)
    if not ahead or ahead[0].at > now:  # a notice has moved it, or the clock was set back
        return
    row.due_told = [*(row.due_told or ()), ahead[0].mark.text]
    counter.mark(row, opened_at)
    if ahead[0].mark.kind is MarkKind.LAPSE and isinstance(row, Visit):
        lapse(session, row, instance, now)
    else:
        _tell(session, row, instance, ahead[0], now)


def _row(session: Session, waiting: Waiting) -> Visit | Ticket:
    if waiting.kind is Visit:
        return session.get_one(Visit, waiting.id, populate_existing=True)
    return session.get_one(Ticket, waiting.id, populate_existing=True)


def put_off(session: Session, waiting: Waiting, now: datetime) -> None:
    """It broke: those behind it go first."""
    kind = waiting.kind
    session.execute(update(kind).where(kind.id == waiting.id).values(due_next_at=now + LATER))


def _by_age(session: Session, now: datetime) -> list[Kind]:
    """Steps or whole tickets, whichever has waited longer first; neither where nothing waits."""
    kinds: tuple[Kind, ...] = (Visit, Ticket)
    oldest = [
        select(literal(n).label("n"), kind.due_next_at.label("at"))
        .where(OPEN[kind], kind.due_next_at <= now)
        .order_by(kind.due_next_at)
        .limit(1)
        .subquery()
        for n, kind in enumerate(kinds)
    ]
    rows = session.execute(union_all(*(select(one.c.n, one.c.at) for one in oldest))).all()
    return [kinds[row.n] for row in sorted(rows, key=lambda row: (row.at, row.n))]


def _tell(
    session: Session, row: Visit | Ticket, instance: Instance, marked: Marked, now: datetime
) -> None:
    tasks = [
        task
        for task in active_tasks(session, instance.id)
        if isinstance(row, Ticket) or task.visit_id == row.id
    ]
    assert row.due_at is not None  # noqa: S101 - it has a mark
    unit_id = row.due_unit_id or instance.unit_id
    holders = tuple(dict.fromkeys(one for task in tasks for one in may_act(session, task, now)))
    light = Horizon(session, unit_id, now).light(row.due_at) or Light.GREEN
    told = DeadlineNear(
        instance.id,
        instance.number,
        instance.title,
        row.id if isinstance(row, Visit) else None,
        tuple(task.id for task in tasks),
        row.title if isinstance(row, Visit) else WHOLE,
        row.due_at,
        light.value,
        holders,
        now,
    )
    if marked.mark.kind is MarkKind.ESCALATE:
        _escalate(session, instance, told, tasks, unit_id, marked)
    else:
        _keep(session, instance, REMINDED, told, holders, marked)
        events.publish(session, told)


def _escalate(
    session: Session,
    instance: Instance,
    told: DeadlineNear,
    tasks: Sequence[Task],
    unit_id: int,
    marked: Marked,
) -> None:
    """Of each share the next leader above; where nobody is, that is said and it stays."""
    above = [] if instance.is_confidential else tasks  # R14: nobody above hears of it
    found = [superior_of(session, task, unit_id, told.people, told.at) for task in above]
    leaders = tuple(dict.fromkeys(one for each in found for one in each.people))
    keys = list(dict.fromkeys(key for each in found for key in each.keys))
    _keep(session, instance, ESCALATED, told, leaders, marked, keys)
    events.publish(session, DeadlineEscalated(**asdict(told), leaders=leaders))


def _keep(
    session: Session,
    instance: Instance,
    kind: str,
    told: DeadlineNear,
    people: Sequence[int],
    marked: Marked,
    keys: Sequence[str] = (),
) -> None:
    """A line in the ticket's chain, and a row."""
    names = [one.name for one in people_by_ids(session, set(people)).values()]
    note(
        session,
        instance,
        kind,
        now=told.at,
        actor=None,
        what=told.what,
        due=day_of(told.due_at).isoformat(),
        light=told.light,
        tasks=list(told.tasks),
        names="、".join(names),
        share=marked.mark.share,
    )
    session.add(
        Reminder(
            instance_id=instance.id,
            visit_id=told.visit_id,
            mark=marked.mark.text,
            due_at=told.due_at,
            people=list(people),
            keys=list(keys),
            at=told.at,
        )
    )
