"""Use cases: try an incident again, send a delivery again, release it, give it up.

Locks are taken in the worker's order: the row of the outbox, then the instance.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.service import record
from app.core import events, outbox
from app.core.actor import Actor
from app.core.errors import AppError
from app.core.masking import masked
from app.core.outbox import Outbox, OutboxDied, OutboxDiscarded, OutboxMended, OutboxState
from app.identity.cover_types import CoverChanged
from app.identity.types import PositionGained
from app.processes.models import Incident, Instance
from app.processes.service import pausing, running
from app.processes.types import (
    IncidentKind,
    IncidentState,
    InstanceMoved,
    OfferAgain,
    Resolution,
    StepFailed,
    Suspended,
)
from app.repairs import policy
from app.repairs.queries import (
    access_incident,
    access_row,
    held_ids,
    incidents_for_want_of,
    lock_instance,
    open_incident_of,
)
from app.repairs.types import (
    TOPICS,
    AlreadyResolved,
    AlreadyTried,
    ReasonNeeded,
    RowMoved,
)

log = structlog.get_logger()

MAX_REASON = 500
Repair = Callable[[Session, Incident, Instance, datetime], Resolution]


def retry(
    session: Session,
    *,
    actor: Actor | None,
    now: datetime,
    incident_id: int,
    seen: int | None = None,
) -> Incident:
    """Run again what broke. Success closes the incident; failure counts a try and stays open.

    `seen` is how many tries the page knew. A delivery is only sent on its way: the incident closes
    when it has arrived. Raises: IncidentNotFound, MayNotRepair, AlreadyResolved, AlreadyTried,
    Suspended.
    """
    incident, instance = access_incident(session, incident_id, actor, policy.can_repair)
    row = None
    if incident.outbox_id is not None:
        row = session.get(Outbox, incident.outbox_id, with_for_update=True, populate_existing=True)
    incident, instance = access_incident(session, incident_id, actor, policy.can_repair, lock=True)
    if not incident.is_open:
        raise AlreadyResolved(current=incident.state.value)
    if seen is not None and seen != incident.tries:
        raise AlreadyTried(current=incident.state.value, tries=incident.tries)
    if incident.kind is IncidentKind.OUTBOX:
        if row is None or row.state is not OutboxState.DEAD:
            raise AlreadyTried(current=incident.state.value, tries=incident.tries)
        _send_again(session, row, incident, instance, actor, now)
        return incident
    if instance.suspended_at is not None:
        raise Suspended
    incident.tried(_id(actor), now)
    try:
        with session.begin_nested():
            how = REPAIRS[incident.kind](session, incident, instance, now)
            incident.resolve(how, _id(actor), now)
    except StepFailed as error:
        _note_failure(session, incident, instance, actor, now, error.cause, error.detail)
    except AppError as error:
        _note_failure(session, incident, instance, actor, now, error.text, "")
    else:
        _note_resolved(session, incident, instance, actor, now)
    return incident


def retry_row(
    session: Session, *, actor: Actor | None, now: datetime, row_id: int, seen: int | None = None
) -> Outbox:
    """Send a dead letter on its way again; `seen` is how often the page knew that to be done.

    Raises: RowNotFound, MayNotRepair, RowMoved.
    """
    row = access_row(session, row_id, actor, policy.can_repair)
    if row.state is not OutboxState.DEAD or (seen is not None and seen != row.retries):
        raise RowMoved(current=row.state.value)
    instance = lock_instance(session, row.ticket)
    _send_again(session, row, open_incident_of(session, row.id), instance, actor, now)
    return row


def discard_row(
    session: Session, *, actor: Actor | None, now: datetime, row_id: int, reason: str
) -> Outbox:
    """Give a dead or held row up, with the reason.

    Raises: RowNotFound, MayNotRepair, RowMoved, ReasonNeeded.
    """
    row = access_row(session, row_id, actor, policy.can_repair)
    reason = masked(reason.strip())
    if not reason or len(reason) > MAX_REASON:
        raise ReasonNeeded
    if row.state not in (OutboxState.DEAD, OutboxState.HELD):
        raise RowMoved(current=row.state.value)
    instance = lock_instance(session, row.ticket)
    row.discard()
    row.error = reason
    _record_row(session, row, instance, actor, now, "outbox.discarded", reason=reason)
    incident = open_incident_of(session, row.id)
    if incident is not None and instance is not None:
        incident.resolve(Resolution.DISCARDED, _id(actor), now)
        _note_resolved(session, incident, instance, actor, now)
    events.publish(session, OutboxDiscarded(row.id, row.topic, _id(actor), reason, now))
    return row


def release_rows(
    session: Session, *, actor: Actor | None, now: datetime, ids: Sequence[int] | None = None
) -> list[int]:
    """Let held rows go on: these, or all in the actor's scope. All of them or none.

    Raises: RowNotFound, MayNotRepair, RowMoved (one of them is not held any more).
    """
    chosen = sorted(set(held_ids(session, actor) if ids is None else ids))
    rows = [access_row(session, row_id, actor, policy.can_repair) for row_id in chosen]
    moved = [row for row in rows if row.state is not OutboxState.HELD]
    if moved and ids is not None:
        raise RowMoved(current=moved[0].state.value)
    held = [row.id for row in rows if row.state is OutboxState.HELD]
    released = outbox.release(session, now=now, ids=held)
    if released:
        record(
            session,
            now=now,
            actor=actor,
            kind="outbox.released",
            object="outbox",
            data={"ids": released},
        )
    return released


def on_died(session: Session, event: OutboxDied) -> None:
    """A dead letter of a ticket is an incident there; dying again it is the same one."""
    instance = lock_instance(session, event.ticket)
    if instance is None:
        return
    cause = f"“{TOPICS.get(event.topic, event.topic)}”没有办成：{event.error}"
    known = open_incident_of(session, event.row_id)
    if known is not None:
        known.cause = masked(cause)
        return
    running.open_incident(
        session,
        now=event.at,
        instance=instance,
        node="",
        cause=cause,
        detail="",
        kind=IncidentKind.OUTBOX,
        outbox_id=event.row_id,
    )


def on_mended(session: Session, event: OutboxMended) -> None:
    """What a person had sent again has arrived."""
    instance = lock_instance(session, event.ticket)
    incident = open_incident_of(session, event.row_id)
    if instance is not None and incident is not None:
        incident.resolve(Resolution.RETRIED, incident.tried_by_id, event.at)
        _note_resolved(session, incident, instance, None, event.at)


def on_moved(session: Session, event: InstanceMoved) -> None:
    """What stood in the way is behind the ticket now, or the ticket is over."""
    instance = session.get_one(Instance, event.instance_id)
    standing = session.scalars(
        select(Incident).where(
            Incident.instance_id == instance.id,
            Incident.state == IncidentState.OPEN,
            Incident.kind != IncidentKind.OUTBOX,
        )
    ).all()
    for incident in standing:
        if event.is_over or incident.node in event.nodes:
            incident.resolve(Resolution.MOVED_ON, None, event.at)
            _note_resolved(session, incident, instance, None, event.at)


def close_behind(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    instance: Instance,
    kinds: Collection[IncidentKind],
) -> None:
    """An administrator has put the ticket elsewhere: what broke where it stood is past.

    What breaks again there is a new incident.
    """
    standing = session.scalars(
        select(Incident).where(
            Incident.instance_id == instance.id,
            Incident.state == IncidentState.OPEN,
            Incident.kind.in_(kinds),
        )
    ).all()
    for incident in standing:
        incident.resolve(Resolution.REPAIRED, actor.person_id, now)
        _note_resolved(session, incident, instance, actor, now)


def on_position_gained(session: Session, event: PositionGained | CoverChanged) -> None:
    """What waited because nobody held the position goes to the new one, without anybody's help.

    So does what waited because everybody was away.
    """
    positions = {key.partition(":")[0] for key in event.keys}
    for incident_id in incidents_for_want_of(session, positions):
        incident, instance = access_incident(session, incident_id, None, policy.can_read, lock=True)
        if not incident.is_open:
            continue
        try:
            with session.begin_nested():
                incident.resolve(_offer(session, incident, instance, event.at), None, event.at)
        except StepFailed:  # the position is held now, but not where this ticket asks for it
            continue
        _note_resolved(session, incident, instance, None, event.at)


def _hand_back(_s: Session, _incident: Incident, _instance: Instance, _at: datetime) -> Resolution:
    """The act was undone as a whole, and nobody else may decide it: its person does it again."""
    return Resolution.HANDED_BACK


def _fire(session: Session, incident: Incident, instance: Instance, now: datetime) -> Resolution:
    incident.state = IncidentState.RESOLVED  # the step it takes must not close it as well
    running.fire(session, now=now, instance=instance)
    return Resolution.RETRIED


def _hand_over(
    session: Session, incident: Incident, instance: Instance, now: datetime
) -> Resolution:
    incident.state = IncidentState.RESOLVED  # the step it takes must not close it as well
    pausing.hand_over(session, now=now, instance=instance)
    return Resolution.RETRIED


def _offer(session: Session, incident: Incident, instance: Instance, now: datetime) -> Resolution:
    incident.state = IncidentState.RESOLVED  # the step it may take must not close it as well
    events.publish(session, OfferAgain(instance.id, incident.node, now))
    return Resolution.RETRIED


REPAIRS: Mapping[IncidentKind, Repair] = {
    IncidentKind.ACT: _hand_back,
    IncidentKind.TIMER: _fire,
    IncidentKind.PEOPLE: _offer,
    IncidentKind.EVENT: _hand_over,
}


def _send_again(
    session: Session,
    row: Outbox,
    incident: Incident | None,
    instance: Instance | None,
    actor: Actor | None,
    now: datetime,
) -> None:
    row.send_again(now)
    outbox.wake_after_commit(session)
    if incident is not None:
        incident.tried(_id(actor), now)
    _record_row(session, row, instance, actor, now, "outbox.retried")


def _record_row(
    session: Session,
    row: Outbox,
    instance: Instance | None,
    actor: Actor | None,
    now: datetime,
    kind: str,
    **data: Any,
) -> None:
    record(
        session,
        now=now,
        actor=actor,
        kind=kind,
        object=f"outbox:{row.id}" if instance is None else f"ticket:{instance.number}",
        head=instance,
        data={"row_id": row.id, "title": TOPICS.get(row.topic, row.topic), **data},
    )


def _note_failure(
    session: Session,
    incident: Incident,
    instance: Instance,
    actor: Actor | None,
    now: datetime,
    cause: str,
    detail: str,
) -> None:
    incident.cause, incident.detail = masked(cause), masked(detail)
    data = {"incident": incident.id, "try": incident.tries, "cause": incident.cause}
    log.warning("incident.retry_failed", incident_id=incident.id, tries=incident.tries)
    record(
        session,
        now=now,
        actor=actor,
        kind="incident.retried",
        object=f"ticket:{instance.number}",
        head=instance,
        data=data,
    )


def _note_resolved(
    session: Session, incident: Incident, instance: Instance, actor: Actor | None, now: datetime
) -> None:
    instance.open_incident_count -= 1
    record(
        session,
        now=now,
        actor=actor,
        kind="incident.resolved",
        object=f"ticket:{instance.number}",
        head=instance,
        data={
            "incident": incident.id,
            "try": incident.tries,
            "how": incident.resolution.value if incident.resolution else None,
        },
    )


def _id(actor: Actor | None) -> int | None:
    return actor.person_id if actor else None
