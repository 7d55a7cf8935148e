"""The diagram as nodes and flows: who follows whom, where a return may lead, the step strip."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from bpmn.expressions import Expression
from bpmn.types import Node


@dataclass(frozen=True)
class Flow:
    """One sequence flow; the way from a throwing to a catching link is one, too."""

    id: str
    source: str
    target: str
    condition: Expression | None = None
    is_default: bool = False


@dataclass(frozen=True)
class Graph:
    """All flows of a file by their source and their target, in the order of the file.

    `after` says what can follow a node at all, also over the border of a subprocess or a call and
    by way of its boundary events; `planned` leaves out those.
    """

    out: Mapping[str, tuple[Flow, ...]]
    into: Mapping[str, tuple[Flow, ...]]
    after: Mapping[str, tuple[str, ...]]
    planned: Mapping[str, tuple[str, ...]]
    joins: frozenset[str]  # parallel gateways with several flows in

    def reach(self, start: str) -> set[str]:
        """Return the start and all nodes behind it."""
        return _walk([start], self.after.__getitem__)

    def reach_as_planned(self, start: str, barrier: str) -> set[str]:
        """Return what lies behind without events coming to pass, not looking past the barrier."""
        return _walk([start], lambda name: () if name == barrier else self.planned[name])


def connect(nodes: Mapping[str, Node], flows: Collection[Flow], calls: Mapping[str, str]) -> Graph:
    """Return the graph of a file; `calls` names the process that a call activity calls."""
    out, into = neighbours(flows, nodes)
    inside: dict[str, list[Node]] = {}
    attached: dict[str, list[str]] = {}
    for node in nodes.values():
        inside.setdefault(node.scope, []).append(node)
        if node.attached:
            attached.setdefault(node.attached, []).append(node.id)
    holders: dict[str, list[str]] = {name: [name] for name in nodes}
    for holder, process in calls.items():
        holders.setdefault(process, []).append(holder)
    after: dict[str, tuple[str, ...]] = {}
    planned: dict[str, tuple[str, ...]] = {}
    for node in nodes.values():
        following = [flow.target for flow in out[node.id]]
        around = holders.get(node.scope, ())
        if not following:  # the end of a subprocess leads to what follows it
            following = [flow.target for holder in around for flow in out[holder]]
        entered = inside.get(calls.get(node.id, node.id), [])
        starts = [inner.id for inner in entered if inner.kind == "start"]
        events = [name for holder in (node.id, *around) for name in attached.get(holder, ())]
        planned[node.id] = (*starts, *following)
        after[node.id] = (*planned[node.id], *events)
    joins = {n.id for n in nodes.values() if n.element == "parallelGateway" and len(into[n.id]) > 1}
    return Graph(out, into, after, planned, frozenset(joins))


def inevitable(
    graph: Graph, starts: Iterable[str], target: str, among: Iterable[str]
) -> tuple[str, ...]:
    """Return those of `among` without which no token comes from a start to the target.

    Past a parallel join comes nobody for whom one of its arms is shut.
    """
    starts = tuple(starts)
    return tuple(
        name for name in among if name != target and target not in _open(graph, starts, name)
    )


def _open(graph: Graph, starts: Iterable[str], barrier: str) -> set[str]:
    """Where tokens can come when nobody passes the barrier."""
    seen: set[str] = set()
    todo = list(starts)
    while todo:
        name = todo.pop()
        if name in seen or name == barrier:
            continue
        if name in graph.joins and any(flow.source not in seen for flow in graph.into[name]):
            continue  # whichever arm comes last looks again
        seen.add(name)
        todo += graph.after[name]
    return seen


def upstream(graph: Graph, nodes: Mapping[str, Node], join: str) -> dict[str, frozenset[str]]:
    """Return for each flow into a join the nodes it can still be reached from, past the join not.

    The way over a boundary event counts as a way of its activity.
    """

    def before(name: str) -> Iterable[str]:
        attached = nodes[name].attached
        sources = [flow.source for flow in graph.into[name]]
        return [n for n in (*sources, *([attached] if attached else [])) if n != join]

    return {flow.id: frozenset(_walk([flow.source], before)) - {join} for flow in graph.into[join]}


def _walk(starts: Iterable[str], neighbours_of: Callable[[str], Iterable[str]]) -> set[str]:
    seen: set[str] = set()
    todo = list(starts)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += neighbours_of(name)
    return seen


@dataclass(frozen=True)
class Token:
    """Where a live token stands; one that waits at a join stands on the flow it came on.

    A subprocess that is open is no token of its own: those inside it are.
    """

    node: str
    on: Flow | None = None

    @property
    def place(self) -> str:
        return self.on.source if self.on else self.node


def undone_by(graph: Graph, target: str, tokens: Iterable[Token]) -> list[Token] | None:
    """Return the tokens a return to target takes away, None when it would block a join.

    A token that cannot be reached from the target stays: it is another branch's work. The
    target together with what stays must be able to fill every join that lies ahead, and once only:
    where two tokens that stay would come on one flow, nobody can say whose partner was undone.
    """
    behind = graph.reach(target)
    undone = [token for token in tokens if token.place in behind]
    stay = [token for token in tokens if token.place not in behind]
    for join in graph.joins & behind:
        reached = [graph.reach_as_planned(t.node, join) for t in stay if t.node != join]
        again = graph.reach_as_planned(target, join)
        for flow in graph.into[join]:
            coming = sum(flow.source in nodes for nodes in reached)
            coming += sum(t.on == flow for t in stay if t.node == join)
            if coming > 1 or not (coming or flow.source in again):
                return None
    return undone


def road(
    nodes: Mapping[str, Node],
    graph: Graph,
    start: Node,
    taken: Callable[[str], str | None] = lambda _: None,
) -> tuple[str, ...]:
    """Return the nodes of the step strip: of every choice the way with most people on it.

    Where it is known already, `taken` tells which node follows a choice. What only a boundary
    event leads to is no step: nobody plans it.
    """
    order = _topological(graph, start.id)
    best: dict[str, frozenset[str]] = {}
    for name in reversed(order):
        ways = [best.get(following, frozenset()) for following in graph.planned[name]]
        if _takes_all(nodes[name]):
            ahead = frozenset().union(*ways)
        elif (way := taken(name)) is not None:
            ahead = best.get(way, frozenset())
        else:
            ahead = max(ways, key=len, default=frozenset())
        best[name] = ahead | {name} if _is_step(nodes[name]) else ahead
    return tuple(name for name in order if name in best[start.id])


def _takes_all(node: Node) -> bool:
    return node.element not in ("exclusiveGateway", "eventBasedGateway")


def _is_step(node: Node) -> bool:
    return node.kind == "user" or (node.kind == "start" and "form" in node.properties)


def _topological(graph: Graph, start: str) -> list[str]:
    """Order the nodes so that flows lead forward, drawn loops apart."""
    done: list[str] = []
    seen: set[str] = {start}
    path = [(start, reversed(graph.after[start]))]  # so that the first drawn way comes first
    while path:
        name, ways = path[-1]
        following = next((other for other in ways if other not in seen), None)
        if following is None:
            done.append(name)
            path.pop()
        else:
            seen.add(following)
            path.append((following, reversed(graph.after[following])))
    return done[::-1]


def neighbours(
    flows: Collection[Flow], names: Iterable[str]
) -> tuple[dict[str, tuple[Flow, ...]], dict[str, tuple[Flow, ...]]]:
    """Return the flows by source and by target, with an entry for every name."""
    out: dict[str, list[Flow]] = {name: [] for name in names}
    into: dict[str, list[Flow]] = {name: [] for name in out}
    for flow in flows:
        out[flow.source].append(flow)
        into[flow.target].append(flow)
    return ({k: tuple(v) for k, v in out.items()}, {k: tuple(v) for k, v in into.items()})
