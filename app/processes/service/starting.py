"""Start events that wait: armed when their version comes into force, rung by the sweep.

Each moment becomes one row of the outbox, so that beginning a ticket is tried, counted and shown
to a person like everything else that happens by itself.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from app.core import outbox
from app.core.actor import Actor
from app.identity.queries import actor_of, find_unit_by_code, get_unit, holders, living
from app.processes import engine
from app.processes.models import Instance, ProcessVersion, StartTrigger
from app.processes.service.delivering import START
from app.processes.types import NoStarter


def arm(
    session: Session, *, now: datetime, version: ProcessVersion, publisher_id: int | None
) -> None:
    """The version's start events wait from now on, those of its predecessors no more.

    Raises: NoStarter.
    """
    disarm(session, version.key)
    loaded = engine.load(session, version.id)
    rows = [
        StartTrigger(node=alarm.node, due_at=alarm.due_at, left=alarm.left)
        for alarm in engine.alarms(loaded, now)
    ]
    for row in rows:
        if publisher_id is None and not loaded.node(row.node).properties.get("starter"):
            raise NoStarter
    rows += [
        StartTrigger(node=node, name=name) for name, node in engine.message_starts(loaded).items()
    ]
    for row in rows:
        row.version_id, row.publisher_id = version.id, publisher_id
    session.add_all(rows)


def disarm(session: Session, key: str) -> None:
    versions = select(ProcessVersion.id).where(ProcessVersion.key == key)
    session.execute(delete(StartTrigger).where(StartTrigger.version_id.in_(versions)))


def ring(session: Session, *, now: datetime) -> bool:
    """Send the start event that is due longest on its way, and arm its next moment."""
    trigger = session.scalars(due_starts(now)).first()
    if trigger is None or trigger.due_at is None:
        return False
    key = f"{trigger.version_id}:{trigger.node}:{trigger.due_at.isoformat()}"
    outbox.add(
        session,
        START,
        {
            "version_id": trigger.version_id,
            "node": trigger.node,
            "key": f"timer:{key}",
            "due_at": trigger.due_at.isoformat(),
            "publisher_id": trigger.publisher_id,
        },
        key=key,
        now=now,
    )
    loaded = engine.load(session, trigger.version_id)
    rung = engine.Alarm(trigger.node, trigger.due_at, trigger.left)
    following = engine.following(loaded, rung, now)
    if following is None:
        session.delete(trigger)
    else:
        trigger.due_at, trigger.left = following.due_at, following.left
    return True


def due_starts(now: datetime) -> Select[StartTrigger]:
    return (
        select(StartTrigger)
        .where(StartTrigger.due_at <= now)
        .order_by(StartTrigger.due_at, StartTrigger.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def starter_of(
    session: Session, node: engine.Node, *, now: datetime, sender: Actor | None
) -> Actor:
    """Requester and unit of a ticket that begins by itself, as `starter` of its start event says.

    `sender` is who sent the message, or published the process with the timer. Raises: NoStarter.
    """
    rule = node.properties.get("starter")
    if rule is None:
        if sender is None:
            raise NoStarter
        return sender
    position, _, code = rule.removeprefix("position:").partition("@")
    unit = find_unit_by_code(session, code)
    unit = living(session, unit) if unit else None
    found = holders(session, position, unit, now) if unit else []
    if unit is None or not found:
        raise NoStarter
    return acting_in(session, actor_of(session, found[0].person.id, now), unit.id)


def requester_of(session: Session, number: str, now: datetime) -> Actor | None:
    """In whose name, and in which unit, another ticket sends a message."""
    found = session.execute(
        select(Instance.requester_id, Instance.unit_id).where(Instance.number == number)
    ).first()
    if found is None:
        return None
    return acting_in(session, actor_of(session, found.requester_id, now), found.unit_id)


def acting_in(session: Session, actor: Actor, unit_id: int) -> Actor:
    """The same person in a unit that need not be the own one, or in what does its work now."""
    unit = living(session, get_unit(session, unit_id))
    return replace(
        actor,
        unit_id=unit.id,
        unit_code=unit.code,
        unit_name=unit.name,
        unit_path=unit.path,
        division_id=unit.division_id,
    )
