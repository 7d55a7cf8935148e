"""Reads: deadlines that are near or over within a reader's reach, and what was asked for."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, false, func, or_, select
from sqlalchemy.orm import Session, aliased, join

from app.calendar.lights import Horizon, explained
from app.core.actor import Actor
from app.core.paging import Page, page_by_key
from app.identity.models import Person, Unit
from app.identity.queries import (
    called_at,
    in_subtree,
    name_then,
    people_by_ids,
    scope_path,
    units_named,
)
from app.identity.types import PersonRef
from app.supervision import policy
from app.supervision.models import Supervision, SupervisionAnswer
from app.supervision.types import (
    EVERYTHING,
    AnswerRow,
    Asked,
    DueRow,
    Lamp,
    MayNotList,
    State,
    SupervisionNotFound,
    SupervisionRow,
    What,
)
from app.tasks.models import Task, Visit
from app.tasks.naming import acting, named_in
from app.tasks.queries import active_of_runs, active_tasks
from app.tasks.service import handling_unit
from app.tasks.types import ACTIVE, VisitState
from app.tickets import policy as tickets
from app.tickets.dues import WHOLE
from app.tickets.models import Ticket
from app.tickets.queries import access_ticket, is_visible
from app.tickets.recounts import Reminder
from app.tickets.types import TicketNotFound

PAGE = 50
Handling = aliased(Unit)  # the unit whose calendar counts: it handles the step
Kind = type[Visit] | type[Ticket]


def list_dues(
    session: Session,
    actor: Actor,
    horizon: Horizon,
    *,
    what: What = What.STEPS,
    asked: Asked = EVERYTHING,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[DueRow]:
    """What is due first comes first. Raises: MayNotList."""
    if not policy.can_list(actor):
        raise MayNotList
    kind: Kind = Ticket if what is What.WHOLE else Visit
    told = _told_to(actor, kind)
    statement = (
        select(Ticket, Person.name, called_at(Ticket.opened_at), kind, told, kind.due_at, kind.id)
        .select_from(_of_tickets(kind))
        .join(Person, Ticket.requester_id == Person.id)
        .join(Unit, Ticket.unit_id == Unit.id)
        .join(Handling, Handling.id == kind.due_unit_id)
        .where(kind.due_at.is_not(None), *_running(kind), _within(session, actor, told))
        .where(*_narrowed(session, kind, asked, horizon, told))
    )
    key = (kind.due_at, kind.id)
    page = page_by_key(session, statement, key=key, cursor=cursor, limit=limit, descending=False)
    runs = [row[0].instance_id for row in page.items]
    tasks, standing = active_of_runs(session, runs), _standing(session, runs)
    names = people_by_ids(session, named_in(task for group in tasks.values() for task in group))
    return page.map(lambda row: _due(row, horizon, tasks, names, standing))


def _of_tickets(kind: Kind) -> Any:
    return (
        Ticket if kind is Ticket else join(Visit, Ticket, Ticket.instance_id == Visit.instance_id)
    )


def _running(kind: Kind) -> Iterator[ColumnElement[bool]]:
    yield Visit.state == VisitState.OPEN if kind is Visit else Ticket.closed_at.is_(None)


def _told_to(actor: Actor, kind: Kind) -> ColumnElement[bool]:
    """Whether it went up to a position of the reader's."""
    visit = Reminder.visit_id == Visit.id if kind is Visit else Reminder.visit_id.is_(None)
    return exists().where(
        Reminder.instance_id == kind.instance_id,
        visit,
        Reminder.keys != [],
        Reminder.keys.overlap(actor.keys),
    )


def _within(session: Session, actor: Actor, told: ColumnElement[bool]) -> ColumnElement[bool]:
    """Asked for by a unit of the reader's, handled there, or gone up to him; and visible to him."""
    paths = policy.reach(actor, scope_path(session, actor))
    near = [in_subtree(path, unit) for path in paths for unit in (Unit, Handling)]
    return and_(or_(told, *near), is_visible(session, actor))


def _narrowed(
    session: Session, kind: Kind, asked: Asked, horizon: Horizon, told: ColumnElement[bool]
) -> Iterator[ColumnElement[bool]]:
    now, soon = horizon.now, horizon.soon_ends
    if asked.lamp is not Lamp.ALL:
        yield func.coalesce(func.cardinality(kind.due_pauses), 0) % 2 == 0
    if asked.lamp is Lamp.RED:
        yield kind.due_at <= now
    elif asked.lamp is Lamp.YELLOW:
        yield and_(kind.due_at > now, kind.due_at < soon)
    elif asked.lamp is Lamp.GREEN:
        yield kind.due_at >= soon
    elif asked.lamp is None:
        yield kind.due_at < soon
    if asked.process:
        yield Ticket.process == asked.process
    if asked.unit:
        units = units_named(session, asked.unit)
        yield or_(Ticket.unit_id.in_(units), kind.due_unit_id.in_(units))
    if asked.person:
        yield _held_by(kind, asked.person)
    if asked.escalated:
        yield told


def _held_by(kind: Kind, name: str) -> ColumnElement[bool]:
    """Somebody of that name has a step of it in hand."""
    holder = aliased(Person)
    share = Task.visit_id == Visit.id if kind is Visit else Task.instance_id == Ticket.instance_id
    return exists(
        select(Task.id)
        .join(holder, holder.id == Task.assignee_id)
        .where(share, Task.state.in_(ACTIVE), holder.name.icontains(name, autoescape=True))
        .correlate(kind)
    )


def _standing(session: Session, runs: Sequence[int]) -> dict[tuple[int, int | None], State]:
    rows = session.execute(
        select(Supervision.instance_id, Supervision.visit_id, Supervision.state).where(
            Supervision.instance_id.in_(runs), Supervision.state != State.CLOSED
        )
    )
    return {(run, visit): state for run, visit, state in rows}


def _due(
    row: Any,
    horizon: Horizon,
    tasks: Mapping[int, Sequence[Task]],
    names: Mapping[int, PersonRef],
    standing: Mapping[tuple[int, int | None], State],
) -> DueRow:
    ticket, requester, unit, due, told = row[:5]
    is_step = isinstance(due, Visit)
    own = [one for one in tasks[ticket.instance_id] if not is_step or one.visit_id == due.id]
    shown = horizon.show(
        due.due_at,
        stands=due.is_paused,
        told=explained(due.due_skipped, is_estimate=due.due_is_estimate),
        is_estimate=due.due_is_estimate,
    )
    assert shown is not None  # noqa: S101 - it has a deadline
    run = ticket.instance_id
    return DueRow(
        number=ticket.number,
        title=ticket.title,
        process_title=ticket.process_title,
        what=due.title if is_step else WHOLE,
        unit_name=unit,
        requester_name=requester,
        holders="、".join(dict.fromkeys(acting(one, names) or "待签收" for one in own)),
        shown=shown,
        is_escalated=bool(told),
        supervision=standing.get((run, due.id if is_step else None)) or standing.get((run, None)),
    )


# ── what was asked for ──


def list_supervisions(
    session: Session,
    actor: Actor,
    today: date,
    *,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[SupervisionRow]:
    """Those that stand, what was asked first at the top: of tickets that the reader's units asked
    for, of steps that they handle, and his own. Raises: MayNotList.
    """
    if not policy.can_list(actor):
        raise MayNotList
    scope = scope_path(session, actor)
    paths = policy.reach(actor, scope)
    near = (in_subtree(path, unit) for path in paths for unit in (Unit, Handling))
    within = and_(in_subtree(scope), or_(false(), *near), ~Ticket.is_confidential)
    own = and_(Supervision.opened_by_id == actor.person_id, is_visible(session, actor))
    statement = (
        select(
            *(Supervision, Ticket.number, Ticket.title),
            *(called_at(Ticket.opened_at), Supervision.id),
        )
        .join(Ticket, Ticket.instance_id == Supervision.instance_id)
        .join(Unit, Unit.id == Ticket.unit_id)
        .outerjoin(Visit, Visit.id == Supervision.visit_id)
        .outerjoin(Handling, Handling.id == Visit.due_unit_id)
        .where(Supervision.state != State.CLOSED, or_(within, own))
    )
    key = (Supervision.id,)
    page = page_by_key(session, statement, key=key, cursor=cursor, limit=limit, descending=False)
    shown = _rows(session, [row[0] for row in page.items], today)
    found = {one.id: one for one in shown}
    return page.map(
        lambda row: replace(found[row[0].id], number=row[1], title=row[2], unit_name=row[3])
    )


def supervisions_of(
    session: Session, ticket: Ticket, actor: Actor, today: date
) -> list[SupervisionRow]:
    """Of a ticket that the reader may see, those that stand first, and what he may do with each."""
    rows = session.scalars(
        select(Supervision)
        .where(Supervision.instance_id == ticket.instance_id)
        .order_by(case((Supervision.state == State.CLOSED, 1), else_=0), Supervision.id.desc())
    ).all()
    if not rows:
        return []
    tasks = active_tasks(session, ticket.instance_id)
    leads = may_supervise(session, actor, ticket)
    unit = name_then(session, session.get_one(Unit, ticket.unit_id), ticket.opened_at)
    return [
        replace(
            shown,
            number=ticket.number,
            title=ticket.title,
            unit_name=unit,
            may_answer=row.state is not State.CLOSED
            and policy.can_answer(actor, tasks_asked(row, tasks)),
            may_close=row.state is not State.CLOSED
            and policy.can_close(actor, row.opened_by_id, tasks_asked(row, tasks), leads=leads),
        )
        for row, shown in zip(rows, _rows(session, rows, today), strict=True)
    ]


def tasks_asked(row: Supervision, tasks: Sequence[Task]) -> list[Task]:
    """Whoever has the step; once that is over whoever has the ticket now."""
    own = [task for task in tasks if task.visit_id == row.visit_id]
    return own or list(tasks)


def may_supervise(session: Session, actor: Actor, ticket: Ticket) -> bool:
    """Asks the database only for leaders whose unit did not ask for the ticket."""
    unit = session.get_one(Unit, ticket.unit_id)
    if policy.can_supervise(actor, [unit.path], ()):
        return True
    if not actor.positions:
        return False
    paths = session.scalars(
        select(Unit.path)
        .join(Visit, Visit.due_unit_id == Unit.id)
        .where(Visit.instance_id == ticket.instance_id, Visit.state == VisitState.OPEN)
    )
    keys = session.scalars(
        select(func.unnest(Reminder.keys)).where(Reminder.instance_id == ticket.instance_id)
    )
    return policy.can_supervise(actor, paths.all(), keys.all()) or _leads_who_handles(
        session, actor, ticket
    )


def _leads_who_handles(session: Session, actor: Actor, ticket: Ticket) -> bool:
    """Of steps without a deadline no row keeps which unit handles them."""
    first = {task.visit_id: task for task in reversed(active_tasks(session, ticket.instance_id))}
    units = {handling_unit(session, task, ticket.instance) for task in first.values()}
    paths = session.scalars(select(Unit.path).where(Unit.id.in_(units)))
    return policy.can_supervise(actor, paths.all(), ())


def access_supervision(
    session: Session, supervision_id: int, actor: Actor, *, lock: bool = False
) -> tuple[Supervision, Ticket]:
    """With the ticket, which the reader may see; with `lock` its run is locked.

    Raises: SupervisionNotFound.
    """
    number = session.scalar(
        select(Ticket.number)
        .join(Supervision, Supervision.instance_id == Ticket.instance_id)
        .where(Supervision.id == supervision_id)
    )
    if number is None:
        raise SupervisionNotFound
    try:
        ticket = access_ticket(session, number, actor, tickets.can_view, lock=lock)
    except TicketNotFound as error:
        raise SupervisionNotFound from error
    return session.get_one(Supervision, supervision_id, populate_existing=True), ticket


def _rows(session: Session, rows: Sequence[Supervision], today: date) -> list[SupervisionRow]:
    answers: dict[int, list[SupervisionAnswer]] = {row.id: [] for row in rows}
    for one in session.scalars(
        select(SupervisionAnswer)
        .where(SupervisionAnswer.supervision_id.in_(answers))
        .order_by(SupervisionAnswer.id)
    ):
        answers[one.supervision_id].append(one)
    names = people_by_ids(session, set(_people(rows, answers.values())))
    return [
        SupervisionRow(
            id=row.id,
            number="",
            title="",
            unit_name="",
            what=row.what,
            demand=row.demand,
            answer_by=row.answer_by,
            is_late=row.state is State.OPEN and row.answer_by < today,
            state=row.state,
            version=row.rev,
            opened_by=names[row.opened_by_id].name,
            opened_unit=row.opened_unit,
            opened_at=row.opened_at,
            answers=tuple(
                AnswerRow(names[one.person_id].name, one.text, one.at) for one in answers[row.id]
            ),
            closed_by=names[row.closed_by_id].name if row.closed_by_id else "",
            closed_at=row.closed_at,
            closing=row.closing,
        )
        for row in rows
    ]


def _people(
    rows: Iterable[Supervision], answers: Iterable[Collection[SupervisionAnswer]]
) -> Iterator[int]:
    for row in rows:
        yield row.opened_by_id
        if row.closed_by_id:
            yield row.closed_by_id
    yield from (one.person_id for group in answers for one in group)
