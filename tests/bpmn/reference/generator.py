"""Random models: blocks within blocks, and a share with flows that cross the blocks.

A model has at most `size` nodes. Every choice comes from one Random, which hypothesis may lead.
"""

from random import Random

from tests.bpmn.reference import activities, blocks, leaves
from tests.bpmn.reference.drawing import EVERYTHING, Block, Pen, Place
from tests.bpmn.reference.model import Model, Node, Scope
from tests.bpmn.reference.sequences import whole
from tests.bpmn.reference.terms import sign

MOST = 20
SHARED = {"timer", "message", "signal", "conditional", "error", "escalation"}


def draw_model(
    random: Random, menu: frozenset[str] = EVERYTHING, size: int = MOST, *, crossed: bool = False
) -> Model:
    """Return a model; `crossed` adds flows a careful drawer would not draw."""
    pen = Pen(random, menu, [block for block in BLOCKS if block.needs <= menu])
    room = pen.one([4, 8, 12, 16, 2, 6, 10, 14, 1])
    model = _model(pen, room)
    while len(model.all_nodes) > size:  # ends and merges come on top of what a block was given
        room -= 3
        model = _model(pen, max(1, room))
    for node in model.all_nodes.values():
        if (
            "reference" in menu
            and node.trigger
            and node.trigger.kind in SHARED
            and "Task" not in node.element
        ):
            node.by_reference = pen.chance(10)
    if crossed:
        for _ in range(pen.number(1, 3)):
            cross(pen, pen.one(list(model.scopes())))
    return model


def _model(pen: Pen, room: int) -> Model:
    pen.model = model = Model(Scope("main"), payload=tuple(pen.watched))
    pen.spare.clear()
    place = Place(model.main, model.variables, ["a", "b"])
    model.variables.update(dict.fromkeys([*place.own, *pen.watched], 0), l0=[1, 2, 0])
    whole(pen, place, room)
    return model


BLOCKS = [
    Block(leaves.leaf, 1, weight=3),
    Block(blocks.exclusive, 4, weight=2),
    Block(blocks.parallel, 4, weight=2),
    Block(blocks.inclusive, 4, frozenset({"inclusive"}), weight=2),
    Block(blocks.implicit, 4, frozenset({"implicit"}), weight=2),
    Block(blocks.conditional_ways, 4, frozenset({"implicit", "inclusive"}), weight=2, writes=True),
    Block(blocks.drawn_loop, 4, weight=2, writes=True),
    Block(blocks.events, 5, frozenset({"event_gateway"}), weight=2, waits=True),
    Block(blocks.duet, 6, frozenset({"signal", "throw"}), waits=True),
    Block(blocks.raising, 4, weight=8, raises=True),
    Block(leaves.link, 2, frozenset({"link"})),
    Block(activities.bounded_task, 3, frozenset({"boundary"}), weight=4, waits=True),
    Block(activities.subprocess, 4, frozenset({"subprocess"}), weight=5),
    Block(activities.call, 4, frozenset({"call"}), weight=4),
]


def cross(pen: Pen, scope: Scope) -> None:
    """Add a flow forward from one node to a later one, or make a join one of another kind."""
    joins = [
        n
        for n in scope.nodes
        if n.element in {"parallelGateway", "inclusiveGateway", "exclusiveGateway"}
        and len([f for f in scope.flows if f.target == n.id]) > 1
        and len([f for f in scope.flows if f.source == n.id]) == 1
    ]
    if joins and pen.chance(50):
        join = pen.one(joins)
        kinds = {"parallelGateway", "exclusiveGateway"}
        kinds |= {"inclusiveGateway"} & ({"inclusiveGateway"} if "inclusive" in pen.menu else set())
        join.element = pen.one(sorted(kinds - {join.element}))
        return
    behind_gateway = {
        f.target
        for f in scope.flows
        if any(n.id == f.source and n.element == "eventBasedGateway" for n in scope.nodes)
    }
    pairs = [
        (a, b)
        for position, a in enumerate(scope.nodes)
        for b in scope.nodes[position + 1 :]
        if _may_leave(a) and _may_reach(b) and b.id not in behind_gateway
        if not any((f.source, f.target) == (a.id, b.id) for f in scope.flows)
        if "implicit" in pen.menu or a.element in {"exclusiveGateway", "parallelGateway"}
    ]
    if not pairs:
        return
    source, target = pen.one(pairs)
    place = Place(scope, {}, ["a"])
    choosing = source.element in {"exclusiveGateway", "inclusiveGateway"}
    out = [f for f in scope.flows if f.source == source.id]
    if choosing and len(out) == 1 and out[0].condition is None:
        source.default = out[0].id
    condition = sign(pen.one(_numbers(pen, scope)), "<", pen.number(0, 3)) if choosing else None
    pen.flow(place, source.id, target.id, condition)


def _numbers(pen: Pen, scope: Scope) -> list[str]:
    """Names every map of the scope is sure to hold."""
    if scope in pen.model.called:
        return [name for s, home, _ in pen.spare if s is scope for name in home] or ["a"]
    return ["a", "b"]


def _may_leave(node: Node) -> bool:
    silent = {"endEvent", "eventBasedGateway", "boundaryEvent", "startEvent"}
    return node.element not in silent and not _is_link(node, "intermediateThrowEvent")


def _may_reach(node: Node) -> bool:
    never = {"startEvent", "boundaryEvent"}
    return node.element not in never and not _is_link(node, "intermediateCatchEvent")


def _is_link(node: Node, element: str) -> bool:
    return node.element == element and node.trigger is not None and node.trigger.kind == "link"
