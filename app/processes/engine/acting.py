"""What may be done with a run; each act is one step."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

import bpmn
from app.core.actor import Actor
from app.processes.engine.loading import load
from app.processes.engine.stepping import result_of, step
from app.processes.models import HeldEvent, Instance
from app.processes.types import NobodyWaits


def begin(
    session: Session,
    instance: Instance,
    *,
    actor: Actor,
    now: datetime,
    event: str | None = None,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """Put the first token: at the start form when there is one, else into the flow.

    `event` is the start event whose timer or message has come. Raises: StepFailed.
    """
    variables = instance.variables

    def run(definition: bpmn.Definition, operate: bpmn.Operate) -> bpmn.Snapshot:
        return bpmn.start(
            definition, variables, operate=operate, now=now, event=event, payload=payload
        )

    step(session, instance, run, actor=actor, now=now)


def complete(
    session: Session,
    instance: Instance,
    *,
    visit: str,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> None:
    """Close one visit with what it decided and walk on. Raises: AlreadyMoved, StepFailed."""

    def run(definition: bpmn.Definition, operate: bpmn.Operate) -> bpmn.Snapshot:
        return bpmn.complete(
            definition,
            instance.state,
            instance.variables,
            visit=visit,
            changes=changes,
            operate=operate,
            now=now,
        )

    step(session, instance, run, actor=actor, now=now, done=visit)


@dataclass(frozen=True)
class Ahead:
    """Where a step leads: the nodes that open, or what becomes of the ticket."""

    nodes: tuple[str, ...]
    result: str = ""


def try_out(
    session: Session,
    instance: Instance,
    *,
    visit: str,
    changes: Mapping[str, Any],
    now: datetime,
) -> Ahead | None:
    """What `complete` would lead to. Nothing is written and no operation is carried out; None
    where the way hangs on what an operation says, or cannot be walked.
    """
    loaded = load(session, instance.version_id)
    asked: list[str] = []

    def operate(name: str, _node: str, _variables: Mapping[str, Any]) -> Mapping[str, Any]:
        asked.append(name)
        return {}

    try:
        snapshot = bpmn.complete(
            loaded.definition,
            instance.state,
            instance.variables,
            visit=visit,
            changes=changes,
            operate=operate,
            now=now,
        )
    except (bpmn.NoSuchVisit, bpmn.StepFailed):
        return None
    nodes = loaded.definition.nodes
    passed = {nodes[one.node].kind for one in snapshot.log if one.node in nodes}
    if asked and "gateway" in passed:
        return None
    opened = [one.node for one in snapshot.waiting if one.key not in instance.open_visits]
    return Ahead(tuple(opened), result_of(loaded, snapshot) if snapshot.ended else "")


def fire_due(session: Session, instance: Instance, *, actor: Actor, now: datetime) -> None:
    """Walk on from the timers that are due. Raises: StepFailed."""

    def run(definition: bpmn.Definition, operate: bpmn.Operate) -> bpmn.Snapshot:
        return bpmn.fire_due(
            definition, instance.state, instance.variables, operate=operate, now=now
        )

    step(session, instance, run, actor=actor, now=now)


def return_to(
    session: Session, instance: Instance, *, node: str, actor: Actor, now: datetime
) -> None:
    """Take back what follows from `node` and open it again, with the variables of its entry.

    Raises: AlreadyMoved.
    """

    def run(definition: bpmn.Definition, operate: bpmn.Operate) -> bpmn.Snapshot:
        return bpmn.return_to(
            definition, instance.state, instance.variables, node=node, operate=operate, now=now
        )

    step(session, instance, run, actor=actor, now=now)


def cancel(session: Session, instance: Instance, *, actor: Actor, now: datetime) -> None:
    """Void every open visit; nothing follows."""

    def run(definition: bpmn.Definition, _operate: bpmn.Operate) -> bpmn.Snapshot:
        return bpmn.cancel(definition, instance.state, instance.variables)

    step(session, instance, run, actor=actor, now=now, result="cancelled", is_repair=True)


def deliver(
    session: Session, instance: Instance, *, event: bpmn.Event, actor: Actor, now: datetime
) -> None:
    """Hand a signal or message to what waits for it; while the run is suspended, keep it.

    Of the messages of one name only the first is kept: the place may wait for no second one.
    Raises: NobodyWaits, StepFailed.
    """
    if instance.suspended_at is not None:
        if event.kind == "message" and session.scalar(select(keeps(instance.id, event.name))):
            raise NobodyWaits
        session.add(
            HeldEvent(
                instance_id=instance.id,
                kind=event.kind,
                name=event.name,
                correlation=event.correlation,
                payload=dict(event.payload),
                at=now,
            )
        )
        return

    def run(definition: bpmn.Definition, operate: bpmn.Operate) -> bpmn.Snapshot:
        return bpmn.deliver(
            definition,
            instance.state,
            instance.variables,
            event=event,
            operate=operate,
            now=now,
        )

    step(session, instance, run, actor=actor, now=now)


def keeps(instance_id: Any, name: str) -> ColumnElement[bool]:
    """A condition on the id of a run: it keeps a message of this name for when it goes on."""
    return exists().where(
        HeldEvent.instance_id == instance_id,
        HeldEvent.kind == "message",
        HeldEvent.name == name,
    )


def held(row: HeldEvent) -> bpmn.Event:
    """What was kept while the run was suspended, as it came."""
    kind: Literal["signal", "message"] = "signal" if row.kind == "signal" else "message"
    return bpmn.Event(kind, row.name, row.correlation, row.payload)


def move(
    session: Session,
    instance: Instance,
    *,
    source: str | None,
    target: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Put the token at another node, as a repair. Raises: NotMovable, StepFailed."""

    def run(definition: bpmn.Definition, operate: bpmn.Operate) -> bpmn.Snapshot:
        return bpmn.move(
            definition,
            instance.state,
            instance.variables,
            source=source,
            target=target,
            operate=operate,
            now=now,
        )

    step(session, instance, run, actor=actor, now=now, is_repair=True)


def edit(
    session: Session,
    instance: Instance,
    *,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> None:
    """Write variables by hand, as a repair. Raises: StepFailed."""

    def run(definition: bpmn.Definition, operate: bpmn.Operate) -> bpmn.Snapshot:
        return bpmn.edit(
            definition,
            instance.state,
            instance.variables,
            changes=changes,
            operate=operate,
            now=now,
        )

    step(session, instance, run, actor=actor, now=now, is_repair=True)


def migrate(
    session: Session, instance: Instance, *, version_id: int, actor: Actor, now: datetime
) -> None:
    """Go on by another version. Raises: WouldLose."""
    other = load(session, version_id).definition

    def run(definition: bpmn.Definition, _operate: bpmn.Operate) -> bpmn.Snapshot:
        return bpmn.migrate(definition, instance.state, instance.variables, to=other, now=now)

    step(session, instance, run, actor=actor, now=now, is_repair=True)
    instance.version_id = version_id
