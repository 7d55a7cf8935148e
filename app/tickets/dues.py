"""The deadlines of one ticket for one reader: of the whole, and of the steps that are open."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import zip_longest
from typing import TypedDict

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calendar.lights import Horizon, Shown, at_noon, explained
from app.calendar.models import Notice
from app.calendar.periods import day_of
from app.calendar.terms import Counter, Term, told_of
from app.core.clock import local
from app.identity.models import Unit
from app.processes import engine
from app.processes.models import Instance
from app.tasks.models import Task, Visit
from app.tickets import filing
from app.tickets.models import Ticket
from app.tickets.recounts import DueChange, Recount
from app.tickets.types import TicketState

WHOLE = "整件"


class _Found(TypedDict):
    told: str
    is_estimate: bool


@dataclass(frozen=True)
class DueLine:
    what: str
    shown: Shown


def dues(
    session: Session, ticket: Ticket, tasks: Sequence[Task], horizon: Horizon
) -> list[DueLine]:
    """Steps that several people decide are due once. Drafts have to be filed at most."""
    return [
        DueLine(what, shown)
        for what, shown in (
            _filing(session, ticket, horizon),
            _whole(ticket, horizon),
            *_steps(session, ticket, tasks, horizon),
        )
        if shown
    ]


def _filing(session: Session, ticket: Ticket, horizon: Horizon) -> tuple[str, Shown | None]:
    instance = session.get_one(Instance, ticket.instance_id)  # known already, whoever asks
    loaded = engine.load(session, instance.version_id)
    return filing.WHAT, filing.shown(session, loaded, ticket, horizon)


def _whole(ticket: Ticket, horizon: Horizon) -> tuple[str, Shown | None]:
    stands = ticket.is_paused or ticket.state is TicketState.SUSPENDED
    return WHOLE, horizon.show(
        ticket.due_at, stands=stands, closed_at=ticket.closed_at, **_found(ticket)
    )


def _steps(
    session: Session, ticket: Ticket, tasks: Sequence[Task], horizon: Horizon
) -> Iterator[tuple[str, Shown | None]]:
    stands = ticket.state is TicketState.SUSPENDED
    first = {task.visit_id: task for task in reversed(tasks) if task.is_active and task.due_at}
    kept = session.scalars(select(Visit).where(Visit.id.in_(first))) if first else ()
    visits = {visit.id: visit for visit in kept}
    for visit_id, task in first.items():
        found = _found(visits[visit_id])
        yield task.title, horizon.show(task.due_at, stands=stands, **found)


def _found(term: Term) -> _Found:
    """How the date was found, as it was counted."""
    said = explained(term.due_skipped, is_estimate=term.due_is_estimate)
    return {
        "told": "；".join(filter(None, (told_of(term.due_found), said))),
        "is_estimate": term.due_is_estimate,
    }


# ── how each was found ──


@dataclass(frozen=True)
class Moved:
    """A notice moved it: both dates, and by which."""

    before: datetime
    after: datetime
    is_estimate: bool
    at: datetime
    notice: str


@dataclass(frozen=True)
class Counted:
    """A deadline with everything it was counted from, whether it runs or is over."""

    what: str
    rule: str
    since: datetime
    unit: str
    due_at: datetime
    is_estimate: bool
    skipped: tuple[date, ...]
    pauses: tuple[tuple[datetime, datetime | None], ...]
    noon: str  # why the last day ends so early
    changes: tuple[Moved, ...]
    closed_at: datetime | None

    @property
    def in_time(self) -> bool | None:
        return None if self.closed_at is None else self.closed_at <= self.due_at


def history(session: Session, ticket: Ticket) -> list[Counted]:
    """Of the whole ticket, then of each step in the order in which they were reached."""
    visits = session.scalars(
        select(Visit)
        .where(Visit.instance_id == ticket.instance_id, Visit.due_at.is_not(None))
        .order_by(Visit.id)
    ).all()
    if not visits and ticket.due_at is None:
        return []
    moved, counter = _moved(session, ticket.instance_id), Counter(session)
    terms: list[tuple[Term, str, int | None, datetime | None]] = [
        (visit, visit.title, visit.id, visit.closed_at) for visit in visits
    ]
    terms.insert(0, (ticket, WHOLE, None, ticket.closed_at))
    units = {term.due_unit_id for term, *_ in terms}
    names = dict(session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(units))).all())
    return [
        Counted(
            what,
            "".join((_rule(term.due_rule or ""), _because(term))),
            term.due_since,
            names.get(term.due_unit_id or 0, ""),
            term.due_at,
            term.due_is_estimate,
            tuple(term.due_skipped or ()),
            _pauses(term),
            _noon(counter, term.due_unit_id, term.due_at),
            tuple(moved.get(visit_id, ())),
            closed_at,
        )
        for term, what, visit_id, closed_at in terms
        if term.due_at is not None and term.due_since is not None
    ]


def _pauses(term: Term) -> tuple[tuple[datetime, datetime | None], ...]:
    """The last one may stand still."""
    moments = term.due_pauses or []
    return tuple(zip_longest(moments[::2], moments[1::2]))


def _noon(counter: Counter, unit_id: int | None, due_at: datetime) -> str:
    """The calendar is asked only where the hour is that of noon."""
    hours, day = counter.hours(unit_id), day_of(due_at)
    if local(due_at).time() != hours.noon:
        return ""
    return at_noon(due_at, counter.calendar(unit_id, day, day), hours)


def _moved(session: Session, instance_id: int) -> dict[int | None, list[Moved]]:
    rows = session.execute(
        select(DueChange, Notice.number)
        .join(Recount, Recount.id == DueChange.recount_id)
        .join(Notice, Notice.id == Recount.notice_id)
        .where(DueChange.instance_id == instance_id)
        .order_by(DueChange.id)
    )
    found: dict[int | None, list[Moved]] = {}
    for one, number in rows:
        moved = Moved(one.before, one.after, one.is_estimate, one.at, number)
        found.setdefault(one.visit_id, []).append(moved)
    return found


UNITS = {"wd": "个工作日", "d": "天", "h": "小时", "mo": "个月"}


def _because(term: Term) -> str:
    told = told_of(term.due_found)
    return f"（{told}）" if told else ""


def _rule(text: str) -> str:
    read = engine.deadline(text)
    if read is None:
        return ""
    start = "从表里填的日期起" if read.field else "从收到起"
    pauses = "，退回补正时停表" if read.pauses else ""
    return f"{read.count} {UNITS[read.unit]}，{start}{pauses}"
