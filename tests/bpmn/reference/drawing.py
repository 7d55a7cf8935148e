"""The hand that draws: choices, fresh names, and the place in a model where a block goes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, TypeVar

from tests.bpmn.reference.model import Flow, Model, Node, Scope
from tests.bpmn.reference.terms import Term, const, sign, var

T = TypeVar("T")
EVERYTHING = frozenset(
    {
        *("inclusive", "implicit", "event_gateway", "boundary", "subprocess", "call"),
        *("message", "signal", "conditional", "send", "receive", "link", "throw", "loop", "multi"),
        *("error", "escalation", "terminate", "timer", "starts", "reference"),
    }
)


class Choices:
    """Random choices that shrink to the first item, the least number and to no."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def one(self, items: Sequence[T]) -> T:
        return items[self.random.randrange(len(items))]

    def number(self, least: int, most: int) -> int:
        return least + self.random.randrange(most - least + 1)

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) >= 100 - percent

    def some(self, items: Sequence[T]) -> list[T]:
        return [item for item in items if self.chance(50)]


@dataclass
class Frag:
    """A drawn piece with one way in; `last` is None when no token leaves it."""

    first: str
    last: str | None


@dataclass
class Place:
    """Where a block is drawn.

    `own` are the variables of this branch: no branch that can run at the same time writes or
    reads them, so that the order of branches cannot matter. `alone` says that there is none.
    """

    scope: Scope
    home: dict[str, Any]  # the variables the surrounding process begins with
    own: list[str]
    alone: bool = True
    auto: bool = False  # nothing here may wait
    frozen: bool = False  # in a multi-instance body: only `output` is written
    output: str = ""
    through: bool = False  # a join waits for this branch, so no way of it may end
    looped: bool = False  # directly in a repeated subprocess: no terminate
    errors: tuple[str, ...] = ()  # codes something outside catches
    escalations: tuple[str, ...] = ()
    depth: int = 0

    @property
    def raises(self) -> tuple[str, ...]:
        """Return what may be raised; an escalation may leave what is around it as it is."""
        escalation = self.escalations and not self.through
        return ("error",) * bool(self.errors) + ("escalation",) * bool(escalation)

    def at(self, **changed: Any) -> "Place":
        return replace(self, **{"own": list(self.own), **changed})


class Pen(Choices):
    """Draws one model."""

    def __init__(self, random: Random, menu: frozenset[str], blocks: "list[Block]") -> None:
        super().__init__(random)
        self.menu = menu
        self.blocks = blocks
        self.count = 0
        self.model = Model(Scope("main"))
        self.spare: list[tuple[Scope, dict[str, Any], bool]] = []  # called processes to call again
        self.watched = ["k0", "k1"] if "conditional" in menu else []

    def name(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def add(self, place: Place, element: str, prefix: str, **given: Any) -> Node:
        node = Node(self.name(prefix), element, **given)
        place.scope.nodes.append(node)
        return node

    def flow(self, place: Place, source: str, target: str, condition: Term | None = None) -> Flow:
        flow = Flow(self.name("f"), source, target, condition)
        place.scope.flows.append(flow)
        return flow

    def fresh(self, place: Place) -> str:
        """A variable nobody else knows."""
        name = self.name("x")
        place.home[name] = self.number(0, 3)
        return name

    def apart(self, place: Place, count: int) -> list[Place]:
        """Places for branches that run at the same time, each with a part of the variables."""
        parts: list[list[str]] = [[] for _ in range(count)]
        for position, name in enumerate(place.own):
            parts[position % count].append(name)
        for part in parts:
            if not part:
                part.append(self.fresh(place))
        outputs = [place.output, *[""] * (count - 1)]
        pairs = zip(parts, outputs, strict=True)
        return [
            place.at(own=part, alone=False, through=True, output=output) for part, output in pairs
        ]

    def sizes(self, total: int, count: int) -> list[int]:
        """Share a number of nodes among branches, at least one each."""
        found = [1] * count
        for _ in range(total - count):
            found[self.number(0, count - 1)] += 1
        return found

    def condition(self, place: Place) -> Term:
        return sign(self.one(place.own), self.one(["<", ">=", "=="]), self.number(0, 3))

    def value(self, place: Place) -> Term:
        name = self.one(place.own)
        return self.one([const(self.number(0, 3)), sign(sign(name, "+", 1), "%", 5), var(name)])

    def writable(self, place: Place) -> tuple[str, ...]:
        return (*place.own, *self.watched)


@dataclass(frozen=True)
class Block:
    """A kind of block: what draws it, how many nodes it takes, what the menu must hold."""

    draw: Callable[[Pen, Place, int], Frag]
    least: int
    needs: frozenset[str] = frozenset()
    weight: int = 1
    waits: bool = False
    writes: bool = False
    raises: bool = False


@dataclass
class Caught:
    """Codes a boundary of the activity that is being drawn will catch."""

    errors: tuple[str, ...] = ()
    escalations: tuple[str, ...] = ()
