"""What a run waits for, kept as rows: timers, and subscriptions to signals and messages.

The rows follow the engine's state after each step; nothing else writes them. What a step threw for
other tickets leaves by the outbox.
"""

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import outbox
from app.core.outbox import Outbox, OutboxState
from app.processes.models import Instance, Subscription, Timer
from app.processes.queries import unit_ref

THROWN = "processes.thrown"
Snapshot = Any  # the engine's, which only `engine` knows by name


def has_any(snapshot: Snapshot) -> bool:
    return bool(snapshot.timers or snapshot.catches or snapshot.thrown or snapshot.fired)


def keep(session: Session, instance: Instance, snapshot: Snapshot, now: datetime) -> None:
    """Bring the rows of a run in line with what a step left."""
    _keep_timers(session, instance.id, snapshot, now)
    _keep_subscriptions(session, instance, snapshot, now)
    instance.is_awaiting = bool(snapshot.timers or snapshot.catches)
    if snapshot.thrown:
        _hand_out(session, instance, snapshot, now)


def _keep_timers(session: Session, instance_id: int, snapshot: Snapshot, now: datetime) -> None:
    gone = delete(Timer).where(Timer.instance_id == instance_id, Timer.fired_at.is_(None))
    kept = [(timer.key, timer.due_at) for timer in (*snapshot.timers, *snapshot.fired)]
    if kept:
        gone = gone.where(tuple_(Timer.key, Timer.due_at).not_in(kept))
    session.execute(gone)
    rows = [
        {
            "instance_id": instance_id,
            "key": timer.key,
            "node": timer.node,
            "due_at": timer.due_at,
            "fired_at": fired_at,
        }
        for fired_at, timers in ((now, snapshot.fired), (None, snapshot.timers))
        for timer in timers
    ]
    if not rows:
        return
    armed = insert(Timer).values(rows)
    session.execute(
        armed.on_conflict_do_update(
            index_elements=[Timer.instance_id, Timer.key, Timer.due_at],
            set_={"fired_at": armed.excluded.fired_at},
            where=Timer.fired_at.is_(None) & armed.excluded.fired_at.is_not(None),
        )
    )


def _keep_subscriptions(
    session: Session, instance: Instance, snapshot: Snapshot, now: datetime
) -> None:
    """What was waited for before keeps its place in the queue; of equal ones the oldest goes."""
    wanted = Counter((c.kind, c.name, c.correlation, c.node) for c in snapshot.catches)
    newest_first = (
        select(Subscription)
        .where(Subscription.instance_id == instance.id)
        .order_by(Subscription.id.desc())
    )
    gone = []
    for row in session.scalars(newest_first) if instance.is_awaiting else ():
        what = (row.kind, row.name, row.correlation, row.node)
        if wanted[what] > 0:
            wanted[what] -= 1
        else:
            gone.append(row.id)
    if gone:
        session.execute(delete(Subscription).where(Subscription.id.in_(gone)))
    new = list(wanted.elements())
    if new:
        division_id = unit_ref(session, instance.unit_id).division_id
        session.execute(
            insert(Subscription),
            [
                {
                    "instance_id": instance.id,
                    "division_id": division_id,
                    "kind": kind,
                    "name": name,
                    "correlation": correlation,
                    "node": node,
                    "since": now,
                }
                for kind, name, correlation, node in new
            ],
        )
        _hasten(session, [name for kind, name, *_ in new if kind == "message"], now)


def _hasten(session: Session, names: list[str], now: datetime) -> None:
    """A message that nobody waited for so far need not wait for its next try.

    What is being worked off right now is passed by: its worker may wait for this very run.
    """
    if not names:
        return
    early = (
        select(Outbox.id)
        .where(
            Outbox.state == OutboxState.WAITING,
            Outbox.topic == THROWN,
            Outbox.due_at > now,
            Outbox.payload["name"].astext.in_(names),
        )
        .with_for_update(skip_locked=True)
    )
    ids = session.scalars(early).all()
    if ids:
        session.execute(update(Outbox).where(Outbox.id.in_(ids)).values(due_at=now))
        outbox.wake_after_commit(session)


def _hand_out(session: Session, instance: Instance, snapshot: Snapshot, now: datetime) -> None:
    division_id = unit_ref(session, instance.unit_id).division_id
    for n, event in enumerate(snapshot.thrown):
        key = f"{instance.number}:{instance.rev}:{n}"
        outbox.add(
            session,
            THROWN,
            {
                "key": key,
                "kind": event.kind,
                "name": event.name,
                "correlation": event.correlation,
                "payload": dict(event.payload),
                "origin": instance.number,
                "division_id": division_id,
                "at": now.isoformat(),
            },
            key=key,
            now=now,
            ticket=instance.number,
        )
