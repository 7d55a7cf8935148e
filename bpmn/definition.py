"""From the bytes of a model to a Definition that the engine can run; parsed once, then cached."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import cast

from bpmn import lint, xml
from bpmn.expressions import compile_expression, names
from bpmn.graph import Flow, Graph, neighbours, road
from bpmn.scripts import compile_script, script_names
from bpmn.specs import ProcessSpec, build
from bpmn.types import Kind, Node, Refused


@dataclass(frozen=True, eq=False)
class Definition:
    """A process that was accepted. `graph` and `spec` are the engine's own."""

    key: str
    name: str
    properties: Mapping[str, str]
    nodes: Mapping[str, Node]
    start: Node
    road: tuple[str, ...]
    variables_read: frozenset[str]
    graph: Graph = field(repr=False)
    spec: ProcessSpec = field(repr=False)


@lru_cache(maxsize=256)
def parse(model: bytes) -> Definition:
    """Return the definition of a model.

    Raises: Refused when the lint finds an error.
    """
    root = xml.read(model)
    errors = [finding for finding in lint.check(root) if finding.severity == "error"]
    if errors:
        raise Refused(errors)
    return _definition(next(xml.find(root, "process")))


def _definition(process: xml.Element) -> Definition:
    elements = {e.get("id", ""): e for e in xml.children(process, *xml.KINDS)}
    lanes = _lanes(process)
    nodes = {name: _node(element, lanes.get(name, "")) for name, element in elements.items()}
    flows = [_flow(element) for element in xml.children(process, "sequenceFlow")]
    out, into = neighbours(flows, nodes)
    joins = {n.id for n in nodes.values() if n.element == "parallelGateway" and len(into[n.id]) > 1}
    graph = Graph(out, into, frozenset(joins))
    start = next(node for node in nodes.values() if node.kind == "start")
    key = process.get("id", "")
    scripts = {
        name: compile_script(xml.script(elements[name]))
        for name, node in nodes.items()
        if node.kind == "script"
    }
    timers = {n: xml.timer(elements[n]) for n, node in nodes.items() if node.kind == "event"}
    ending = {n for n, e in elements.items() if xml.children(e, "terminateEventDefinition")}
    read = [names(flow.condition) for flow in flows if flow.condition is not None]
    return Definition(
        key=key,
        name=process.get("name") or key,
        properties=MappingProxyType(xml.properties(process)),
        nodes=MappingProxyType(nodes),
        start=start,
        road=road(nodes, graph, start),
        variables_read=frozenset().union(*read, *map(script_names, scripts.values())),
        graph=graph,
        spec=build(key, nodes, graph, scripts, timers, frozenset(ending)),
    )


def _node(element: xml.Element, lane: str) -> Node:
    name = element.get("id", "")
    return Node(
        id=name,
        name=element.get("name") or name,
        kind=cast("Kind", xml.KINDS[xml.kind(element)]),
        element=xml.kind(element),
        lane=lane,
        properties=MappingProxyType(xml.properties(element)),
    )


def _flow(element: xml.Element) -> Flow:
    text = xml.condition(element)
    condition = compile_expression(text) if text is not None else None
    return Flow(
        element.get("id", ""), element.get("sourceRef", ""), element.get("targetRef", ""), condition
    )


def _lanes(process: xml.Element) -> dict[str, str]:
    return {
        xml.reference(member): str(lane.get("name") or lane.get("id"))
        for lane in xml.find(process, "lane")
        for member in xml.children(lane, "flowNodeRef")
    }
