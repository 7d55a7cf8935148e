"""What the lists of tasks are narrowed to: each condition by itself, and all of them combine.

Task, Instance, Person (the requester) and Unit stand in the statement.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.days import midnight, within
from app.identity.models import Person, Unit
from app.identity.queries import units_named
from app.processes.models import Instance, ProcessVersion
from app.processes.queries import mentioned_in
from app.tasks.models import NEVER, Task
from app.tasks.types import RETURN, Due, Filters, Standing, TaskState
from forms.normalise import person_name


def due() -> ColumnElement[datetime]:
    """The deadline as the inbox is ordered by."""
    return func.coalesce(Task.due_at, NEVER)


def chosen(given: Mapping[str, str], now: datetime) -> Filters:
    """From the words of an address: process, from, to, due, state, person, unit.

    Raises: Malformed.
    """
    return at(Filters.parse(given), now)


def at(filters: Filters, now: datetime) -> Filters:
    """With the moments that the light means now."""
    ends = soon_ends(now)
    since, until = {
        None: (None, None),
        Due.LATE: (None, now),
        Due.SOON: (now, ends),
        Due.LATER: (ends, None),
        Due.NEVER: (None, None),
    }[filters.due]
    return replace(filters, due_since=since, due_until=until)


def soon_ends(now: datetime) -> datetime:
    """The midnight after tomorrow."""
    return midnight(clock.local(now).date() + timedelta(days=2))


def narrowed(session: Session, filters: Filters, moment: Any) -> Iterator[ColumnElement[bool]]:
    """`moment`: what the days of the filters are of."""
    yield from _of_task(filters, moment)
    if filters.process:
        # Read first: by its key PostgreSQL cannot tell a process of most runs from one of few, and
        # would begin with its runs.
        versions = select(ProcessVersion.id).where(ProcessVersion.key == filters.process)
        yield Instance.version_id.in_(session.scalars(versions).all())
    if filters.unit:
        yield Instance.unit_id.in_(units_named(session, filters.unit))
    if filters.person:
        name = person_name(filters.person)
        yield mentioned_in(session, Task.instance_id, name, texts=false(), names=_named(name))


def compared(filters: Filters, q: str, moment: Any) -> Iterator[ColumnElement[bool]]:
    """The same for rows that are few already: nothing is looked up first, each row is compared.

    ProcessVersion stands in the statement too.
    """
    yield from _of_task(filters, moment)
    if filters.process:
        yield ProcessVersion.key == filters.process
    if filters.unit:
        named = Unit.name.icontains(filters.unit, autoescape=True)
        yield named | (Unit.code == filters.unit)
    if filters.person:
        yield _named(person_name(filters.person))
    if q.strip():
        yield or_(*mentioning(person_name(q)))


def mentioning(asked: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Whether texts, or names, hold what is asked."""
    texts = (Instance.number, Instance.title, Unit.name)
    return or_(*(text.icontains(asked, autoescape=True) for text in texts)), _named(asked)


def _of_task(filters: Filters, moment: Any) -> Iterator[ColumnElement[bool]]:
    yield from within(moment, filters.since, filters.until)
    yield from _of_light(filters)
    if filters.state is not None:
        yield _STANDINGS[filters.state]


def _of_light(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.due_since:
        yield due() > filters.due_since
    if filters.due_until:
        yield due() <= filters.due_until
    if filters.due is Due.LATER:
        yield due() < NEVER
    if filters.due is Due.NEVER:
        yield due() >= NEVER


def _named(name: str) -> ColumnElement[bool]:
    """Whoever asks, or is named on the form."""
    return Person.name.icontains(name, autoescape=True) | Instance.people.icontains(
        name, autoescape=True
    )


# Of the run alone, so that lists without tasks know them too.
OF_RUNS: Mapping[Standing, ColumnElement[bool]] = {
    Standing.SUSPENDED: Instance.suspended_at.is_not(None),
    Standing.RUNNING: Instance.ended_at.is_(None),
    Standing.ENDED: Instance.ended_at.is_not(None),
}
_STANDINGS: Mapping[Standing, ColumnElement[bool]] = {
    **OF_RUNS,
    Standing.OPEN: Task.state == TaskState.OPEN,
    Standing.CLAIMED: Task.state == TaskState.CLAIMED,
    Standing.RETURNED: Task.outcome == RETURN,
    Standing.VOID: Task.voided_at.is_not(None),
}
