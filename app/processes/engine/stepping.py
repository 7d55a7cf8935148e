"""A step of a run: taken by the adapter, written with all that came of it."""

import traceback
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

import bpmn
from app.core import events
from app.core.actor import Actor
from app.core.errors import AppError
from app.processes import awaiting, changes, registry, signing
from app.processes.engine.loading import Loaded, load
from app.processes.models import Instance, NodeLog
from app.processes.queries import latest_submission, unit_of
from app.processes.types import (
    AlreadyMoved,
    InstanceEnded,
    InstanceMoved,
    NobodyWaits,
    NotMovable,
    StepFailed,
    Suspended,
    VisitOpened,
    VisitsCancelled,
    WouldLose,
)

Run = Callable[[bpmn.Definition, bpmn.Operate], bpmn.Snapshot]


def step(
    session: Session,
    instance: Instance,
    run: Run,
    *,
    actor: Actor,
    now: datetime,
    done: str | None = None,
    result: str | None = None,
    is_repair: bool = False,
) -> None:
    if instance.suspended_at is not None and not is_repair:
        raise Suspended
    loaded = load(session, instance.version_id)
    operate = _operator(session, instance, loaded, actor, now)
    try:
        snapshot = run(loaded.definition, operate)
    except (bpmn.NoSuchVisit, bpmn.NotReturnable) as error:
        raise AlreadyMoved from error
    except bpmn.NobodyWaits as error:
        raise NobodyWaits from error
    except bpmn.NotMovable as error:
        raise NotMovable from error
    except bpmn.WouldLose as error:
        raise WouldLose([f"{loss.node}：{loss.reason}" for loss in error.losses]) from error
    except bpmn.StepFailed as error:
        raise StepFailed(instance.id, error.node, error.message, traceback.format_exc()) from error
    before = set(instance.open_visits)
    waiting = {visit.key: visit for visit in snapshot.waiting}
    instance.state = snapshot.state
    instance.variables = dict(snapshot.variables)
    instance.open_visits = {key: visit.node for key, visit in waiting.items()}
    instance.due_at = snapshot.due_at
    instance.rev += 1
    _log(session, instance, snapshot, now)
    if instance.is_awaiting or awaiting.has_any(snapshot):
        awaiting.keep(session, instance, snapshot, now)
    if gone := before - set(waiting) - {done}:
        events.publish(session, VisitsCancelled(instance.id, tuple(sorted(gone)), now))
    if instance.open_incident_count:
        # Told before anything opens: a node that is entered again may have a new incident.
        passed = {entry.node for entry in snapshot.log if entry.event in ("completed", "cancelled")}
        is_over = snapshot.ended or result is not None
        events.publish(session, InstanceMoved(instance.id, frozenset(passed), is_over, now))
    for key, visit in waiting.items():
        if key not in before:
            events.publish(session, VisitOpened(instance.id, key, visit.node, visit.round, now))
    if snapshot.ended or result:
        instance.ended_at = now
        events.publish(
            session, InstanceEnded(instance.id, result or result_of(loaded, snapshot), now)
        )


def _log(session: Session, instance: Instance, snapshot: bpmn.Snapshot, now: datetime) -> None:
    """What the engine did, in its order, with what each node wrote."""
    rows: list[dict[str, Any]] = [
        {"node": entry.node, "element": entry.element, "event": entry.event}
        for entry in snapshot.log
    ]
    if snapshot.writes:
        rows += changes.note(rows, snapshot)
    session.add_all(NodeLog(instance_id=instance.id, at=now, **row) for row in rows)


def result_of(loaded: Loaded, snapshot: bpmn.Snapshot) -> str:
    """What the reached end event says became of the ticket."""
    for entry in reversed(snapshot.log):
        node = loaded.definition.nodes.get(entry.node)
        outermost = node is not None and node.scope == loaded.definition.key
        if node is not None and outermost and node.kind == "end" and entry.event == "completed":
            return node.properties.get("result", "closed")
    return "closed"


def _operator(
    session: Session, instance: Instance, loaded: Loaded, actor: Actor, now: datetime
) -> bpmn.Operate:
    """What service tasks of this step call: the named operation, with the ticket in hand."""
    decided = signing.reader(session, instance.id)

    def operate(name: str, node: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        latest = latest_submission(session, instance.id)
        context = registry.OperationContext(
            instance_id=instance.id,
            version_id=instance.version_id,
            ticket=instance.number,
            title=instance.title,
            requester_id=instance.requester_id,
            unit=unit_of(session, instance),
            node=node,
            answers=latest.answers if latest else {},
            submission=latest.n if latest else 0,
            variables=variables,
            actor=actor,
            now=now,
            results=registry.results_of(session, instance.id, latest.n) if latest else {},
        )
        try:
            if name in registry.signed:
                asked = loaded.definition.passed_before(node)
                signing.require(context, loaded.definition.nodes[node].name, asked, decided)
            return registry.operations[name](session, context) or {}
        except (AppError, OperationalError):
            raise  # a database that is gone is nothing to be mended in the ticket
        except Exception as error:
            cause = f"{type(error).__name__}: {error}"
            raise StepFailed(instance.id, node, cause, traceback.format_exc()) from error

    return operate
