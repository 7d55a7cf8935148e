"""What a diagram says, and where a run stands in it; nothing is written."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import bpmn
from app.processes.engine.loading import Loaded, load
from app.processes.models import Instance, NodeLog
from app.processes.types import AlreadyMoved


def standing(session: Session, instance: Instance) -> tuple[bpmn.Node, ...]:
    """The nodes at which tokens stand, each once."""
    definition = load(session, instance.version_id).definition
    return tuple(definition.nodes[name] for name in bpmn.standing(definition, instance.state))


def return_targets(
    session: Session, instance: Instance, visit: str | None = None
) -> tuple[str, ...]:
    """User nodes that were done and may open again, the first first; of a visit those before it."""
    visited = session.scalars(
        select(NodeLog.node)
        .where(NodeLog.instance_id == instance.id, NodeLog.event == "completed")
        .order_by(NodeLog.id)
    ).all()
    definition = load(session, instance.version_id).definition
    return bpmn.return_targets(definition, instance.state, visited, visit=visit)


def undone(session: Session, instance: Instance, node: str) -> bpmn.Undone:
    """What a return to `node` would take back. Raises: AlreadyMoved, when there is no way back."""
    definition = load(session, instance.version_id).definition
    try:
        return bpmn.undone(definition, instance.state, node)
    except bpmn.NotReturnable as error:
        raise AlreadyMoved from error


def losses(session: Session, instance: Instance, version_id: int) -> tuple[bpmn.Loss, ...]:
    """What stands where another version has no place for it."""
    here, there = load(session, instance.version_id), load(session, version_id)
    return bpmn.losses(here.definition, instance.state, there.definition)


def has_effect(node: bpmn.Node) -> bool:
    """What is done at it cannot be taken back by taking back variables."""
    throws = node.element in ("intermediateThrowEvent", "endEvent")
    return node.kind in ("service", "send") or (throws and node.event in ("message", "signal"))


def alarms(loaded: Loaded, now: datetime) -> tuple[bpmn.Alarm, ...]:
    """When the timers among the start events of a version that comes into force begin tickets."""
    return bpmn.alarms(loaded.definition, now)


def following(loaded: Loaded, alarm: bpmn.Alarm, now: datetime) -> bpmn.Alarm | None:
    return bpmn.following(loaded.definition, alarm, now)


def message_starts(loaded: Loaded) -> dict[str, str]:
    """The start event that each message begins a ticket at, by the name of the message."""
    return bpmn.messages(loaded.definition)


def deadline(text: str | None) -> bpmn.Deadline | None:
    """What `deadline` of a node or of the process says; lint has read it before."""
    return bpmn.deadline(text) if text else None


def moments(text: str | None) -> tuple[bpmn.Moment, ...]:
    """What `remind` and `escalate` say."""
    return bpmn.moments(text) if text else ()


def when(text: str | None) -> bpmn.When | None:
    """What `deadline_when` says: another deadline for some forms."""
    return bpmn.when(text) if text else None


def lapsed(node: str) -> str:
    """The signal that comes when a step's time is over and nobody is waited for any more."""
    return bpmn.lapsed(node)
