"""Signals and messages: from people who test, and what messages and timers begin."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import exists
from sqlalchemy.orm import Session

from app.audit.service import note
from app.core import outbox
from app.core.actor import Actor
from app.core.errors import AppError
from app.identity.models import Unit
from app.identity.queries import actor_of, in_subtree, scope_path
from app.processes import engine, values
from app.processes.models import Instance, Subscription, Timer
from app.processes.service import delivering, starting
from app.processes.service.delivering import MESSAGE, SIGNAL, Parcel
from app.processes.types import NobodyWaits, StepFailed, Suspended
from app.tickets import policy
from app.tickets.models import Ticket
from app.tickets.queries import access_ticket
from app.tickets.service import begin_by_event
from app.tickets.types import MayNotCall, TicketState

PEOPLE = "people"  # where a signal comes from that no ticket threw


def signal(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    number: str,
    name: str,
    payload: Mapping[str, Any],
) -> Ticket:
    """Give a signal to everything in one ticket that waits for it.

    Raises: TicketNotFound, MayNotCall, Invalid, NobodyWaits, Suspended, StepFailed.
    """
    ticket = access_ticket(session, number, actor, policy.can_view, lock=True)
    parcel = _parcel(actor, now, SIGNAL, name, None, payload)
    _receive(session, ticket, actor, now, parcel)
    return ticket


def message(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    name: str,
    correlation: str | None,
    payload: Mapping[str, Any],
) -> Ticket:
    """Give a message to the ticket that waits for it longest, among those the actor may see.

    Where nobody waits, it begins a ticket of the process that starts by it.
    Raises: MayNotCall, Invalid, NobodyWaits, NoStarter, Suspended, StepFailed.
    """
    parcel = _parcel(actor, now, MESSAGE, name, correlation, payload)
    in_reach = exists().where(
        Instance.id == Subscription.instance_id,
        Unit.id == Instance.unit_id,
        ~Instance.is_confidential,
        in_subtree(scope_path(session, actor)),
    )
    fits = delivering.takers(session, name, correlation, actor.division_id, within=in_reach)
    for _, number in fits:
        ticket = access_ticket(session, number, actor, policy.can_view, lock=True)
        try:
            _receive(session, ticket, actor, now, parcel)
        except NobodyWaits:  # another message was faster
            continue
        return ticket
    trigger = delivering.start_of(session, name)
    if trigger is None:
        raise NobodyWaits
    loaded = engine.load(session, trigger.version_id)
    requester = starting.starter_of(session, loaded.node(trigger.node), now=now, sender=actor)
    ticket = begin_by_event(
        session,
        requester=requester,
        now=now,
        version_id=trigger.version_id,
        event=trigger.node,
        payload=parcel.payload,
        cause=f"message:{parcel.key}",
    )
    facts = {"name": name, "from": PEOPLE}
    note(session, ticket.instance, "message.received", now=now, actor=actor, **facts)
    return ticket


def begin(session: Session, *, now: datetime, given: Mapping[str, Any]) -> None:
    """Work off a row of the outbox: a start event's moment, or a message it waits for, has come.

    Raises: NoStarter, Hopeless.
    """
    loaded = engine.load(session, given["version_id"])
    sender = None
    if origin := given.get("origin"):
        sender = starting.requester_of(session, origin, now)
    elif publisher_id := given.get("publisher_id"):
        sender = actor_of(session, publisher_id, now)
    requester = starting.starter_of(session, loaded.node(given["node"]), now=now, sender=sender)
    try:
        ticket = begin_by_event(
            session,
            requester=requester,
            now=now,
            version_id=loaded.version_id,
            event=given["node"],
            payload=given.get("payload") or {},
            cause=given["key"],
        )
    except StepFailed as error:
        raise outbox.Hopeless(f"{error.node}：{error.cause}") from error
    except AppError as error:
        raise outbox.Hopeless(error.text) from error
    if due_at := given.get("due_at"):
        moment = datetime.fromisoformat(due_at)
        session.add(
            Timer(
                instance_id=ticket.instance_id,
                key="start",
                node=given["node"],
                due_at=moment,
                fired_at=now,
            )
        )


def _parcel(
    actor: Actor,
    now: datetime,
    kind: str,
    name: str,
    correlation: str | None,
    payload: Mapping[str, Any],
) -> Parcel:
    if not policy.can_call(actor):
        raise MayNotCall
    if name.startswith(engine.lapsed("")):  # the clock alone says that a time is over
        raise NobodyWaits
    return Parcel(
        key=f"{actor.username}:{now.isoformat()}",
        kind=kind,
        name=name,
        correlation=correlation,
        origin=PEOPLE,
        division_id=actor.division_id,
        at=now.isoformat(),
        payload=values.judge(payload, "payload"),
    )


def _receive(session: Session, ticket: Ticket, actor: Actor, now: datetime, parcel: Parcel) -> None:
    if ticket.state is TicketState.SUSPENDED:
        raise Suspended
    delivering.receive(
        session, actor=actor, doer=actor, now=now, instance=ticket.instance, parcel=parcel
    )
