"""Reads of events: in pages, one for an act, whom one is about, and what is due."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.access.models import Account
from app.core.actor import Actor
from app.core.paging import Page, page_by_key
from app.identity.models import Person, Unit
from app.identity.queries import (
    find_person_by_id_index,
    find_person_by_username,
    get_unit,
    id_index,
    in_subtree,
    people_by_ids,
    scope_path,
)
from app.identity.types import PersonRef
from app.personnel import policy
from app.personnel.models import PersonEvent
from app.personnel.types import EventKind, EventNotFound, EventState, Matter

PAGE = 50
FEW = 200
LOCK = 0x5EA1_0B13


@dataclass(frozen=True)
class Known:
    """Somebody whom an event may be about, with what the house has of him."""

    ref: bytes
    name: str
    unit: Unit
    person: Person | None
    account: Account | None


@dataclass(frozen=True)
class EventRow:
    event: PersonEvent
    unit_code: str
    unit_name: str
    username: str
    entered_by: PersonRef
    may_cancel: bool


def list_events(
    session: Session,
    *,
    actor: Actor,
    kind: EventKind | None = None,
    state: EventState | None = None,
    q: str = "",
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[EventRow]:
    """The latest day first; `q` is part of a name, or a whole ID number."""
    key = [PersonEvent.on_day, PersonEvent.id]
    statement = _visible(session, actor)
    if kind is not None:
        statement = statement.where(PersonEvent.kind == kind)
    if state is not None:
        statement = statement.where(PersonEvent.state == state)
    if words := q.strip():
        named = PersonEvent.name.contains(words, autoescape=True)
        statement = statement.where(named | (PersonEvent.person_ref == id_index(words)))
    page = page_by_key(session, statement.add_columns(*key), key=key, cursor=cursor, limit=limit)
    return Page(tuple(_rows(session, actor, page.items)), page.next_cursor)


def event_row(session: Session, actor: Actor, event_id: int) -> EventRow:
    """Raises: EventNotFound."""
    found = session.execute(_visible(session, actor).where(PersonEvent.id == event_id)).all()
    if not found:
        raise EventNotFound
    return _rows(session, actor, found)[0]


def access_event(session: Session, event_id: int, actor: Actor) -> PersonEvent:
    """Locked, for an act. Raises: EventNotFound."""
    found = session.execute(
        _visible(session, actor)
        .where(PersonEvent.id == event_id)
        .with_for_update(of=PersonEvent)
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise EventNotFound
    event: PersonEvent = found[0]
    return event


def find_known(session: Session, *, username: str, id_number: str) -> Known | None:
    """Whoever works here, or has an account of the managed systems; by number, else user name."""
    ref = id_index(id_number) if id_number else None
    person = find_person_by_id_index(session, ref) if ref else None
    if ref is None and (named := find_person_by_username(session, username)) is not None:
        person = session.get_one(Person, named.id)
        ref = person.id_index
    if ref is None:
        return None
    account = session.scalars(
        select(Account).where(Account.person_ref == ref).options(joinedload(Account.unit))
    ).first()
    if person is not None:
        return Known(ref, person.name, get_unit(session, person.unit_id), person, account)
    return Known(ref, account.name, account.unit, None, account) if account else None


def is_near(session: Session, actor: Actor, unit: Unit) -> bool:
    """Of the actor's own county: the 州 enters nothing for those below it."""
    return unit.division_id == actor.division_id and unit.path.startswith(
        scope_path(session, actor)
    )


def lock_matters(session: Session, ref: bytes) -> None:
    """Two who enter something of one person are judged in turn."""
    number = int.from_bytes(ref[:4], "big", signed=True)
    session.execute(select(func.pg_advisory_xact_lock(LOCK % 2**31, number)))


def standing(session: Session, ref: bytes, *matters: Matter) -> Sequence[PersonEvent]:
    """What holds for a person now of these, the earliest first; locked."""
    return session.scalars(
        select(PersonEvent)
        .where(PersonEvent.person_ref == ref, PersonEvent.is_open, PersonEvent.matter.in_(matters))
        .order_by(PersonEvent.on_day, PersonEvent.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def find_same(session: Session, ref: bytes, kind: EventKind, on: date) -> PersonEvent | None:
    return session.scalars(
        select(PersonEvent).where(
            PersonEvent.person_ref == ref,
            PersonEvent.kind == kind,
            PersonEvent.on_day == on,
            PersonEvent.state != EventState.CANCELLED,
        )
    ).first()


def due_events(session: Session, now: datetime, today: date) -> list[PersonEvent]:
    """What falls due in one county, the longest due first; others leave it alone meanwhile."""
    due = (
        PersonEvent.state == EventState.PLANNED,
        PersonEvent.is_open,
        PersonEvent.due_on <= today,
        or_(PersonEvent.again_at.is_(None), PersonEvent.again_at <= now),
    )
    first = session.execute(
        select(Unit.division_id)
        .join(PersonEvent, PersonEvent.unit_id == Unit.id)
        .where(*due)
        .order_by(PersonEvent.due_on, PersonEvent.id)
        .limit(1)
    ).first()
    if first is None:
        return []
    here = select(Unit.id).where(Unit.division_id == first.division_id)
    return list(
        session.scalars(
            select(PersonEvent)
            .where(*due, PersonEvent.unit_id.in_(here))
            .order_by(PersonEvent.due_on, PersonEvent.id)
            .limit(FEW)
            .with_for_update(skip_locked=True)
        )
    )


def ended_leaves(session: Session, today: date) -> list[PersonEvent]:
    """Short leaves whose last day is over, and nobody said that they go on."""
    return list(
        session.scalars(
            select(PersonEvent)
            .where(
                PersonEvent.state == EventState.PLANNED,
                PersonEvent.is_open,
                PersonEvent.matter == Matter.AWAY,
                PersonEvent.until_day < today,
                PersonEvent.due_on > PersonEvent.until_day,
            )
            .order_by(PersonEvent.id)
            .limit(FEW)
            .with_for_update(skip_locked=True)
        )
    )


def refs_in(events: Collection[PersonEvent]) -> set[bytes]:
    return {event.person_ref for event in events}


def _visible(session: Session, actor: Actor) -> Select[*tuple[Any, ...]]:
    path = scope_path(session, actor) if policy.sees_division(actor) else actor.unit_path
    seen: ColumnElement[bool] = in_subtree(path) | (PersonEvent.entered_by_id == actor.person_id)
    if not policy.can_read(actor):
        seen = PersonEvent.entered_by_id == actor.person_id
    # R14: of an investigation only its own county's leader and permission admin know.
    if policy.sees_inquiries(actor):
        seen &= (PersonEvent.matter != Matter.INQUIRY) | (Unit.division_id == actor.division_id)
    else:
        seen &= PersonEvent.matter != Matter.INQUIRY
    return (
        select(PersonEvent, Unit.code, Unit.name)
        .join(Unit, Unit.id == PersonEvent.unit_id)
        .where(seen)
    )


def _rows(session: Session, actor: Actor, found: Sequence[Any]) -> list[EventRow]:
    events: list[PersonEvent] = [row[0] for row in found]
    ids = {one.entered_by_id for one in events} | {one.person_id for one in events if one.person_id}
    names = people_by_ids(session, ids)
    return [
        EventRow(
            event,
            code,
            name,
            names[event.person_id].username if event.person_id else "",
            names[event.entered_by_id],
            event.state is EventState.PLANNED and policy.can_enter(actor, event.kind),
        )
        for event, code, name in (row[:3] for row in found)
    ]
