"""A model as the rules see it: scopes with nodes and flows, read once, however wrong it is."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bpmn import xml
from bpmn.expressions import ExpressionError
from bpmn.rules.table import ACCEPTED
from bpmn.scripts import compile_script

Element = xml.Element


@dataclass(eq=False)
class Flow:
    id: str
    source: str
    target: str
    element: Element
    condition: str | None


@dataclass(eq=False)
class Node:
    """One event, activity or gateway; `trigger` is `timer`, `message`, … of an event."""

    id: str
    kind: str
    element: Element
    scope: "Scope"
    definitions: list[Element] = field(default_factory=list)
    declared: Element | None = None  # the message, signal, error or escalation it refers to
    inner: "Scope | None" = None

    @cached_property
    def trigger(self) -> str:
        first = self.definitions[:1]
        return xml.kind(first[0]).removesuffix(xml.SUFFIX) if first else ""

    @cached_property
    def properties(self) -> dict[str, str]:
        return xml.properties(self.element)

    @cached_property
    def loop(self) -> Element | None:
        return xml.loop_of(self.element)

    @property
    def host(self) -> str:
        return xml.local(self.element.get("attachedToRef"))

    @property
    def interrupts(self) -> bool:
        return xml.is_set(self.element, "cancelActivity", default=True)

    @property
    def name(self) -> str:
        """Which message, signal, error or escalation it speaks of; "" for any."""
        if self.trigger == "link":
            return self.definitions[0].get("name") or ""
        if self.declared is None:
            return ""
        attribute = xml.DECLARED[xml.kind(self.declared)][2]
        return self.declared.get(attribute) or ""


class Scope:
    """The inside of a process, or of the subprocess `host`."""

    def __init__(self, element: Element, host: "Node | None") -> None:
        self.element = element
        self.host = host
        self.id = element.get("id") or ""
        self.nodes: dict[str, Node] = {}
        self.flows: list[Flow] = []
        self.out: dict[str, list[Flow]] = defaultdict(list)
        self.into: dict[str, list[Flow]] = defaultdict(list)
        self.boundaries: dict[str, list[Node]] = defaultdict(list)
        self.refused: set[str] = set()  # what the table refuses, and flows may lead to

    @property
    def parent(self) -> "Scope | None":
        return self.host.scope if self.host else None

    @property
    def depth(self) -> int:
        return 0 if self.parent is None else self.parent.depth + 1

    @property
    def process(self) -> "Scope":
        return self if self.parent is None else self.parent.process

    def of(self, *kinds: str) -> list[Node]:
        return [node for node in self.nodes.values() if node.kind in kinds]

    @cached_property
    def links(self) -> Mapping[str, list[str]]:
        """The catching ends of each link by its throwing node."""
        catching = [node for node in self.of("intermediateCatchEvent") if node.trigger == "link"]
        return {
            node.id: [other.id for other in catching if other.name == node.name]
            for node in self.of("intermediateThrowEvent")
            if node.trigger == "link"
        }

    def after(self, name: str) -> Iterator[str]:
        """Where a token may go from a node: flows, its boundary events, the other end of a link."""
        yield from (flow.target for flow in self.out[name] if flow.target in self.nodes)
        yield from (node.id for node in self.boundaries.get(name, ()))
        yield from self.links.get(name, ())


class Model:
    """All scopes of a file; nodes and flows hang below them."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self._shared = xml.shared_definitions(root)
        self._declared = {(xml.kind(child), child.get("id") or ""): child for child in root}
        self.scopes: list[Scope] = []
        for process in xml.children(root, "process"):
            self._read(process, None)
        self.processes = [scope for scope in self.scopes if scope.parent is None]
        self.by_id = {scope.id: scope for scope in self.processes}
        self.by_element = {n.element: n for scope in self.scopes for n in scope.nodes.values()}
        self.place = {name: scope for scope in self.scopes for name in scope.nodes}

    def _read(self, element: Element, host: Node | None) -> Scope:
        scope = Scope(element, host)
        self.scopes.append(scope)
        for child in element:
            kind = xml.kind(child)
            if kind in xml.NODES:
                node = Node(child.get("id") or "", kind, child, scope)
                self._resolve(node)
                scope.nodes[node.id] = node
                if kind == "subProcess":
                    node.inner = self._read(child, node)
                elif kind == "boundaryEvent":
                    scope.boundaries[node.host].append(node)
            elif kind == "sequenceFlow":
                flow = Flow(
                    child.get("id") or "",
                    child.get("sourceRef") or "",
                    child.get("targetRef") or "",
                    child,
                    xml.condition(child),
                )
                scope.flows.append(flow)
                scope.out[flow.source].append(flow)
                scope.into[flow.target].append(flow)
            elif kind not in ACCEPTED:
                scope.refused.add(child.get("id") or "")
        return scope

    def _resolve(self, node: Node) -> None:
        """Find what a node refers to; there may be a thousand events and declarations each."""
        carrier, what = node.element, "message"
        if node.kind.endswith("Event"):
            node.definitions = xml.event_definitions(node.element, self._shared)
            if not node.definitions:
                return
            carrier, what = node.definitions[0], node.trigger
        elif node.kind not in ("sendTask", "receiveTask"):
            return
        if what in xml.DECLARED:
            attribute, tag, _ = xml.DECLARED[what]
            node.declared = self._declared.get((tag, xml.local(carrier.get(attribute))))

    @cached_property
    def nodes(self) -> list[Node]:
        return [node for scope in self.scopes for node in scope.nodes.values()]

    def of(self, *kinds: str) -> Iterator[Node]:
        return (node for node in self.nodes if node.kind in kinds)

    @cached_property
    def called_ids(self) -> frozenset[str]:
        return frozenset(xml.local(n.element.get("calledElement")) for n in self.of("callActivity"))

    @property
    def mains(self) -> list[Scope]:
        return [scope for scope in self.processes if scope.id not in self.called_ids]

    def is_main(self, scope: Scope) -> bool:
        return scope.parent is None and scope.id not in self.called_ids

    def called(self, node: Node) -> Scope | None:
        return self.by_id.get(xml.local(node.element.get("calledElement")))

    @cached_property
    def calls(self) -> Mapping[Scope, list[Node]]:
        """The call activities of each process, also those in its subprocesses."""
        found: dict[Scope, list[Node]] = {process: [] for process in self.processes}
        for node in self.of("callActivity"):
            found[node.scope.process].append(node)
        return found

    @cached_property
    def _callers(self) -> Mapping[Scope, list[Node]]:
        found: dict[Scope, list[Node]] = defaultdict(list)
        for node in self.of("callActivity"):
            if (process := self.called(node)) is not None:
                found[process].append(node)
        return found

    def callers(self, process: Scope) -> list[Node]:
        return self._callers.get(process, [])

    @cached_property
    def _waiting(self) -> set[Scope]:
        """The scopes in which something waits, also deeper or in a called process."""
        todo = [node.scope for node in self.nodes if _waits(node)]
        waiting: set[Scope] = set()
        while todo:
            scope = todo.pop()
            if scope not in waiting:
                waiting.add(scope)
                hosts = [scope.host] if scope.host is not None else self.callers(scope)
                todo += [host.scope for host in hosts]
        return waiting

    def waits(self, node: Node) -> bool:
        """Tell whether a token may stay here until somebody or something outside acts."""
        inner = self.called(node) if node.kind == "callActivity" else node.inner
        return _waits(node) or inner in self._waiting


def _waits(node: Node) -> bool:
    if node.kind == "intermediateCatchEvent":
        return node.trigger != "link"
    return node.kind in ("userTask", "receiveTask", "eventBasedGateway")


def walk(starts: Iterable[str], after: Mapping[str, Iterable[str]]) -> set[str]:
    """Return the starts and all that lies behind them."""
    seen: set[str] = set()
    todo = list(starts)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += after.get(name, ())
    return seen


def assigned(task: Node) -> list[str]:
    """Return the variables a script sets; none when it cannot be read, which is told elsewhere."""
    try:
        return [name for name, _ in compile_script(xml.script(task.element))]
    except ExpressionError:
        return []
