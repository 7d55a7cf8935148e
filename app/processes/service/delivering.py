"""Signals and messages on their way between runs: whom they are for, and handing them over.

A throw is a row of the outbox. It becomes one delivery for each target, in a transaction of its own
under the target's lock, so that one that breaks is an incident there and stops nobody else. ADR 81
says how far a signal and a message reach.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, true, union_all
from sqlalchemy.orm import Session

from app.audit.service import record
from app.core import outbox
from app.core.actor import Actor
from app.core.errors import AppError
from app.identity.queries import actor_of
from app.processes import awaiting, engine
from app.processes.models import Instance, StartTrigger, Subscription
from app.processes.queries import get_instance
from app.processes.types import NobodyWaits, StepFailed

DELIVERY, START = "processes.delivery", "processes.start"
SIGNAL, MESSAGE = "signal", "message"
FEW = 20  # whoever waits longest gets it; the others are asked when he has gone meanwhile


class NobodyYet(Exception):
    """A message waits for its taker as long as the outbox tries."""


@dataclass(frozen=True)
class Parcel:
    """One signal or message between runs, as a row of the outbox holds it."""

    key: str
    kind: str
    name: str
    correlation: str | None
    origin: str  # the number of the ticket that threw it
    division_id: int
    at: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    hops: int = 0

    @property
    def event(self) -> engine.Event:
        kind: Any = self.kind
        return engine.Event(kind, self.name, self.correlation, self.payload)


def carry(session: Session, *, now: datetime, given: Mapping[str, Any]) -> None:
    """Find out whom a thrown signal or message is for. Raises: NobodyYet."""
    parcel = Parcel(**given)
    if parcel.kind == SIGNAL:
        for instance_id, number in _hearers(session, parcel):
            _send(session, parcel, instance_id, number, now)
        return
    own = select(Instance.id).where(Instance.number == parcel.origin).scalar_subquery()
    others = and_(
        Subscription.instance_id != func.coalesce(own, 0),
        ~engine.keeps(Subscription.instance_id, parcel.name),
    )
    found = takers(session, parcel.name, parcel.correlation, parcel.division_id, within=others)
    if found:
        _send(session, parcel, *found[0], now)
        return
    trigger = start_of(session, parcel.name)
    if trigger is None:
        raise NobodyYet(f"没有办件在等消息“{parcel.name}”，也没有由它开始的流程。")
    outbox.add(
        session,
        START,
        {
            "version_id": trigger.version_id,
            "node": trigger.node,
            "key": f"message:{parcel.key}",
            "payload": dict(parcel.payload),
            "origin": parcel.origin,
        },
        key=parcel.key,
        now=now,
        ticket=parcel.origin,
    )


def hand_over(session: Session, *, now: datetime, given: Mapping[str, Any]) -> None:
    """Deliver to one run. Who is gone meanwhile misses a signal; a message looks for the next.

    Raises: Hopeless, when the run cannot go on from it.
    """
    parcel = Parcel(**given["parcel"])
    instance = get_instance(session, given["instance_id"], lock=True)
    actor = actor_of(session, instance.requester_id, now)
    try:
        receive(session, actor=None, doer=actor, now=now, instance=instance, parcel=parcel)
    except NobodyWaits:
        if parcel.kind == MESSAGE:
            again = Parcel(**{**asdict(parcel), "hops": parcel.hops + 1})
            key = f"{parcel.key}~{again.hops}"
            outbox.add(
                session, awaiting.THROWN, asdict(again), key=key, now=now, ticket=parcel.origin
            )
    except StepFailed as error:
        raise outbox.Hopeless(f"{error.node}：{error.cause}") from error
    except AppError as error:
        raise outbox.Hopeless(error.text) from error


def receive(
    session: Session,
    *,
    actor: Actor | None,
    doer: Actor,
    now: datetime,
    instance: Instance,
    parcel: Parcel,
) -> None:
    """Give it to the run whose lock the caller holds. `actor` sent it, `doer` does what follows.

    Raises: NobodyWaits, StepFailed; nothing is changed then.
    """
    with session.begin_nested():
        record(
            session,
            now=now,
            actor=actor,
            kind=f"{parcel.kind}.received",
            object=f"ticket:{instance.number}",
            head=instance,
            data={"name": parcel.name, "from": parcel.origin},
        )
        engine.deliver(session, instance, event=parcel.event, actor=doer, now=now)


def takers(
    session: Session,
    name: str,
    correlation: str | None,
    division_id: int,
    *,
    within: ColumnElement[bool] | None = None,
) -> Sequence[tuple[int, str]]:
    """The runs a message fits, who waits longest first: id and number."""
    rows = session.execute(fitting(name, correlation, division_id, within)).all()
    return list(dict.fromkeys((row.instance_id, row.number) for row in rows))


def fitting(
    name: str, correlation: str | None, division_id: int, within: ColumnElement[bool] | None = None
) -> Select[Any]:
    """By its correlation anywhere, without one in its own division; each by the index alone."""

    def few(*fits: ColumnElement[bool]) -> Any:
        return (
            select(Subscription.id, Subscription.instance_id)
            .where(Subscription.kind == MESSAGE, Subscription.name == name, *fits)
            .where(true() if within is None else within)
            .order_by(Subscription.id)
            .limit(FEW)
            .subquery()
        )

    plain = few(Subscription.correlation.is_(None), Subscription.division_id == division_id)
    ways = [select(plain)]
    if correlation is not None:
        ways.append(select(few(Subscription.correlation == correlation)))
    found = union_all(*ways).subquery()
    return (
        select(found.c.instance_id, Instance.number)
        .join(Instance, Instance.id == found.c.instance_id)
        .order_by(found.c.id)
        .limit(FEW)
    )


def start_of(session: Session, name: str) -> StartTrigger | None:
    """The start event this message begins a ticket at; of several the one in force longest."""
    return session.scalars(
        select(StartTrigger).where(StartTrigger.name == name).order_by(StartTrigger.id).limit(1)
    ).first()


def hearers(parcel: Parcel) -> Select[int, str]:
    """Who waited for a signal when it was thrown, in its division; its own run has heard it."""
    return (
        select(Subscription.instance_id, Instance.number)
        .join(Instance, Instance.id == Subscription.instance_id)
        .where(
            Subscription.kind == SIGNAL,
            Subscription.name == parcel.name,
            Subscription.correlation.is_(None),
            Subscription.division_id == parcel.division_id,
            Subscription.since <= datetime.fromisoformat(parcel.at),
            Instance.number != parcel.origin,
        )
        .order_by(Subscription.instance_id)
        .distinct()
    )


def _hearers(session: Session, parcel: Parcel) -> list[tuple[int, str]]:
    return [(row.instance_id, row.number) for row in session.execute(hearers(parcel))]


def _send(session: Session, parcel: Parcel, instance_id: int, number: str, now: datetime) -> None:
    outbox.add(
        session,
        DELIVERY,
        {"instance_id": instance_id, "parcel": asdict(parcel)},
        key=f"{parcel.key}~{parcel.hops}>{number}",
        now=now,
        ticket=number,
    )
