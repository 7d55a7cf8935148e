"""A notice came or went: deadlines that are open are counted anew, in batches (ADR 101).

Each batch is a row of the outbox, commits by itself and leaves the next: whoever is killed goes on
where the last commit stood. Counted twice, a deadline is the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, insert, select, tuple_, update
from sqlalchemy.orm import Session

from app.audit.service import record
from app.calendar.models import Notice
from app.calendar.periods import Due, Period, day_of
from app.calendar.seams import Foreseen, Walk
from app.calendar.terms import Counter, paired
from app.calendar.types import CalendarChanged
from app.core import outbox
from app.core.clock import local
from app.core.days import midnight
from app.identity.models import Unit
from app.processes import engine
from app.processes.models import Instance
from app.tasks.models import Task, Visit
from app.tasks.types import UNFINISHED, VisitState
from app.tickets.dues import WHOLE
from app.tickets.models import Ticket
from app.tickets.recounts import DueChange, Recount

TOPIC = "tickets.recount"
BATCH = 500
MOST_TRIED = 2_000  # in a preview
KINDS: tuple[type[Visit] | type[Ticket], ...] = (Visit, Ticket)
KIND = "ticket.due_changed"
Row = Any


@dataclass
class _Head:
    """The end of a ticket's chain, whose run is locked; runs of a batch are not read whole."""

    audit_chain: str
    audit_seq: int
    audit_hash: bytes


def order_recount(session: Session, event: CalendarChanged) -> None:
    """Leave the work for after the commit; where nothing is open there is none."""
    recount = Recount(
        notice_id=event.notice_id,
        unit_id=event.unit_id,
        first=event.first,
        last=event.last,
        begun_at=event.at,
        total=0,
    )
    recount.total = _count(session, recount)
    if recount.total:
        session.add(recount)
        session.flush()  # the note names it
        _follow(session, recount, 0, event.at)


def _count(session: Session, recount: Recount) -> int:
    counted = (
        select(func.count()).select_from(kind).where(*_affected(recount, kind)) for kind in KINDS
    )
    return sum(session.scalar(statement) or 0 for statement in counted)


def walks_of(session: Session, notice_id: int) -> Sequence[Walk]:
    """Of a notice that was entered, and of its withdrawal; the latest first."""
    rows = session.scalars(
        select(Recount).where(Recount.notice_id == notice_id).order_by(Recount.id.desc())
    )
    return [Walk(row.begun_at, row.finished_at, row.total, row.done, row.changed) for row in rows]


def foresee_recount(session: Session, unit_id: int | None, first: date, last: date) -> Foreseen:
    """As a walk would find it, with the days as they stand in this session; nothing is written."""
    recount = Recount(unit_id=unit_id, first=first, last=last, after_instance=0, after_id=0)
    total = _count(session, recount)
    if total > MOST_TRIED:
        return Foreseen(total, None)
    moved = 0
    for kind in KINDS:
        rows = session.execute(_statement(recount, kind).limit(MOST_TRIED)).all()
        moved += sum(row.due_at != due.at for row, due, _ in _counted_anew(session, rows))
    return Foreseen(total, moved)


def recount_batch(
    session: Session, recount_id: int, step: int, now: datetime, *, most: int = BATCH
) -> None:
    """One batch, unless it is done already."""
    recount = session.get(Recount, recount_id, with_for_update=True)
    if recount is None or recount.step != step or recount.finished_at is not None:
        return
    kind = Ticket if recount.of_tickets else Visit
    rows = _next(session, recount, kind, most)
    moved = _counted_anew(session, rows)
    heads = {row.instance_id: _Head(f"ticket:{row.number}", row.seq, row.hash) for row in rows}
    if moved:
        _write(session, kind, moved)
        shifted = [(row, due) for row, due, _ in moved if row.due_at != due.at]
        _trace(session, recount, kind, shifted, heads, now)
    place = (rows[-1].instance_id, rows[-1].id) if len(rows) == most else None
    changed = sum(row.due_at != found.at for row, found, _ in moved)
    if recount.go_on(len(rows), changed, place, now):
        _follow(session, recount, recount.step, now)


def _follow(session: Session, recount: Recount, step: int, now: datetime) -> None:
    payload = {"recount": recount.id, "step": step}
    outbox.add(session, TOPIC, payload, key=f"{recount.id}:{step}", now=now)


def _affected(recount: Recount, kind: type[Visit] | type[Ticket]) -> list[ColumnElement[bool]]:
    """What is open, of the units the notice speaks to, and in one of its years: with a notice
    that comes or goes a whole year is known or not.
    """
    found: list[ColumnElement[bool]] = [
        kind.due_rule.is_not(None),
        kind.due_since < midnight(date(recount.last.year + 1, 1, 1)),
        kind.due_at >= midnight(date(recount.first.year, 1, 1)),
    ]
    found.append(Visit.state == VisitState.OPEN if kind is Visit else Ticket.closed_at.is_(None))
    if recount.unit_id is not None:
        path = select(Unit.path).where(Unit.id == recount.unit_id).scalar_subquery()
        below = select(Unit.id).where(func.starts_with(Unit.path, path))
        found.append(kind.due_unit_id.in_(below))
    return found


def _next(
    session: Session, recount: Recount, kind: type[Visit] | type[Ticket], most: int
) -> Sequence[Row]:
    """In the order in which others lock several runs."""
    statement = _statement(recount, kind).limit(most).with_for_update(of=(Instance, kind))
    return session.execute(statement).all()


def _statement(recount: Recount, kind: type[Visit] | type[Ticket]) -> Select[*tuple[Any, ...]]:
    title = Visit.title if kind is Visit else Ticket.title
    opened_at = Visit.opened_at if kind is Visit else Ticket.submitted_at
    return (
        select(
            kind.id,
            kind.instance_id,
            title.label("title"),
            kind.due_rule,
            kind.due_since,
            kind.due_unit_id,
            kind.due_at,
            kind.due_is_estimate,
            kind.due_skipped,
            kind.due_pauses,
            kind.due_marks,
            kind.due_told,
            kind.due_next_at,
            opened_at.label("opened_at"),
            Instance.number,
            Instance.audit_seq.label("seq"),
            Instance.audit_hash.label("hash"),
        )
        .join(Instance, Instance.id == kind.instance_id)
        .where(
            *_affected(recount, kind),
            tuple_(kind.instance_id, kind.id) > (recount.after_instance, recount.after_id),
        )
        .order_by(kind.instance_id, kind.id)
    )


def _counted_anew(session: Session, rows: Sequence[Row]) -> list[tuple[Row, Due, datetime | None]]:
    """Those for which anything is otherwise now, with when somebody is told of it next."""
    counter, moved = Counter(session, by_year=True), []
    for row in rows:
        period = _period(row.due_rule)
        found = counter.count(row.due_unit_id, period, row.due_since, paired(row.due_pauses))
        kept = Due(row.due_at, tuple(row.due_skipped or ()), row.due_is_estimate)
        next_at = _next_mark(counter, row, found)
        if found != kept or next_at != row.due_next_at:
            moved.append((row, found, next_at))
    return moved


def _next_mark(counter: Counter, row: Row, found: Due) -> datetime | None:
    """None while its clock stands: it is marked anew when that goes on."""
    if not row.due_marks or len(row.due_pauses or ()) % 2 == 1:
        return None
    told = row.due_told or ()
    ahead = counter.marks(row.due_unit_id, row.due_marks, told, found.at, row.opened_at)
    return ahead[0].at if ahead else None


@cache
def _period(rule: str) -> Period:
    deadline = engine.deadline(rule)
    assert deadline is not None  # noqa: S101 - only rows with a rule are read
    return Period(deadline.count, deadline.unit)


def _write(
    session: Session,
    kind: type[Visit] | type[Ticket],
    moved: Sequence[tuple[Row, Due, datetime | None]],
) -> None:
    session.connection().execute(
        update(kind)
        .where(kind.id == bindparam("row"))
        .values(
            due_at=bindparam("at"),
            due_is_estimate=bindparam("is_estimate"),
            due_skipped=bindparam("skipped"),
            due_next_at=bindparam("next_at"),
        ),
        [
            {
                "row": row.id,
                "at": due.at,
                "is_estimate": due.is_estimate,
                "skipped": list(due.skipped),
                "next_at": next_at,
            }
            for row, due, next_at in moved
        ],
    )
    if kind is Visit:
        due_at = select(Visit.due_at).where(Visit.id == Task.visit_id).scalar_subquery()
        session.execute(
            update(Task)
            .where(Task.visit_id.in_([row.id for row, *_ in moved]), Task.state.in_(UNFINISHED))
            .values(due_at=due_at)
            .execution_options(synchronize_session=False)
        )


def _hours(before: datetime, after: datetime) -> dict[str, list[str]]:
    """Beside the dates, where an afternoon off comes or goes."""
    hours = [local(one).strftime("%H:%M") for one in (before, after)]
    return {"hours": hours} if hours[0] != hours[1] else {}


def _trace(
    session: Session,
    recount: Recount,
    kind: type[Visit] | type[Ticket],
    moved: Sequence[tuple[Row, Due]],
    heads: Mapping[int, _Head],
    now: datetime,
) -> None:
    """Both dates in the chain of each ticket, and in the table."""
    if not moved:
        return
    number = session.get_one(Notice, recount.notice_id).number
    changes = []
    for row, due in moved:
        what = row.title if kind is Visit else WHOLE
        data = {
            "what": what,
            "before": day_of(row.due_at).isoformat(),
            "after": day_of(due.at).isoformat(),
            "estimate": due.is_estimate,
            "notice": recount.notice_id,
            "number": number,
            **_hours(row.due_at, due.at),
        }
        head = heads[row.instance_id]
        record(
            session,
            now=now,
            actor=None,
            kind=KIND,
            object=head.audit_chain,
            data=data,
            head=head,
        )
        changes.append(
            {
                "recount_id": recount.id,
                "instance_id": row.instance_id,
                "visit_id": row.id if kind is Visit else None,
                "what": what,
                "before": row.due_at,
                "after": due.at,
                "was_estimate": row.due_is_estimate,
                "is_estimate": due.is_estimate,
                "at": now,
            }
        )
    session.connection().execute(insert(DueChange), changes)
    session.connection().execute(
        update(Instance)
        .where(Instance.id == bindparam("row"))
        .values(audit_seq=bindparam("seq"), audit_hash=bindparam("hash")),
        [
            {"row": one, "seq": heads[one].audit_seq, "hash": heads[one].audit_hash}
            for one in sorted({row.instance_id for row, _ in moved})
        ],
    )
