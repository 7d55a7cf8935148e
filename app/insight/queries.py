"""Reads of the figures. What is open is read by indexes of open rows, what is closed from sums."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, exists, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.calendar.days import A_DAY, NoWorkingDay
from app.calendar.lights import Horizon
from app.core.actor import Actor
from app.core.days import midnight
from app.identity.models import Appointment, Person, Unit
from app.identity.queries import holds_at, in_subtree, people_by_ids, scope_path
from app.identity.types import NoSuchUnit
from app.insight import policy
from app.insight.counting import COUNTED
from app.insight.days import office_day, places
from app.insight.models import Closing, ClosingYear
from app.insight.types import (
    MONTHS,
    AskedRow,
    Bucket,
    Closings,
    HeldRow,
    Lights,
    MyDay,
    ProcessClosings,
    Standing,
    Timeliness,
    UnitFigures,
    every_month,
)
from app.processes.models import Instance, ProcessVersion
from app.tasks.models import Task
from app.tasks.queries import waiting_for
from app.tasks.types import ACTIVE, Box, TaskState
from app.tickets.models import Ticket
from app.tickets.types import TicketState

DAYS_AHEAD = 5  # working days of which each has its line
UNDECIDED = (
    TicketState.RUNNING,
    TicketState.RETURNED,
    TicketState.SUSPENDED,
    TicketState.WITHDRAWN,
)
NOBODY = "还没有人签收"
PATIENCE = timedelta(minutes=10)  # by then the minute's job has come by
MOST_UNITS = 300  # that somebody chooses from
WEEKDAYS = "一二三四五六日"


def units_in_reach(session: Session, actor: Actor) -> Sequence[Unit]:
    """Those whose figures the actor may see, in the order of the tree."""
    paths = policy.reach(actor, scope_path(session, actor))
    if not paths:
        return ()
    return session.scalars(
        select(Unit)
        .where(_below(paths), Unit.closed_at.is_(None))
        .order_by(Unit.path)
        .limit(MOST_UNITS)
    ).all()


def unit_in_reach(session: Session, actor: Actor, code: str, units: Sequence[Unit]) -> Unit:
    """The one that is asked for; else one's own, or the first one has. Raises: NoSuchUnit."""
    if code:
        paths = policy.reach(actor, scope_path(session, actor))
        found = session.scalars(select(Unit).where(Unit.code == code)).first()
        if found is None or not found.path.startswith(paths):
            raise NoSuchUnit
        return found
    own = [unit for unit in units if unit.id == actor.unit_id]
    if not (own or units):
        raise NoSuchUnit
    return (own or list(units))[0]


def my_day(session: Session, actor: Actor, horizon: Horizon) -> tuple[MyDay, dict[Box, int]]:
    """And what waits in each box of the menu, which need not ask again."""
    waiting = waiting_for(session, actor)
    since = midnight(horizon.today)
    monday = midnight(horizon.today - horizon.today.weekday() * A_DAY)
    own_done = and_(
        Task.assignee_id == actor.person_id,
        Task.state == TaskState.DONE,
        Task.done_at >= monday,
        Task.voided_at.is_(None),
    )
    today, week = session.execute(
        select(func.count().filter(Task.done_at >= since), func.count()).where(own_done)
    ).one()
    asked = dict(
        session.execute(
            select(Ticket.state, func.count())
            .where(Ticket.requester_id == actor.person_id, Ticket.state.in_(UNDECIDED))
            .group_by(Ticket.state)
        ).all()
    )
    day = MyDay(
        buckets=tuple(_buckets(session, actor, horizon)),
        claimable=waiting[Box.CLAIMABLE],
        copied=waiting[Box.COPIED],
        done_today=today,
        done_this_week=week,
        running=asked.get(TicketState.RUNNING, 0) + asked.get(TicketState.SUSPENDED, 0),
        returned=asked.get(TicketState.RETURNED, 0) + asked.get(TicketState.WITHDRAWN, 0),
    )
    return day, waiting


def _buckets(session: Session, actor: Actor, horizon: Horizon) -> list[Bucket]:
    """What is late, then each of the next working days, what is later, what has no deadline."""
    covers, stands = Task.for_id.is_not(None), Instance.suspended_at.is_not(None)
    over, day = Task.due_at <= horizon.now, office_day(Task.due_at)
    rows = session.execute(
        select(covers, stands, over, day, func.count())
        .join(Instance, Instance.id == Task.instance_id)
        .where(Task.assignee_id == actor.person_id, Task.state.in_(ACTIVE))
        .group_by(*places(4))
    ).all()
    ahead = _next_days(horizon)
    counts: dict[object, list[int]] = {}
    for is_covering, is_paused, is_over, due_on, count in rows:
        where = _place(ahead, due_on, is_paused=is_paused, is_over=bool(is_over))
        counts.setdefault(where, [0, 0])[is_covering] += count

    def bucket(key: object, label: str, light: str, until: date | None = None) -> Bucket:
        own, covering = counts.get(key, [0, 0])
        return Bucket(label, light, own, covering, until)

    soon = horizon.soon_ends
    return [
        bucket("late", "已超期", "red"),
        *(bucket(one, _called(one, horizon.today), _light(one, soon), one) for one in ahead),
        bucket("later", "以后到期", "green"),
        bucket("never", "不限时", ""),
        *([bucket("paused", "暂停计时", "grey")] if "paused" in counts else []),
    ]


def _place(ahead: Sequence[date], due_on: date | None, *, is_paused: bool, is_over: bool) -> object:
    if due_on is None:
        return "never"
    if is_paused:
        return "paused"
    if is_over:
        return "late"
    return next((day for day in ahead if due_on <= day), "later")


def _next_days(horizon: Horizon) -> list[date]:
    """Today, and the working days after it; fewer where nobody works any more."""
    found = [horizon.today]
    for count in range(1, DAYS_AHEAD + 1):
        try:
            found.append(horizon.calendar.working_days(horizon.today, count).last)
        except NoWorkingDay:
            break
    return found


def _light(day: date, soon: datetime) -> str:
    return "yellow" if midnight(day) < soon else "green"


def _called(day: date, today: date) -> str:
    if day == today:
        return "今天到期"
    return f"{day.month}月{day.day}日（周{WEEKDAYS[day.weekday()]}）"


def unit_figures(session: Session, actor: Actor, unit: Unit, horizon: Horizon) -> UnitFigures:
    """What the unit and those below it have in hand, and have asked for."""
    keys, titles = _processes(session)
    rows = [*_held(session, unit, horizon), *_unclaimed(session, unit, horizon)]
    whole, by_process, by_person = Lights(), dict[str, Lights](), dict[int | None, Lights]()
    for person, version, lights in rows:
        whole.add(lights)
        by_process.setdefault(keys[version], Lights()).add(lights)
        by_person.setdefault(person, Lights()).add(lights)
    people = _people(session, by_person) if policy.sees_people(actor, unit.path) else None
    processes = [HeldRow(key, titles[key], lights) for key, lights in by_process.items()]
    return UnitFigures(whole, _most_urgent(processes), people, tuple(_asked(session, unit, titles)))


def _people(session: Session, held: Mapping[int | None, Lights]) -> tuple[HeldRow, ...]:
    refs = people_by_ids(session, (person for person in held if person is not None))
    found = []
    for person, lights in held.items():
        if person is None:
            found.append(HeldRow("", NOBODY, lights))
        else:
            ref = refs[person]
            found.append(HeldRow(ref.username, ref.name, lights, ref.unit_code, ref.unit_name))
    return _most_urgent(found)


def _most_urgent(rows: Iterable[HeldRow]) -> tuple[HeldRow, ...]:
    def order(row: HeldRow) -> tuple[Any, ...]:
        return (-row.lights.late, -row.lights.soon, -row.lights.total, row.label, row.key)

    return tuple(sorted(rows, key=order))


def _held(session: Session, unit: Unit, horizon: Horizon) -> list[tuple[int | None, int, Lights]]:
    """By who has it and the version: as many rows as there are people, not tasks."""
    rows = session.execute(
        select(Task.assignee_id, Instance.version_id, *_lights(horizon))
        .join(Instance, Instance.id == Task.instance_id)
        .join(Person, Person.id == Task.assignee_id)
        .join(Unit, Unit.id == Person.unit_id)
        .where(Task.state.in_(ACTIVE), in_subtree(unit.path), ~Instance.is_confidential)
        .group_by(Task.assignee_id, Instance.version_id)
    )
    return [(person, version, Lights(*counts)) for person, version, *counts in rows]


def _unclaimed(
    session: Session, unit: Unit, horizon: Horizon
) -> list[tuple[int | None, int, Lights]]:
    """What waits for whoever holds a position in one of these units."""
    keys = session.scalars(
        select(func.concat(Appointment.position, ":", Unit.code))
        .join(Unit, Unit.id == Appointment.unit_id)
        .where(in_subtree(unit.path), holds_at(horizon.now))
        .distinct()
    ).all()
    offered = Task.candidates.op("&&", is_comparison=True)(cast(list(keys), ARRAY(Text)))
    rows = session.execute(
        select(Instance.version_id, *_lights(horizon))
        .select_from(Task)
        .join(Instance, Instance.id == Task.instance_id)
        .where(Task.state == TaskState.OPEN, Task.assignee_id.is_(None), offered)
        .where(~Instance.is_confidential)
        .group_by(Instance.version_id)
    )
    return [(None, version, Lights(*counts)) for version, *counts in rows]


def _lights(horizon: Horizon) -> list[Any]:
    """As `Horizon.light` tells them; in the order of `Lights`."""
    due, runs = Task.due_at, Instance.suspended_at.is_(None)
    return [
        func.count().filter(runs, due <= horizon.now),
        func.count().filter(runs, due > horizon.now, due < horizon.soon_ends),
        func.count().filter(runs, due >= horizon.soon_ends, due > horizon.now),
        func.count().filter(~runs, due.is_not(None)),
        func.count().filter(due.is_(None)),
    ]


def _asked(session: Session, unit: Unit, titles: Mapping[str, str]) -> list[AskedRow]:
    rows = session.execute(
        select(Ticket.process, Ticket.state, func.count())
        .join(Unit, Unit.id == Ticket.unit_id)
        .where(Ticket.state.in_(UNDECIDED), in_subtree(unit.path), ~Ticket.is_confidential)
        .group_by(Ticket.process, Ticket.state)
    )
    found: dict[str, dict[TicketState, int]] = {}
    for process, state, count in rows:
        found.setdefault(process, {})[state] = count
    made = [
        AskedRow(key, titles[key], *(states.get(one, 0) for one in UNDECIDED))
        for key, states in found.items()
    ]
    return sorted(made, key=lambda row: (-row.total, row.label))


def timeliness(session: Session, unit: Unit, year: int, today: date) -> Timeliness:
    """Of one year, from the sums alone."""
    _, titles = _processes(session)
    rows = session.scalars(
        select(ClosingYear)
        .join(Unit, Unit.id == ClosingYear.unit_id)
        .where(ClosingYear.year == year, in_subtree(unit.path))
    ).all()
    months = [Closings() for _ in range(MONTHS)]
    processes: dict[str, Closings] = {}
    for row in rows:
        whole = processes.setdefault(row.process, Closings())
        for n, month in enumerate(months):
            if row.closed[n]:
                given = (row.closed[n], row.on_time[n], row.late[n], row.paused[n])
                month.add(*given, row.spread_of(n + 1))
                whole.add(*given, row.spread_of(n + 1))
    found = (ProcessClosings(key, titles[key], one) for key, one in processes.items())
    return Timeliness(
        year,
        tuple(months[month - 1] for month in every_month(year, today)),
        tuple(sorted(found, key=lambda row: (-row.closings.closed, row.label))),
        session.scalar(select(Closing.instance_id).limit(1)) is not None,
    )


def standing(session: Session, now: datetime) -> Standing:
    """How the sums stand to the tickets, at one moment: for whoever runs the site."""
    months = select(func.unnest(ClosingYear.closed).label("count")).subquery()
    waits = exists().where(Closing.instance_id == Ticket.instance_id)
    over = Ticket.state.in_(COUNTED) & Ticket.closed_at.is_not(None)
    row = session.execute(
        select(
            select(func.coalesce(func.sum(months.c.count), 0)).scalar_subquery(),
            select(func.count()).select_from(Ticket).where(over, ~waits).scalar_subquery(),
            select(func.count())
            .select_from(Closing)
            .join(Ticket, Ticket.instance_id == Closing.instance_id)
            .where(Ticket.closed_at < now - PATIENCE)
            .scalar_subquery(),
        )
    ).one()
    return Standing(*row)


def _processes(session: Session) -> tuple[dict[int, str], dict[str, str]]:
    """The key of each version, and what the latest of each calls the process."""
    rows = session.execute(
        select(ProcessVersion.id, ProcessVersion.key, ProcessVersion.title).order_by(
            ProcessVersion.key, ProcessVersion.number
        )
    ).all()
    return {row.id: row.key for row in rows}, {row.key: row.title for row in rows}


def _below(paths: Sequence[str]) -> ColumnElement[bool]:
    found = in_subtree(paths[0])
    for path in paths[1:]:
        found |= in_subtree(path)
    return found
