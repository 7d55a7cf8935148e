"""What goes in and out of the engine: plain frozen values, no SpiffWorkflow type among them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Kind = Literal[
    "start",
    "user",
    "service",
    "script",
    "send",
    "receive",
    "subprocess",
    "call",
    "gateway",
    "event",
    "end",
]
EventKind = Literal[
    "none",
    "timer",
    "message",
    "signal",
    "conditional",
    "error",
    "escalation",
    "terminate",
    "link",
]
Severity = Literal["error", "warning"]
Happening = Literal["entered", "completed", "cancelled", "failed"]
Variables = Mapping[str, Any]
Operate = Callable[[str, str, Variables], Mapping[str, Any] | None]
"""Called with operation, node and variables of a service task; its answer is written back."""


@dataclass(frozen=True)
class Node:
    """One drawn element a token can stand on.

    `element` is its BPMN name (userTask), `lane` the name of its lane, `scope` the id of the
    process or subprocess it is drawn in; `properties` are ours. A boundary event is `attached` to
    an activity. `event` is the kind of an event, of a send and of a receive task.
    """

    id: str
    name: str
    kind: Kind
    element: str
    lane: str
    properties: Mapping[str, str]
    scope: str = ""
    attached: str = ""
    event: EventKind = "none"


@dataclass(frozen=True)
class Finding:
    """What the lint says about one element, and how to draw it instead."""

    element: str
    severity: Severity
    message: str
    remedy: str
    rule: str = ""  # the code of the lint's rule, as the author guide lists it


@dataclass(frozen=True)
class Known:
    """The names a definition may use; what is not listed here is reported.

    `fields` are the answers of each form, `people` those among them that are persons, `dates`
    those that are days, `unmet` the checks it asks for that there are none of, `results` the
    variables each operation writes, `parameters` those that a deadline may name, with their unit,
    `checks` the rules that a step may ask again, `named` the fields of each form, as `list.field`
    or `field`, that say who somebody is;
    `splitting` the forms that become several tickets, `rules` the variables that rules of each
    form read;
    where these are not given, nothing is said about them.
    """

    forms: frozenset[str]
    operations: frozenset[str]
    positions: frozenset[str]
    fields: Mapping[str, frozenset[str]] | None = None
    people: Mapping[str, frozenset[str]] | None = None
    dates: Mapping[str, frozenset[str]] | None = None
    unmet: Mapping[str, frozenset[str]] | None = None
    results: Mapping[str, frozenset[str]] | None = None
    parameters: Mapping[str, str] | None = None
    checks: frozenset[str] | None = None
    named: Mapping[str, frozenset[str]] | None = None
    splitting: frozenset[str] = frozenset()
    rules: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class WaitingVisit:
    """One token waiting for people. `key` is unique in the instance, also after returns."""

    key: str
    node: str
    round: int


@dataclass(frozen=True)
class Event:
    """A signal or message on its way between instances; a signal has no `correlation`."""

    kind: Literal["signal", "message"]
    name: str
    correlation: str | None = None
    payload: Variables = field(default_factory=dict)


@dataclass(frozen=True)
class Catch:
    """A signal or message an instance waits for; without a `correlation` any message fits."""

    kind: Literal["signal", "message"]
    name: str
    correlation: str | None
    node: str


@dataclass(frozen=True)
class Timer:
    """A timer that is armed or has fired; `key` and `due_at` are unique in the instance."""

    key: str
    node: str
    due_at: datetime


@dataclass(frozen=True)
class Write:
    """One change of one variable; `old` is None for a new name. Locals are not told."""

    node: str
    name: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Loss:
    """A live token that another version has no place for."""

    node: str
    reason: str


@dataclass(frozen=True)
class Undone:
    """What a return takes back: these visits, and whatever came to pass at these nodes.

    `tokens` counts all it takes away, also those that wait for no person.
    """

    visits: tuple[WaitingVisit, ...]
    nodes: frozenset[str]
    tokens: int = 0


@dataclass(frozen=True)
class NodeEvent:
    """One line of the engine's log; `element` is the BPMN name of the node (userTask).

    `written` counts the `Snapshot.writes` that were made before it.
    """

    node: str
    element: str
    event: Happening
    written: int = 0


@dataclass(frozen=True)
class Snapshot:
    """Everything an instance is after one step, and what the step did.

    `catches` and `timers` are what it waits for now; `thrown`, `fired`, `writes` and `log` came to
    pass in this step. `due_at` is the earliest of `timers`.
    """

    state: bytes
    variables: dict[str, Any]
    waiting: tuple[WaitingVisit, ...]
    due_at: datetime | None
    ended: bool
    log: tuple[NodeEvent, ...]
    catches: tuple[Catch, ...] = ()
    timers: tuple[Timer, ...] = ()
    thrown: tuple[Event, ...] = ()
    fired: tuple[Timer, ...] = ()
    writes: tuple[Write, ...] = ()


class Refused(Exception):
    """The model is not accepted; `findings` say where, why and what to draw instead."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(f"{f.element}: {f.message}" for f in self.findings))


class StepFailed(Exception):
    """An expression, a condition or the step budget failed at `node`; the old state still holds."""

    def __init__(self, node: str, message: str) -> None:
        self.node = node
        self.message = message
        super().__init__(f"{node}: {message}")


class NoSuchVisit(Exception):
    """Nobody waits under this key (any more)."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)


class NobodyWaits(Exception):
    """No token waits for this signal or message."""


class NotMovable(Exception):
    """No token can be put there: the node is unknown, no resting place, or in a call not open."""

    def __init__(self, node: str) -> None:
        self.node = node
        super().__init__(node)


class WouldLose(Exception):
    """Another version has no place for live tokens."""

    def __init__(self, losses: Sequence[Loss]) -> None:
        self.losses = tuple(losses)
        super().__init__("\n".join(f"{loss.node}: {loss.reason}" for loss in self.losses))


class NotReturnable(Exception):
    """The instance cannot go back to this node: never entered, or its parallel join is past."""

    def __init__(self, node: str) -> None:
        self.node = node
        super().__init__(node)
