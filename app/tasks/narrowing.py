"""What the lists of tasks are narrowed to: each condition by itself, and all of them combine.

Task, Instance, Person (the requester) and Unit stand in the statement.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_
from sqlalchemy.orm import Session

from app.calendar.lights import Horizon
from app.core.days import within
from app.core.search import Asked
from app.identity.models import Person, Unit
from app.identity.queries import called_at, units_named
from app.processes.models import Instance, ProcessVersion
from app.processes.queries import mentioned_in, versions_of
from app.tasks.models import NEVER, Task
from app.tasks.types import RETURN, Due, Filters, Standing, TaskState
from forms.normalise import person_name


def due() -> ColumnElement[datetime]:
    """The deadline as the inbox is ordered by."""
    return func.coalesce(Task.due_at, NEVER)


def chosen(given: Mapping[str, str], horizon: Horizon) -> Filters:
    """From the words of an address: process, from, to, due, state, person, unit.

    Raises: Malformed.
    """
    return at(Filters.parse(given), horizon)


def at(filters: Filters, horizon: Horizon) -> Filters:
    """With the moments that the light means for its reader now."""
    since = until = None
    if filters.due is Due.LATE:
        until = horizon.now
    elif filters.due is Due.SOON:
        since, until = horizon.now, horizon.soon_ends
    elif filters.due is Due.LATER:
        since = horizon.soon_ends
    return replace(filters, due_since=since, due_until=until)


def narrowed(
    session: Session, filters: Filters, moment: Any, q: str = ""
) -> Iterator[ColumnElement[bool]]:
    """`moment`: what the days of the filters are of; `q`: what was typed into the search."""
    yield from _of_task(filters, moment)
    if filters.process:
        yield Instance.version_id.in_(versions_of(session, filters.process))
    if filters.unit:
        yield Instance.unit_id.in_(units_named(session, filters.unit))
    if asked := list(asked_of_runs(q, filters.person)):
        yield mentioned_in(session, Task.instance_id, asked)


def compared(filters: Filters, q: str, moment: Any) -> Iterator[ColumnElement[bool]]:
    """The same for rows that are few already: nothing is looked up first, each row is compared.

    ProcessVersion stands in the statement too.
    """
    yield from _of_task(filters, moment)
    if filters.process:
        yield ProcessVersion.key == filters.process
    if filters.unit:
        name = called_at(Instance.opened_at)
        yield _holds(name, filters.unit) | (Unit.code == filters.unit)
    yield from (asked.compared for asked in asked_of_runs(q, filters.person))


def _of_task(filters: Filters, moment: Any) -> Iterator[ColumnElement[bool]]:
    yield from within(moment, filters.since, filters.until)
    yield from _of_light(filters)
    if filters.state is not None:
        yield _STANDINGS[filters.state]


def asked_of_runs(q: str, person: str) -> Iterator[Asked]:
    """What the run shall mention: anything; whoever asks, or is named on the form."""
    if asked := person_name(q):
        texts = (Instance.number, Instance.title, called_at(Instance.opened_at))
        yield Asked(asked, _named(asked), or_(*(_holds(text, asked) for text in texts)))
    if name := person_name(person):
        yield Asked(name, _named(name))


def _named(name: str) -> ColumnElement[bool]:
    return _holds(Person.name, name) | _holds(Instance.people, name)


def _holds(column: Any, text: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column.icontains(text, autoescape=True)
    return found


def _of_light(filters: Filters) -> Iterator[ColumnElement[bool]]:
    """Of what is suspended the clock stands: it is neither late nor near."""
    if filters.due_since or filters.due_until:
        yield Instance.suspended_at.is_(None)
    if filters.due_since:
        yield due() > filters.due_since
    if filters.due_until:
        yield due() <= filters.due_until
    if filters.due is Due.LATER:
        yield due() < NEVER
    if filters.due is Due.NEVER:
        yield due() >= NEVER


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
