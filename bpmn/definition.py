"""From the bytes of a model to a Definition that the engine can run; parsed once, then cached."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any, cast

from bpmn import lint, loops, triggers, xml
from bpmn.expressions import ExpressionError, compile_expression, evaluate, names
from bpmn.graph import Flow, Graph, connect, inevitable, road
from bpmn.properties import values
from bpmn.scripts import compile_script, script_names
from bpmn.specs import Drawing, ProcessSpec, build
from bpmn.specs.building import Handed
from bpmn.triggers import Trigger
from bpmn.types import Kind, Node, Refused


@dataclass(frozen=True, eq=False)
class Definition:
    """A process that was accepted. `graph`, `triggers` and `spec` are the engine's own.

    `nodes` are all of the file, `starts` the start events of the main process: `start` is the one
    without an event if there is one, the others wait for a timer or a message.
    """

    key: str
    name: str
    properties: Mapping[str, str]
    nodes: Mapping[str, Node]
    start: Node
    starts: tuple[Node, ...]
    road: tuple[str, ...]
    variables_read: frozenset[str]
    triggers: Mapping[str, Trigger]
    watches: bool  # whether any event waits for a condition
    graph: Graph = field(repr=False)
    spec: ProcessSpec = field(repr=False)

    def road_for(self, variables: Mapping[str, Any]) -> tuple[str, ...]:
        """The road of one run: its form has chosen the way at some gateways already.

        What an outcome chooses may yet be chosen otherwise, when the step is done again.
        """
        if not any(map(self._is_foreseen, self.nodes)):
            return self.road
        return road(self.nodes, self.graph, self.start, partial(self._taken, variables=variables))

    def _is_foreseen(self, name: str) -> bool:
        """A choice by answers alone."""
        conditions = [flow.condition for flow in self.graph.out[name] if flow.condition]
        read = frozenset[str]().union(*map(names, conditions))
        return (
            self.nodes[name].element == "exclusiveGateway"
            and bool(read)
            and not any(one.endswith("outcome") for one in read)
        )

    def _taken(self, name: str, variables: Mapping[str, Any]) -> str | None:
        if not self._is_foreseen(name):
            return None
        flows = self.graph.out[name]
        try:
            true = (f for f in flows if f.condition and evaluate(f.condition, variables))
            found = next(true, None) or next((f for f in flows if f.is_default), None)
        except ExpressionError:  # the form was not sent yet
            return None
        return found.target if found else None

    def passed_before(self, node: str) -> dict[str, str]:
        """Return the user tasks that lie on every way from a start to a node, with their names."""
        people = [one.id for one in self.nodes.values() if one.kind == "user"]
        found = inevitable(self.graph, (one.id for one in self.starts), node, people)
        return {name: self.nodes[name].name for name in found}


def parse(model: bytes) -> Definition:
    """Return the definition of a model, if it is accepted.

    Raises: Refused when the lint finds an error.
    """
    errors = [finding for finding in lint.lint(model) if finding.severity == "error"]
    if errors:
        raise Refused(errors)
    return load(model)


@lru_cache(maxsize=256)
def load(model: bytes) -> Definition:
    """Return the definition of a model that was accepted before.

    What runs must not stop because the lint has become stricter since.
    """
    main, called = xml.processes(root := xml.read(model))
    elements = _elements(main, *called)
    lanes = _lanes(root)
    nodes = {name: _node(element, lanes.get(name, "")) for name, element in elements.items()}
    drawing = _drawing(elements, nodes)
    key = main.get("id", "")
    starts = [n for n in nodes.values() if n.kind == "start" and n.scope == key]
    start = next((node for node in starts if node.event == "none"), starts[0])
    return Definition(
        key=key,
        name=main.get("name") or key,
        properties=MappingProxyType(xml.properties(main)),
        nodes=MappingProxyType(nodes),
        start=start,
        starts=tuple(starts),
        road=road(nodes, drawing.graph, start),
        variables_read=_read(drawing),
        triggers=MappingProxyType(drawing.triggers),
        watches=any(t.kind == "conditional" for t in drawing.triggers.values()),
        graph=drawing.graph,
        spec=build(key, drawing),
    )


def _elements(*scopes: xml.Element) -> dict[str, xml.Element]:
    """Return all nodes by their id, each subprocess before what is drawn in it."""
    found: dict[str, xml.Element] = {}
    todo = list(reversed(scopes))
    while todo:
        scope = todo.pop()
        for element in xml.children(scope, *xml.KINDS):
            found[element.get("id", "")] = element
        todo += reversed(xml.children(scope, "subProcess"))
    return found


def _drawing(elements: Mapping[str, xml.Element], nodes: Mapping[str, Node]) -> Drawing:
    calls = {n: xml.local(e.get("calledElement")) for n, e in elements.items() if _calls(e)}
    found = {name: triggers.read(e) for name, e in elements.items() if nodes[name].event != "none"}
    flows = [*_flows(elements), *_links(nodes, found)]
    starts = {node.scope: node.id for node in nodes.values() if node.kind == "start"}
    repeated = {name: loops.read(element) for name, element in elements.items()}
    return Drawing(
        nodes=nodes,
        graph=connect(nodes, flows, calls),
        triggers=found,
        scripts={
            name: compile_script(xml.script(elements[name]))
            for name, node in nodes.items()
            if node.kind == "script"
        },
        loops={name: loop for name, loop in repeated.items() if loop is not None},
        first={
            name: starts[calls.get(name, name)]
            for name, node in nodes.items()
            if node.kind in ("subprocess", "call")
        },
        handed={name: _handed(elements[name]) for name in calls},
    )


def _calls(element: xml.Element) -> bool:
    return xml.kind(element) == "callActivity"


def _node(element: xml.Element, lane: str) -> Node:
    name = element.get("id", "")
    scope = element.getparent()
    return Node(
        id=name,
        name=element.get("name") or name,
        kind=cast("Kind", xml.KINDS[xml.kind(element)]),
        element=xml.kind(element),
        lane=lane,
        properties=MappingProxyType(xml.properties(element)),
        scope="" if scope is None else scope.get("id", ""),
        attached=xml.local(element.get("attachedToRef")),
        event=triggers.kind_of(element),
    )


def _flows(elements: Mapping[str, xml.Element]) -> list[Flow]:
    """Return the drawn flows, scope by scope in the order of the file."""
    scopes = dict.fromkeys(e.getparent() for e in elements.values())
    return [
        _flow(flow, elements)
        for scope in scopes
        if scope is not None
        for flow in xml.children(scope, "sequenceFlow")
    ]


def _flow(element: xml.Element, elements: Mapping[str, xml.Element]) -> Flow:
    name, source = element.get("id", ""), xml.local(element.get("sourceRef"))
    text = xml.condition(element)
    return Flow(
        id=name,
        source=source,
        target=xml.local(element.get("targetRef")),
        condition=compile_expression(text) if text is not None else None,
        is_default=xml.local(elements[source].get("default")) == name,
    )


def _links(nodes: Mapping[str, Node], found: Mapping[str, Trigger]) -> list[Flow]:
    """Return the ways from throwing to catching links (BPMN 2.0.2, 10.5.6), by name and scope."""
    links = [node for node in nodes.values() if node.event == "link"]
    catching = {
        (node.scope, found[node.id].name): node.id
        for node in links
        if node.element == "intermediateCatchEvent"
    }
    return [
        Flow(f".{node.id}", node.id, catching[node.scope, found[node.id].name])
        for node in links
        if node.element == "intermediateThrowEvent"
    ]


def _handed(call: xml.Element) -> tuple[Handed, Handed]:
    given = xml.properties(call)
    return _assignments(given.get("in", "")), _assignments(given.get("out", ""))


def _assignments(text: str) -> Handed:
    """Read `name` and `target=expression`, one a line or between semicolons."""
    found = []
    for part in values(text):
        name, _, expression = part.partition("=")
        found.append((name.strip(), compile_expression(expression or name)))
    return tuple(found)


def _read(drawing: Drawing) -> frozenset[str]:
    """Return the variables that conditions, scripts and the like read."""
    expressions = [
        *(f.condition for flows in drawing.graph.out.values() for f in flows),
        *(t.condition for t in drawing.triggers.values()),
        *(t.correlation for t in drawing.triggers.values()),
        *(e for handed in drawing.handed.values() for _, e in handed[0]),
        *(e for loop in drawing.loops.values() for e in loop.expressions),
    ]
    read = [names(expression) for expression in expressions if expression is not None]
    lists = [loop.reads for loop in drawing.loops.values()]
    return frozenset().union(*read, *lists, *map(script_names, drawing.scripts.values()))


def _lanes(root: xml.Element) -> dict[str, str]:
    return {
        xml.reference(member): str(lane.get("name") or lane.get("id"))
        for lane in xml.find(root, "lane")
        for member in xml.children(lane, "flowNodeRef")
    }
