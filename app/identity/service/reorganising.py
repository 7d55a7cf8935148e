"""Units get another name, or leave their people and positions to another unit.

Who may order it, and on which day, is said in administration. Tasks and drafts follow by the news.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core import events
from app.core.actor import Actor
from app.identity.cover_models import Pair
from app.identity.models import Appointment, Person, Unit, UnitName
from app.identity.queries import in_subtree
from app.identity.service.sessions import end_sessions
from app.identity.types import UnitSucceeded

SOURCE = "reorganisation"


def give_name(session: Session, unit: Unit, name: str, since: datetime) -> None:
    """From that moment on; what was asked for before keeps the name it was asked under."""
    session.add(UnitName(unit_id=unit.id, name=unit.name, until=since))
    unit.name, unit.named_since = name, since
    unit.rev += 1


def succeed(
    session: Session, *, actor: Actor | None, unit: Unit, successor: Unit, now: datetime
) -> None:
    """People, positions and pairs go over; the closed unit stands below its successor from now on,
    so that whoever sees that one sees what this one did. The caller has locked both.
    """
    unit.successor_id = successor.id
    _lock_people(session, unit, now)
    held = _move_positions(session, actor, unit, successor, now)
    moved = _move_people(session, actor, unit, successor, now)
    for person_id in sorted(held | moved):
        end_sessions(session, person_id=person_id, reason="positions", now=now)
    for pair in session.scalars(_pairs(unit).with_for_update()):
        pair.unit_id = successor.id
        pair.version += 1
    session.flush()  # subscribers ask who holds what
    events.publish(session, UnitSucceeded(unit.id, unit.code, successor.id, successor.code, now))
    # Last, since it waits for all who are writing rows of the unit: acts on its tickets must be
    # over by then.
    above, below = f"{successor.path}{unit.code}/", unit.path
    for one in session.scalars(select(Unit).where(in_subtree(below)).order_by(Unit.path)).all():
        one.path = above + one.path.removeprefix(below)
    unit.parent_id = successor.id
    close_unit(unit, now)


def close_unit(unit: Unit, now: datetime) -> None:
    unit.closed_at = now
    unit.rev += 1


def _pairs(unit: Unit) -> Select[Pair]:
    return select(Pair).where(Pair.unit_id == unit.id, Pair.ends_at.is_(None)).order_by(Pair.id)


def _lock_people(session: Session, unit: Unit, now: datetime) -> None:
    """Who is registered there or holds a position there: before their positions, as whoever gives
    or takes one locks them.
    """
    there = select(Appointment.person_id).where(Appointment.unit_id == unit.id, _open_still(now))
    session.scalars(
        select(Person)
        .where((Person.unit_id == unit.id) | Person.id.in_(there))
        .order_by(Person.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def _open_still(now: datetime) -> ColumnElement[bool]:
    return Appointment.ends_at.is_(None) | (Appointment.ends_at > now)


def _move_people(
    session: Session, actor: Actor | None, unit: Unit, successor: Unit, now: datetime
) -> set[int]:
    people = session.scalars(
        select(Person).where(Person.unit_id == unit.id).order_by(Person.id)
    ).all()
    for person in people:
        person.unit_id = successor.id
        person.rev += 1
        data = {"changed": "单位", "unit": f"{unit.name} → {successor.name}"}
        audit.record(
            session,
            now=now,
            actor=actor,
            kind="person.changed",
            object=f"person:{person.id}",
            data=data,
        )
    return {person.id for person in people}


def _move_positions(
    session: Session, actor: Actor | None, unit: Unit, successor: Unit, now: datetime
) -> set[int]:
    """Each goes on in the other unit until the day it would have ended; who holds it there already
    holds it once, for as long as both would have lasted.
    """
    held = session.scalars(
        select(Appointment)
        .where(Appointment.unit_id.in_((unit.id, successor.id)), _open_still(now))
        .order_by(Appointment.id)
        .with_for_update()
    ).all()
    there = {(one.person_id, one.position): one for one in held if one.unit_id == successor.id}
    mine = [one for one in held if one.unit_id == unit.id]
    for one in mine:
        known = there.get((one.person_id, one.position))
        since = max(one.starts_at, now)
        if known is not None:
            ends = max(known.ends_at, one.ends_at) if known.ends_at and one.ends_at else None
            known.lay_down(min(known.starts_at, since), ends, now)
        else:
            goes_on = Appointment(
                person_id=one.person_id,
                position=one.position,
                unit_id=successor.id,
                source=SOURCE,
            )
            goes_on.lay_down(since, one.ends_at, now)
            session.add(goes_on)
        one.starts_at, one.ends_at, one.turns_at = min(one.starts_at, now), now, None
        audit.record(
            session,
            now=now,
            actor=actor,
            kind="appointment.moved",
            object=f"person:{one.person_id}",
            data={"position": one.position, "unit": unit.code, "to": successor.name},
        )
    return {one.person_id for one in mine}
