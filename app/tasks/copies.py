"""抄送: who was told of a ticket, what one was told of oneself, and what that lets one read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    and_,
    exists,
    false,
    func,
    literal_column,
    select,
)
from sqlalchemy.orm import Session, aliased

from app.core.actor import Actor
from app.core.days import within
from app.core.paging import Page, page_by_key
from app.identity.models import Person, Unit
from app.identity.queries import called_at, get_unit, in_subtree, people_by_ids, units_named
from app.identity.types import UnitKind
from app.processes.models import Instance, ProcessVersion
from app.processes.queries import mentioned_in, versions_of
from app.tasks.models import Copy
from app.tasks.narrowing import OF_RUNS, asked_of_runs
from app.tasks.types import EVERYTHING, MOST_COUNTED, Filters

PAGE = 50
# Written out, as in the index: a value given with it would hide the one from the other.
UNSEEN: ColumnElement[int] = literal_column("((ticket_copy.seen_at IS NULL)::int)", Integer)
Sender = aliased(Person)


@dataclass(frozen=True)
class CopyRow:
    """One line of 抄送我. Of a ticket that went to another division since, nothing is listed."""

    number: str
    title: str
    process_title: str
    requester_name: str
    unit_name: str
    by_name: str
    at: datetime
    note: str
    seen_at: datetime | None
    is_over: bool


@dataclass(frozen=True)
class Told:
    """Somebody who was told of a ticket."""

    username: str
    name: str
    by_name: str
    at: datetime
    note: str
    seen_at: datetime | None


def copied_to(actor: Actor, instance_id: Any) -> ColumnElement[bool]:
    """Whether this person was told of a run, as a condition on a column."""
    return exists().where(Copy.instance_id == instance_id, Copy.person_id == actor.person_id)


def readable_below(session: Session, actor: Actor) -> str | None:
    """Of which units a copy lets this person read: those of the own division (R12).

    The operating company belongs to none.
    """
    if get_unit(session, actor.unit_id).kind is UnitKind.COMPANY:
        return None
    return get_unit(session, actor.division_id).path


def reads_by_copy(session: Session, actor: Actor, instance_id: int, path: str) -> bool:
    """May this person read the run because he was told of it? `path` is that of its unit."""
    if not session.scalar(select(copied_to(actor, instance_id))):
        return False
    below = readable_below(session, actor)
    return below is not None and path.startswith(below)


def list_copies(
    session: Session,
    actor: Actor,
    *,
    q: str = "",
    filters: Filters = EVERYTHING,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[CopyRow]:
    """What was not seen yet first, then the latest. Days are those of the copy."""
    key = (UNSEEN, Copy.at, Copy.id)
    below = readable_below(session, actor)
    called = called_at(Instance.opened_at)
    statement = (
        select(Copy, Instance, ProcessVersion.title, Person.name, called, Sender.name, *key)
        .join(Instance, Copy.instance_id == Instance.id)
        .join(ProcessVersion, Instance.version_id == ProcessVersion.id)
        .join(Person, Instance.requester_id == Person.id)
        .join(Unit, Instance.unit_id == Unit.id)
        .join(Sender, Copy.by_id == Sender.id)
        .where(
            Copy.person_id == actor.person_id,
            ~Instance.is_confidential,
            false() if below is None else in_subtree(below),
            *_chosen(session, filters, q),
        )
    )
    page = page_by_key(session, statement, key=key, cursor=cursor, limit=limit)
    return page.map(lambda row: _row(*tuple(row)[:6]))


def count_unseen(actor: Actor) -> ScalarSelect[int]:
    """How many this person has not looked at, counted no further than anybody wants to know."""
    unseen = and_(Copy.person_id == actor.person_id, literal_column("1") == UNSEEN)
    few = select(Copy.id).where(unseen).limit(MOST_COUNTED).subquery()
    return select(func.count()).select_from(few).scalar_subquery()


def told_of(session: Session, instance_id: int) -> list[Told]:
    """Everybody who was told of a run, the latest first; whoever was told twice stands twice."""
    copies = session.scalars(
        select(Copy).where(Copy.instance_id == instance_id).order_by(Copy.id.desc())
    ).all()
    names = people_by_ids(session, {one for copy in copies for one in (copy.person_id, copy.by_id)})
    return [
        Told(
            names[copy.person_id].username,
            names[copy.person_id].name,
            names[copy.by_id].name,
            copy.at,
            copy.note,
            copy.seen_at,
        )
        for copy in copies
    ]


def unseen_of(session: Session, actor: Actor, instance_id: int) -> Sequence[Copy]:
    """What this person was told of one run and has not looked at."""
    return session.scalars(
        select(Copy)
        .where(
            Copy.instance_id == instance_id,
            Copy.person_id == actor.person_id,
            Copy.seen_at.is_(None),
        )
        .order_by(Copy.id)
    ).all()


def _chosen(session: Session, filters: Filters, q: str) -> Iterator[ColumnElement[bool]]:
    """Days are those of the copy; what is of tasks alone narrows nothing here."""
    yield from within(Copy.at, filters.since, filters.until)
    if filters.process:
        yield Instance.version_id.in_(versions_of(session, filters.process))
    if filters.state is not None and filters.state in OF_RUNS:
        yield OF_RUNS[filters.state]
    if filters.unit:
        yield Instance.unit_id.in_(units_named(session, filters.unit))
    if asked := list(asked_of_runs(q, filters.person)):
        yield mentioned_in(session, Copy.instance_id, asked)


def _row(
    copy: Copy, instance: Instance, process_title: str, requester: str, unit: str, sender: str
) -> CopyRow:
    return CopyRow(
        number=instance.number,
        title=instance.title,
        process_title=process_title,
        requester_name=requester,
        unit_name=unit,
        by_name=sender,
        at=copy.at,
        note=copy.note,
        seen_at=copy.seen_at,
        is_over=instance.ended_at is not None,
    )
