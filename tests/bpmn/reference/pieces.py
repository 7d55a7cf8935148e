"""What a game of the simulator consists of: maps of variables, visits, armed events, instances."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.bpmn.reference.model import Flow, Node, Scope, Trigger


@dataclass(eq=False)
class Map:
    """Variables of a process, or a layer over them: of one pass of a loop (writes go through)
    or of one body of a multi-instance activity (`local`: writes stay).
    """

    values: dict[str, Any]
    outer: "Map | None" = None
    local: bool = True

    def view(self) -> dict[str, Any]:
        return {**self.outer.view(), **self.values} if self.outer else dict(self.values)

    def write(self, changes: Mapping[str, Any]) -> None:
        if self.outer and not self.local:
            self.outer.write(changes)
        else:
            self.values.update(changes)


@dataclass(eq=False)
class Instance:
    """One run of a process or a subprocess; `frame` is the activity it is the inside of."""

    scope: Scope
    map: Map
    frame: "Visit | None"
    visits: "list[Visit]" = field(default_factory=list)
    held: list[Flow] = field(default_factory=list)  # flows with a token before a join
    live: bool = True


@dataclass(eq=False)
class Visit:
    """A token in a node. A looped activity is a frame, whose bodies have `frame` set to it."""

    number: int
    node: Node
    instance: Instance
    map: Map
    frame: "Visit | None" = None
    index: int = 0
    inner: list[Instance] = field(default_factory=list)
    bodies: "list[Visit]" = field(default_factory=list)
    total: int = 0
    outputs: dict[int, Any] = field(default_factory=dict)
    rows: list[Any] = field(default_factory=list)
    live: bool = True
    waits: bool = False
    is_done: bool = False  # logged as completed, though its token is still there
    woken: "Armed | None" = None  # what fired when the visit began to listen

    @property
    def is_frame(self) -> bool:
        return self.node.loop is not None and self.frame is None


@dataclass(eq=False)
class Armed:
    """An event that waits: of a catch event or receive task (`node` is the visit's own), of an
    event-based gateway (a node behind it) or of the boundary of an activity.
    """

    number: int
    node: Node
    trigger: Trigger
    visit: Visit
    due: datetime | None = None
    left: int | None = None
    was_true: bool = False
    correlation: str | None = None
    act: int = 0  # in which act it was armed

    @property
    def is_boundary(self) -> bool:
        return self.node.element == "boundaryEvent"
