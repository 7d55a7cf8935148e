"""Whose pages are opened and what is asked for there: as much to show at every size."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from app.audit.models import Event
from app.core import clock
from app.core.paging import encode
from app.identity.models import Login, Person, Unit
from app.ledgers.models import LedgerRow
from app.processes.models import Instance
from app.tasks.models import Copy, Task
from app.tasks.types import ACTIVE, TaskState
from app.tickets.models import Ticket, TicketPerson
from app.tickets.types import TicketState

EXECUTION = "permission_execution"
FULL = 51  # rows that a page reads: those it lists, and whether there are more
FOUND = 60  # people that a search for a part of a name finds, at every size
OWN, WEIGHT = 8, 9  # of those whom it finds: on tickets that somebody has worked on
TOLD = 60  # copies that somebody was sent


@dataclass(frozen=True)
class Samples:
    """Who opens the pages, the same in every database: who has a full one in the smallest."""

    clerk: str  # has asked for most
    unit: str  # the clerk's
    executor: str  # has most to do
    doer: str  # has done most


@dataclass(frozen=True)
class Sample:
    """One ticket that is asked for, and a name on its form."""

    number: str
    process: str
    unit: str
    name: str


@dataclass(frozen=True)
class Asked:
    """What is asked for in one database. Days are those that fill a page; parts are of names."""

    own: Sample  # the clerk's
    done: Sample  # the doer has worked on it
    waiting: Sample  # for the executor
    part: str
    part_done: str  # some of them stand on what the doer has done
    part_waiting: str  # one of them on what waits for the executor
    part_booked: str
    days: dict[str, dict[str, str]]
    deep: dict[str, str]  # a page far down in a book
    doer: int
    home: int  # the doer's unit


def samples(session: Session) -> Samples:
    clerk, unit = session.execute(
        select(Login.username, Unit.code)
        .join(Ticket, Ticket.requester_id == Login.person_id)
        .join(Unit, Unit.id == Ticket.unit_id)
        .group_by(Login.username, Unit.code)
        .order_by(func.count().desc())
        .limit(1)
    ).one()
    return Samples(
        clerk,
        unit,
        executor=_busiest(session, Task.state.in_(ACTIVE), Task.node == EXECUTION),
        doer=_busiest(session, Task.state == TaskState.DONE),
    )


def asked(session: Session, who: Samples) -> Asked:
    clerk, executor, doer = (
        _person(session, username) for username in (who.clerk, who.executor, who.doer)
    )
    named = select(TicketPerson.name, func.count()).group_by(TicketPerson.name)
    of_executor = (Task.assignee_id == executor, Task.state.in_(ACTIVE))
    of_doer = (Task.assignee_id == doer, Task.state == TaskState.DONE)
    booked = LedgerRow.values["name"].astext
    in_book = LedgerRow.name == "accounts"
    row = select(LedgerRow.id).where(in_book).order_by(LedgerRow.id).offset(100).limit(1)
    return Asked(
        own=_own(session, clerk),
        done=_worked_on(
            session,
            *of_doer,
            Ticket.state == TicketState.CLOSED,
            Instance.people.not_like("% %"),
            by=Task.done_at.desc(),
        ),
        waiting=_worked_on(session, *of_executor, Task.node == EXECUTION, by=Task.opened_at),
        part=_part(session, named),
        part_done=_part(session, named, _worked(named, *of_doer)),
        part_waiting=_part(session, named, _worked(named, *of_executor), 1),
        part_booked=_part(session, select(booked, func.count()).where(in_book).group_by(booked)),
        days={
            "tickets": _days(session, Ticket.updated_at, Ticket.requester_id == clerk),
            "done": _days(session, Task.done_at, Task.assignee_id == doer),
            "ledger": _days(session, LedgerRow.at, in_book),
            "events": _days(session, Event.at, Event.id > 0),
        },
        deep={"cursor": encode([session.scalars(row).one()])},
        doer=doer,
        home=session.get_one(Person, doer).unit_id,
    )


def tell(session: Session, who: Samples) -> None:
    """The doer is told of the latest tickets, as many everywhere: no load tells anybody."""
    doer, clerk = _person(session, who.doer), _person(session, who.clerk)
    latest = select(Ticket.instance_id, Ticket.updated_at).where(Ticket.requester_id == clerk)
    rows = session.execute(latest.order_by(Ticket.updated_at.desc()).limit(TOLD)).all()
    session.add_all(
        Copy(instance_id=run, person_id=doer, by_id=clerk, at=at, note="") for run, at in rows
    )
    session.flush()


def _busiest(session: Session, *where: ColumnElement[bool]) -> str:
    return session.scalars(
        select(Login.username)
        .join(Task, Task.assignee_id == Login.person_id)
        .where(*where)
        .group_by(Login.username)
        .order_by(func.count().desc(), Login.username)
        .limit(1)
    ).one()


def _part(
    session: Session, names: Select[str, int], own: Select[str, int] | None = None, count: int = OWN
) -> str:
    """Of a name, so that about FOUND have it: a sign or two in a small office, a whole name where
    there are a thousand times as many. Both lists are alike then. Those who ask have other names,
    or all that they asked for would be found too. `own`: those among whom about `count` have it.
    """
    asking = "".join(session.scalars(select(Person.name)))
    among = _parts(session.execute(names).all())
    of_own = _parts(session.execute(own).all()) if own is not None else Counter[str]()
    return min(
        (part for part in sorted(among) if part not in asking),
        key=lambda part: (
            abs(among[part] - FOUND) + (own is not None and WEIGHT * abs(of_own[part] - count))
        ),
    )


def _parts(names: Iterable[Any]) -> Counter[str]:
    """Each part of a name, with how many have it."""
    parts: Counter[str] = Counter()
    for name, count in names:
        for part in {
            name[at:end] for at in range(len(name)) for end in range(at + 1, len(name) + 1)
        }:
            parts[part] += count
    return parts


def _worked(names: Select[str, int], *where: ColumnElement[bool]) -> Select[str, int]:
    """Those of them who are named on what somebody has worked on."""
    return (
        names.join(Ticket, Ticket.id == TicketPerson.ticket_id)
        .join(Task, Task.instance_id == Ticket.instance_id)
        .where(*where)
    )


def _person(session: Session, username: str) -> int:
    return session.scalars(select(Login.person_id).where(Login.username == username)).one()


def _days(session: Session, moment: Any, where: ColumnElement[bool]) -> dict[str, str]:
    """The last days that fill a page: one in a large office, many in a small one."""
    found = session.scalars(
        select(moment).where(where, moment.is_not(None)).order_by(moment.desc()).limit(FULL)
    ).all()
    first, last = (clock.local(at).date().isoformat() for at in (found[-1], found[0]))
    return {"from": first, "to": last}


def _named() -> Select[str, str, str, str]:
    return (
        select(Ticket.number, Ticket.process, Unit.code, TicketPerson.name)
        .join(Instance, Instance.id == Ticket.instance_id)
        .join(Unit, Unit.id == Ticket.unit_id)
        .join(TicketPerson, TicketPerson.ticket_id == Ticket.id)
        .limit(1)
    )


def _worked_on(session: Session, *where: ColumnElement[bool], by: Any) -> Sample:
    """A ticket with a task like this, and whom it names."""
    found = _named().join(Task, Task.instance_id == Ticket.instance_id).where(*where)
    return Sample(*session.execute(found.order_by(by, TicketPerson.row)).one())


def _own(session: Session, clerk: int) -> Sample:
    """One of the clerk's that went through at once, and whom it names: one story everywhere."""
    found = (
        _named()
        .where(Ticket.requester_id == clerk, Ticket.state == TicketState.CLOSED)
        .where(Instance.submission_count == 1, Instance.people.not_like("% %"))
        .where(_is_only_once(TicketPerson.name, clerk))
        .where(Ticket.created_at < func.now() - func.make_interval(0, 6))
        .order_by(Ticket.updated_at.desc())
    )
    return Sample(*session.execute(found).one())


def _is_only_once(name: Any, clerk: int) -> ColumnElement[bool]:
    """Among this clerk's tickets; others have namesakes, the more the larger the office."""
    other, whose = aliased(TicketPerson), aliased(Ticket)
    count = (
        select(func.count())
        .select_from(other)
        .join(whose, whose.id == other.ticket_id)
        .where(other.name == name, whose.requester_id == clerk)
    )
    return count.scalar_subquery() == 1
