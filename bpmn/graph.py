"""The diagram as nodes and flows: who follows whom, where a return may lead, the step strip."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from bpmn.expressions import Expression
from bpmn.types import Node


@dataclass(frozen=True)
class Flow:
    """One sequence flow; `condition` is None for the default flow and for plain ones."""

    id: str
    source: str
    target: str
    condition: Expression | None


@dataclass(frozen=True)
class Graph:
    """Flows by their source and their target, in the order of the file."""

    out: Mapping[str, tuple[Flow, ...]]
    into: Mapping[str, tuple[Flow, ...]]
    joins: frozenset[str]  # parallel gateways with several flows in

    def reach(self, starts: Iterable[str], barrier: str = "") -> set[str]:
        """Return the starts and all nodes behind them, not looking past the barrier."""
        seen: set[str] = set()
        todo = list(starts)
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                if name != barrier:
                    todo += [flow.target for flow in self.out[name]]
        return seen


@dataclass(frozen=True)
class Token:
    """Where a live token stands; one that waits at a join stands on the flow from `source`."""

    node: str
    source: str | None = None

    @property
    def place(self) -> str:
        return self.source or self.node


def undone_by(graph: Graph, target: str, tokens: Iterable[Token]) -> list[Token] | None:
    """Return the tokens a return to target takes away, None when it would block a join.

    A token that cannot be reached from the target stays: it is another branch's work. The
    target together with what stays must be able to fill every join that lies ahead.
    """
    behind = graph.reach([target])
    undone = [token for token in tokens if token.place in behind]
    stay = [token for token in tokens if token.place not in behind]
    for join in graph.joins & behind:
        moving = [target, *(t.node for t in stay if t.node != join)]
        arriving = graph.reach(moving, barrier=join) | {t.source for t in stay if t.node == join}
        if not {flow.source for flow in graph.into[join]} <= arriving:
            return None
    return undone


def road(nodes: Mapping[str, Node], graph: Graph, start: Node) -> tuple[str, ...]:
    """Return the nodes of the step strip: of every choice the way with most people on it."""
    order = _topological(graph, start.id)
    best: dict[str, frozenset[str]] = {}
    for name in reversed(order):
        ways = [best.get(flow.target, frozenset()) for flow in graph.out[name]]
        if nodes[name].element == "parallelGateway":
            ahead = frozenset().union(*ways)
        else:
            ahead = max(ways, key=len, default=frozenset())
        best[name] = ahead | {name} if _is_step(nodes[name]) else ahead
    return tuple(name for name in order if name in best[start.id])


def _is_step(node: Node) -> bool:
    return node.kind == "user" or (node.kind == "start" and "form" in node.properties)


def _topological(graph: Graph, start: str) -> list[str]:
    """Order the nodes so that flows lead forward, drawn loops apart."""
    done: list[str] = []
    seen: set[str] = {start}
    path = [(start, reversed(graph.out[start]))]  # so that the first drawn way comes first
    while path:
        name, flows = path[-1]
        following = next((f.target for f in flows if f.target not in seen), None)
        if following is None:
            done.append(name)
            path.pop()
        else:
            seen.add(following)
            path.append((following, reversed(graph.out[following])))
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
