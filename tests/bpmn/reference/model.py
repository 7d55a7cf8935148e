"""A model as plain values: what the generator draws, the writer writes and the simulator plays.

Nothing here comes from the engine; elements bear their BPMN names.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

from tests.bpmn.reference.terms import Term

ACTIVITIES = frozenset(
    {
        *("userTask", "receiveTask", "scriptTask", "serviceTask", "sendTask"),
        *("subProcess", "callActivity"),
    }
)
GATEWAYS = frozenset(
    {"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"}
)


class Drawn:
    """What is drawn never changes in play, so copies of a game share it."""

    def __deepcopy__(self, memo: Mapping[int, Any]) -> Self:
        return self


@dataclass(frozen=True)
class Clock(Drawn):
    """A timer: `duration` and `date` after so many seconds (a date counts from the first act);
    a `cycle` every so many seconds, `times` times or for ever.
    """

    kind: str
    seconds: int
    times: int | None = None


@dataclass(frozen=True)
class Trigger(Drawn):
    """`name` is that of a message, signal or link, or the code of an error or an escalation."""

    kind: str
    name: str = ""
    condition: Term | None = None
    clock: Clock | None = None
    correlation: Term | None = None


@dataclass(frozen=True)
class Loop(Drawn):
    """A standard loop (`multi` false) or a multi-instance activity."""

    multi: bool
    test_before: bool = False
    maximum: int | None = None
    condition: Term | None = None  # to go on; of a multi-instance activity: to be done
    sequential: bool = False
    cardinality: Term | None = None
    items: str = ""
    item: str = ""
    output: str = ""
    output_item: str = ""


@dataclass(eq=False)
class Node(Drawn):
    """One element with everything that is in it."""

    id: str
    element: str
    trigger: Trigger | None = None
    attached: str = ""
    interrupting: bool = True
    default: str = ""
    script: tuple[tuple[str, Term], ...] = ()
    operation: str = ""
    loop: Loop | None = None
    inside: "Scope | None" = None
    called: str = ""
    into: tuple[tuple[str, Term], ...] = ()
    back: tuple[tuple[str, Term], ...] = ()
    by_reference: bool = False  # its event definition stands at the top of the file
    writes: tuple[str, ...] = ()  # what people may change here


@dataclass(eq=False)
class Flow(Drawn):
    id: str
    source: str
    target: str
    condition: Term | None = None


@dataclass(eq=False)
class Scope(Drawn):
    """A process or the inside of a subprocess. Drawn to the end before it is played."""

    id: str
    nodes: list[Node] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)

    @cached_property
    def by_id(self) -> dict[str, Node]:
        return {node.id: node for node in self.nodes}

    @cached_property
    def out(self) -> dict[str, list[Flow]]:
        return {n.id: [f for f in self.flows if f.source == n.id] for n in self.nodes}

    @cached_property
    def incoming(self) -> dict[str, list[Flow]]:
        return {n.id: [f for f in self.flows if f.target == n.id] for n in self.nodes}

    def boundaries(self, node: str) -> list[Node]:
        return [n for n in self.nodes if n.attached == node]

    def link(self, name: str) -> Node:
        return next(
            n
            for n in self.nodes
            if n.element == "intermediateCatchEvent" and n.trigger == Trigger("link", name)
        )


@dataclass(eq=False)
class Model(Drawn):
    """The processes of a file, the main one first, and the variables a play begins with."""

    main: Scope
    called: list[Scope] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    payload: tuple[str, ...] = ()  # what a message or a signal may bring

    def scopes(self) -> Iterator[Scope]:
        todo = [self.main, *self.called]
        while todo:
            scope = todo.pop(0)
            yield scope
            todo += [node.inside for node in scope.nodes if node.inside]

    @cached_property
    def all_nodes(self) -> dict[str, Node]:
        return {node.id: node for scope in self.scopes() for node in scope.nodes}
