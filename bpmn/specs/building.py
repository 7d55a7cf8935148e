"""From the nodes and flows of a file to the specs SpiffWorkflow runs, one a node.

Spiff's XML parser is not used: it orders a gateway's flows by the drawing's y coordinate, keeps
every expression for eval and recurses once a node.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bpmn.expressions import Expression
from bpmn.graph import Flow, Graph, upstream
from bpmn.loops import Loop, Multi
from bpmn.scripts import Script
from bpmn.specs.base import Drawn, ProcessSpec
from bpmn.specs.events import Catch, Terminate, Throw
from bpmn.specs.gateways import EventBased, Exclusive, Inclusive, InclusiveJoin, Parallel
from bpmn.specs.scopes import Call, Looped, MultiInstance, Subprocess
from bpmn.specs.tasks import Manual, Scripted, Service
from bpmn.triggers import Trigger
from bpmn.types import Node

Handed = tuple[tuple[str, Expression], ...]


@dataclass(frozen=True)
class Drawing:
    """A file as it was read: its nodes, and by the id of a node what else was said of it.

    `calls` names the process a call activity calls, `first` the start event inside a subprocess or
    of a called process, `handed` what goes into a call and what comes back.
    """

    nodes: Mapping[str, Node]
    graph: Graph
    triggers: Mapping[str, Trigger]
    scripts: Mapping[str, Script]
    loops: Mapping[str, Loop | Multi]
    first: Mapping[str, str]
    handed: Mapping[str, tuple[Handed, Handed]]


def build(key: str, drawing: Drawing) -> ProcessSpec:
    process = ProcessSpec(key)
    specs: dict[str, Drawn] = {}
    for node in drawing.nodes.values():
        make = _maker(process, node, drawing)
        loop = drawing.loops.get(node.id)
        if loop is None:
            specs[node.id] = make()
            continue
        flows = drawing.graph.out[node.id]
        if isinstance(loop, Loop):
            specs[node.id] = Looped(process, node, flows, loop)
        else:
            specs[node.id] = MultiInstance(process, node, flows, loop)
        make(repeated=True)
    for node in drawing.nodes.values():
        if node.attached:
            specs[node.attached].boundary += ((node, drawing.triggers[node.id]),)
    return process


def _maker(process: ProcessSpec, node: Node, drawing: Drawing) -> Callable[..., Drawn]:
    """Return what makes the spec of a node, for its place or for the passes of a repeated one."""
    name, flows = node.id, drawing.graph.out[node.id]
    trigger = drawing.triggers.get(name, Trigger())
    common = (process, node, flows)
    match node.kind:
        case "start":
            return partial(Manual if "form" in node.properties else Drawn, *common)
        case "user":
            return partial(Manual, *common)
        case "service":
            return partial(Service, *common)
        case "script":
            return partial(Scripted, *common, drawing.scripts[name])
        case "send":
            return partial(Throw, *common, trigger)
        case "receive":
            return partial(Catch, *common, trigger)
        case "subprocess":
            return partial(Subprocess, *common, drawing.first[name])
        case "call":
            return partial(Call, *common, drawing.first[name], drawing.handed[name])
        case "gateway":
            return _gateway(common, drawing)
        case _:
            return _event(common, trigger)


def _gateway(
    common: tuple[ProcessSpec, Node, Sequence[Flow]], drawing: Drawing
) -> Callable[..., Drawn]:
    _, node, flows = common
    into = drawing.graph.into[node.id]
    match node.element:
        case "exclusiveGateway":
            return partial(Exclusive, *common)
        case "parallelGateway":
            return partial(Parallel, *common, into)
        case "inclusiveGateway" if len(into) > 1:
            return partial(InclusiveJoin, *common, upstream(drawing.graph, drawing.nodes, node.id))
        case "inclusiveGateway":
            return partial(Inclusive, *common)
        case _:
            events = [(drawing.nodes[f.target], drawing.triggers[f.target]) for f in flows]
            return partial(EventBased, *common, events)


def _event(
    common: tuple[ProcessSpec, Node, Sequence[Flow]], trigger: Trigger
) -> Callable[..., Drawn]:
    _, node, _ = common
    match trigger.kind:
        case "none" | "link":
            return partial(Drawn, *common)
        case "terminate":
            return partial(Terminate, *common)
        case _ if node.element in ("intermediateCatchEvent", "boundaryEvent"):
            return partial(Catch, *common, trigger)
        case _:
            return partial(Throw, *common, trigger)
