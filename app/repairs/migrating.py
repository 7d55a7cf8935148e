"""Letting one ticket go on by another version of its process, from where it stands."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.service import note
from app.core.actor import Actor
from app.core.masking import masked
from app.identity.queries import actor_of
from app.processes import engine
from app.processes.models import ProcessVersion
from app.processes.types import IncidentKind, ProcessNotFound, StepFailed, VersionState, WouldLose
from app.repairs import service
from app.repairs.comparing import assigned_anew, compare
from app.repairs.standing import GOING, access, reason_of
from app.repairs.steering import follow, rehearsal
from app.repairs.types import Difference, SameVersion, VersionNotPublished
from app.tasks import service as tasks
from app.tickets.models import Ticket
from app.tickets.types import TicketState

ABLE = (*GOING, TicketState.SUSPENDED, TicketState.WITHDRAWN)


def migrate(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    number: str,
    version: int,
    reason: str,
    seen: int | None = None,
) -> Ticket:
    """Let one ticket go on by another version, from where it stands.

    Raises: TicketNotFound, MayNotRepair, OwnTicket, StaleRepair, WrongState, RepairRefused,
    ProcessNotFound, VersionNotPublished, SameVersion, WouldLose.
    """
    ticket = access(session, number, actor, seen, *ABLE)
    said = reason_of(reason) if reason else ""
    target = target_of(session, ticket.process, version, ticket.instance.version_id)
    go_over(session, ticket, target, said, actor, now)
    return ticket


def preview(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    number: str,
    version: int,
    seen: int | None = None,
) -> Difference:
    """What `migrate` would lose or change. Raises: as `migrate`, but WouldLose."""
    ticket = access(session, number, actor, seen, *ABLE)
    target = target_of(session, ticket.process, version, ticket.instance.version_id)
    return rehearse(session, ticket, target, actor, now)


def go_over(
    session: Session,
    ticket: Ticket,
    target: ProcessVersion,
    reason: str,
    actor: Actor,
    now: datetime,
) -> tuple[str, ...]:
    """Raises: WouldLose, with everything that would be lost."""
    instance = ticket.instance
    found = compare(session, ticket, target.id)
    if found.losses:
        raise WouldLose(list(found.losses))
    here, there = engine.load(session, instance.version_id), engine.load(session, target.id)
    note(
        session,
        instance,
        "ticket.migrated",
        now=now,
        actor=actor,
        reason=reason,
        **{"from": here.number, "to": there.number},
    )
    doer = actor_of(session, ticket.requester_id, now)
    engine.migrate(session, instance, version_id=target.id, actor=doer, now=now)
    session.flush()  # the version is read again by whoever finds people
    tasks.reoffer(session, instance, assigned_anew(here, there), now)
    service.close_behind(
        session, actor=actor, now=now, instance=instance, kinds=(IncidentKind.ACT,)
    )
    if instance.ended_at is None and ticket.state is not TicketState.WITHDRAWN:
        follow(session, ticket, now)
    return found.notes


def rehearse(
    session: Session, ticket: Ticket, target: ProcessVersion, actor: Actor, now: datetime
) -> Difference:
    try:
        with rehearsal(session):
            return Difference(notes=go_over(session, ticket, target, "", actor, now))
    except WouldLose as error:
        return Difference(tuple(error.facts["losses"]))
    except StepFailed as error:
        return Difference((masked(error.cause),))


def version_of(session: Session, key: str, number: int) -> ProcessVersion:
    found = session.scalars(
        select(ProcessVersion).where(ProcessVersion.key == key, ProcessVersion.number == number)
    ).first()
    if found is None:
        raise ProcessNotFound("没有这一版流程。")
    return found


def target_of(session: Session, key: str, number: int, current: int) -> ProcessVersion:
    found = version_of(session, key, number)
    if found.state is VersionState.DRAFT:
        raise VersionNotPublished
    if found.id == current:
        raise SameVersion
    return found
