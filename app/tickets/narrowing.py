"""What the lists of tickets are narrowed to: each condition by itself, and all of them combine.

Ticket, Person (the requester) and Unit stand in the statement.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, cast, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger

from app.calendar.lights import Horizon
from app.core.days import within
from app.core.search import MANY, Asked
from app.identity.models import Person
from app.identity.queries import called_at, units_named
from app.processes.models import Instance
from app.processes.queries import mentioned_in
from app.tasks.models import Task
from app.tasks.types import ACTIVE, Due
from app.tickets.models import Ticket
from app.tickets.types import Filters
from forms.normalise import person_name


def chosen(given: Mapping[str, str], horizon: Horizon) -> Filters:
    """From the words of an address: state, process, from, to, due, person, unit, whole….

    Raises: Malformed.
    """
    return at(Filters.parse(given), horizon)


def at(filters: Filters, horizon: Horizon) -> Filters:
    """With the moments that the light means for its reader now."""
    if filters.due is None and filters.whole is None:
        return filters
    return replace(filters, now=horizon.now, soon_ends=horizon.soon_ends)


def narrowed(
    session: Session, filters: Filters, q: str = "", tags: Sequence[str] = ()
) -> Iterator[ColumnElement[bool]]:
    """`q`: what was typed into the search. With `tags` what is typed and names are looked for among
    the runs alone that have one of them.
    """
    yield from within(Ticket.updated_at, filters.since, filters.until)
    if filters.state is not None:
        yield Ticket.state == filters.state
    if filters.process:
        yield Ticket.process == filters.process
    if filters.unit:
        yield Ticket.unit_id.in_(units_named(session, filters.unit))
    if asked := list(_asked(q, filters.person)):
        yield mentioned_in(session, Ticket.instance_id, asked, tags)
    yield from within(Ticket.due_at, filters.whole_since, filters.whole_until)
    if filters.whole and filters.now and filters.soon_ends:
        yield from _of_whole(filters.whole, filters.now, filters.soon_ends)
    if filters.due and filters.now and filters.soon_ends:
        yield from _of_light(session, filters.due, filters.now, filters.soon_ends)


def _asked(q: str, person: str) -> Iterator[Asked]:
    """What the ticket shall mention: anything; whoever asks, or is named on the form."""
    if asked := person_name(q):
        texts = (Ticket.number, Ticket.title, called_at(Ticket.opened_at))
        found = or_(*(text.icontains(asked, autoescape=True) for text in texts))
        yield Asked(asked, _named(asked), found)
    if name := person_name(person):
        yield Asked(name, _named(name))


def _named(name: str) -> ColumnElement[bool]:
    """Runs are looked at for their names only: a walk for what stands in titles leaves them out.

    One run at a time: for EXISTS, PostgreSQL may read all runs first and keep those that fit.
    """
    people = select(Instance.people).where(Instance.id == Ticket.instance_id).scalar_subquery()
    return Person.name.icontains(name, autoescape=True) | people.icontains(name, autoescape=True)


def _of_whole(due: Due, now: datetime, ends: datetime) -> Iterator[ColumnElement[bool]]:
    """By the ticket's own deadline, as long as it is not over."""
    if due is Due.NEVER:
        yield Ticket.due_at.is_(None)
        return
    yield Ticket.closed_at.is_(None)
    if due is Due.LATE:
        yield Ticket.due_at <= now
    elif due is Due.SOON:
        yield (Ticket.due_at > now) & (Ticket.due_at <= ends)
    else:
        yield Ticket.due_at > ends


def _of_light(
    session: Session, due: Due, now: datetime, ends: datetime
) -> Iterator[ColumnElement[bool]]:
    """By the earliest deadline of what is open on a ticket. Late ones are few: they are read first,
    or every ticket would be looked at for them; where they are many they are met soon enough.
    """
    first = (
        select(func.min(Task.due_at))
        .where(Task.instance_id == Ticket.instance_id, Task.state.in_(ACTIVE))
        .scalar_subquery()
    )
    if due in (Due.LATE, Due.SOON):
        until = now if due is Due.LATE else ends
        yield from _among_few(session, until)
        yield first <= until
    if due is Due.SOON:
        yield first > now
    if due is Due.LATER:
        yield first > ends
    if due is Due.NEVER:
        yield first.is_(None)


def _among_few(session: Session, until: datetime) -> Iterator[ColumnElement[bool]]:
    found: Sequence[Any] = session.scalars(
        select(Task.instance_id)
        .where(Task.state.in_(ACTIVE), Task.due_at <= until)
        .distinct()
        .limit(MANY + 1)
    ).all()
    if len(found) <= MANY:
        yield Ticket.instance_id == func.any(cast(found, ARRAY(BigInteger)))
