"""The one door to the BPMN adapter: loads definitions, takes steps, writes what came of them."""

import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

import bpmn
from app.core import events
from app.core.actor import Actor
from app.core.errors import AppError
from app.processes import awaiting, changes, registry, signing
from app.processes.models import HeldEvent, Instance, NodeLog, ProcessVersion
from app.processes.queries import latest_submission, unit_of
from app.processes.types import (
    AlreadyMoved,
    InstanceEnded,
    InstanceMoved,
    NobodyWaits,
    NotMovable,
    ProcessNotFound,
    StepFailed,
    Suspended,
    VisitOpened,
    VisitsCancelled,
    WouldLose,
)
from app.rules.parameters import TIMES
from forms import Form
from forms import load as load_form

Node = bpmn.Node
Finding = bpmn.Finding
Event = bpmn.Event
Deadline = bpmn.Deadline
Moment = bpmn.Moment
Alarm = bpmn.Alarm
Undone = bpmn.Undone
Run = Callable[[bpmn.Definition, bpmn.Operate], bpmn.Snapshot]


@dataclass(frozen=True)
class Loaded:
    """A version ready to run: its diagram and its forms, parsed once per process."""

    version_id: int
    key: str
    number: int
    title: str
    category: str
    definition: bpmn.Definition
    forms: Mapping[str, Form]
    documents: Mapping[str, str]

    @property
    def start(self) -> bpmn.Node:
        return self.definition.start

    def node(self, node_id: str) -> bpmn.Node:
        return self.definition.nodes[node_id]

    def form(self, node_id: str) -> Form | None:
        name = self.node(node_id).properties.get("form")
        return self.forms[name] if name else None

    @property
    def has_forms(self) -> bool:
        return any("form" in node.properties for node in self.definition.nodes.values())

    @property
    def document_names(self) -> tuple[str, ...]:
        return tuple(split(self.definition.properties.get("documents", "")))

    @property
    def issued_names(self) -> tuple[str, ...]:
        """Papers that are handed out while the ticket is underway (`documents.issue`)."""
        found = (node.properties.get("document") for node in self.definition.nodes.values())
        return tuple(dict.fromkeys(name for name in found if name))


def nodes_with(loaded: Loaded, operation: str) -> list[Node]:
    """The service tasks that name this operation, in the order of the file."""
    return [
        node
        for node in loaded.definition.nodes.values()
        if node.properties.get("operation") == operation
    ]


_loaded: dict[int, Loaded] = {}


def forget() -> None:
    """Drop the cache; a new application may speak to another database."""
    _loaded.clear()


def load(session: Session, version_id: int) -> Loaded:
    """Versions never change, so each is parsed once per process.

    Raises: ProcessNotFound.
    """
    if version_id not in _loaded:
        version = session.get(ProcessVersion, version_id)
        if version is None:
            raise ProcessNotFound
        _loaded[version_id] = Loaded(
            version.id,
            version.key,
            version.number,
            version.title,
            version.category,
            bpmn.load(version.model),
            MappingProxyType({name: load_form(data) for name, data in version.forms.items()}),
            version.documents,
        )
    return _loaded[version_id]


def lint(
    model: bytes, forms: Mapping[str, Form | None], positions: frozenset[str]
) -> list[Finding]:
    """Judge a diagram; a form that cannot be read is None: it is there, and nothing else known."""
    readable = {name: form for name, form in forms.items() if form is not None}
    known = bpmn.Known(
        forms=frozenset(forms),
        operations=frozenset(registry.operations),
        positions=positions,
        fields={name: frozenset(leaf.key for leaf in f.leaves) for name, f in readable.items()},
        people={name: frozenset(_persons(form)) for name, form in readable.items()},
        dates={
            name: frozenset(
                leaf.key for leaf in f.leaves if (leaf.type, leaf.subtype) == ("datetime", "date")
            )
            for name, f in readable.items()
        },
        unmet={name: registry.unmet(form) for name, form in readable.items()},
        results=registry.written,
        parameters=TIMES,
        checks=frozenset(registry.checks),
        named={name: form.who for name, form in readable.items()},
        splitting=frozenset(name for name, form in readable.items() if form.splitting),
    )
    return list(bpmn.lint(model, known))


def _persons(form: Form) -> Iterator[str]:
    """The fields that are persons; those of a list as `list.field`."""
    for leaf in form.leaves:
        if leaf.type == "person":
            yield leaf.key
        yield from (f"{leaf.key}.{one.key}" for one in leaf.leaves if one.type == "person")


def parse(model: bytes) -> bpmn.Definition:
    """Raises: bpmn.Refused, which only a caller that linted before may leave uncaught."""
    return bpmn.parse(model)


def rehearse(model: bytes, form_data: Mapping[str, Any], documents: Mapping[str, str]) -> Loaded:
    """A version that does not exist yet, to be judged; its files were read without an error."""
    definition = bpmn.parse(model)
    return Loaded(
        0,
        definition.key,
        0,
        definition.properties.get("title") or definition.name,
        definition.properties.get("category", ""),
        definition,
        MappingProxyType({name: load_form(data) for name, data in form_data.items()}),
        documents,
    )


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

    _step(session, instance, run, actor=actor, now=now)


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

    _step(session, instance, run, actor=actor, now=now, done=visit)


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
    return Ahead(tuple(opened), _result(loaded, snapshot) if snapshot.ended else "")


def fire_due(session: Session, instance: Instance, *, actor: Actor, now: datetime) -> None:
    """Walk on from the timers that are due. Raises: StepFailed."""

    def run(definition: bpmn.Definition, operate: bpmn.Operate) -> bpmn.Snapshot:
        return bpmn.fire_due(
            definition, instance.state, instance.variables, operate=operate, now=now
        )

    _step(session, instance, run, actor=actor, now=now)


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

    _step(session, instance, run, actor=actor, now=now)


def cancel(session: Session, instance: Instance, *, actor: Actor, now: datetime) -> None:
    """Void every open visit; nothing follows."""

    def run(definition: bpmn.Definition, _operate: bpmn.Operate) -> bpmn.Snapshot:
        return bpmn.cancel(definition, instance.state, instance.variables)

    _step(session, instance, run, actor=actor, now=now, result="cancelled", is_repair=True)


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

    _step(session, instance, run, actor=actor, now=now)


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

    _step(session, instance, run, actor=actor, now=now, is_repair=True)


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

    _step(session, instance, run, actor=actor, now=now, is_repair=True)


def standing(session: Session, instance: Instance) -> tuple[Node, ...]:
    """The nodes at which tokens stand, each once."""
    definition = load(session, instance.version_id).definition
    return tuple(definition.nodes[name] for name in bpmn.standing(definition, instance.state))


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


def alarms(loaded: Loaded, now: datetime) -> tuple[bpmn.Alarm, ...]:
    """When the timers among the start events of a version that comes into force begin tickets."""
    return bpmn.alarms(loaded.definition, now)


def following(loaded: Loaded, alarm: bpmn.Alarm, now: datetime) -> bpmn.Alarm | None:
    return bpmn.following(loaded.definition, alarm, now)


def message_starts(loaded: Loaded) -> dict[str, str]:
    """The start event that each message begins a ticket at, by the name of the message."""
    return bpmn.messages(loaded.definition)


def losses(session: Session, instance: Instance, version_id: int) -> tuple[bpmn.Loss, ...]:
    """What stands where another version has no place for it."""
    here, there = load(session, instance.version_id), load(session, version_id)
    return bpmn.losses(here.definition, instance.state, there.definition)


def migrate(
    session: Session, instance: Instance, *, version_id: int, actor: Actor, now: datetime
) -> None:
    """Go on by another version. Raises: WouldLose."""
    other = load(session, version_id).definition

    def run(definition: bpmn.Definition, _operate: bpmn.Operate) -> bpmn.Snapshot:
        return bpmn.migrate(definition, instance.state, instance.variables, to=other, now=now)

    _step(session, instance, run, actor=actor, now=now, is_repair=True)
    instance.version_id = version_id


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


def has_effect(node: Node) -> bool:
    """What is done at it cannot be taken back by taking back variables."""
    throws = node.element in ("intermediateThrowEvent", "endEvent")
    return node.kind in ("service", "send") or (throws and node.event in ("message", "signal"))


def deadline(text: str | None) -> Deadline | None:
    """What `deadline` of a node or of the process says; lint has read it before."""
    return bpmn.deadline(text) if text else None


def moments(text: str | None) -> tuple[Moment, ...]:
    """What `remind` and `escalate` say."""
    return bpmn.moments(text) if text else ()


def when(text: str | None) -> bpmn.When | None:
    """What `deadline_when` says: another deadline for some forms."""
    return bpmn.when(text) if text else None


def lapsed(node: str) -> str:
    """The signal that comes when a step's time is over and nobody is waited for any more."""
    return bpmn.lapsed(node)


def split(text: str) -> list[str]:
    """Several values in one property stand on lines or between semicolons."""
    return [part.strip() for part in text.replace("\n", ";").split(";") if part.strip()]


def _step(
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
            session, InstanceEnded(instance.id, result or _result(loaded, snapshot), now)
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


def _result(loaded: Loaded, snapshot: bpmn.Snapshot) -> str:
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
