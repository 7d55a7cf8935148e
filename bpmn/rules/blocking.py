"""Joins that could wait for ever: the token game, played over every choice of a scope.

A diagram is nearly a free-choice net (each flow has one target), so it is enough to move one token
at a time and to branch at choices only; every dead end is still found. Inclusive joins look at
the other tokens, so they move last, as the engine does it.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

from bpmn.rules.findings import found
from bpmn.rules.model import Flow, Model, Node, Scope
from bpmn.types import Finding

MAX_EFFORT, MAX_TOKENS = 200_000, 4  # beyond it there is no verdict; the engine counts right anyway
MAX_CHOICES = 5  # flows whose every combination is played
Marking = frozenset[tuple[str, int]]  # (flow, tokens on it)
Way = tuple[str, ...]


def check(model: Model) -> Iterator[Finding]:
    for scope in model.scopes:
        for join in sorted(_Game(scope).blocked()):
            yield found(
                "join-blocks",
                scope.nodes[join].element,
                "这个网关可能永远等不齐各条连线。",
                "请让同一个网关分出的每条路都汇到这里;只走一条的路用排他网关汇合。",
            )


def warnings(model: Model) -> Iterator[Finding]:
    for scope in model.scopes:
        for node in sorted(_Game(scope).doubled()):
            yield found(
                "lack-of-synchronisation",
                scope.nodes[node].element,
                "并行的几条路在这里没有汇合,其后的节点会走几遍。",
                "只想走一遍时,请先用并行网关或包容网关汇合。",
            )


class _Game:
    """The ways through each node of a well-formed scope, as sets of flows."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.target = {flow.id: flow.target for flow in scope.flows}
        self.into = {name: [f.id for f in scope.into[name]] for name in scope.nodes}
        self.ways = {name: _ways(node) for name, node in scope.nodes.items()}
        several = [n for n in scope.of("parallelGateway", "inclusiveGateway") if self._meets(n)]
        self.joins = {node.id for node in several if node.kind == "parallelGateway"}
        self.inclusive = {node.id for node in several if node.kind == "inclusiveGateway"}
        self.stops = {n.id for n in scope.of("endEvent") if n.trigger in ("terminate", "error")}
        self.starts = [way for start in scope.of("startEvent") for way in self.ways[start.id]]
        self.distance = self._distances()
        self.before: dict[str, list[str]] = {flow: [] for flow in self.target}
        for flow, node in self.target.items():
            for other in {other for way in self.ways[node] for other in way}:
                self.before[other].append(flow)
        self.effort = MAX_EFFORT
        self._ahead: dict[str, dict[str, set[str]]] = {}

    def _meets(self, node: Node) -> bool:
        return len(self.into[node.id]) > 1

    def _distances(self) -> dict[str, int]:
        """Number the flows away from the start.

        The token that is farthest moves first: a branch is played to its end before the next
        one is touched, so the plays of n branches add up instead of multiplying.
        """
        numbered: dict[str, int] = {}
        todo = [flow for way in self.starts for flow in way]
        for flow in todo:  # grows while we walk
            if flow not in numbered:
                numbered[flow] = len(numbered)
                todo += [flow for way in self.ways[self.target[flow]] for flow in way]
        return numbered

    def blocked(self) -> set[str]:
        """Return the joins at which some play of the game ends with tokens left."""
        if not self.joins and not self.inclusive:
            return set()
        stuck: set[str] = set()
        self.effort = MAX_EFFORT
        for marking, following in self._play(farthest=True):
            if following is None:
                stuck |= {self.target[flow] for flow in marking}
        return stuck

    def doubled(self) -> set[str]:
        """Return the nodes that some play passes twice at a time, for want of a join."""
        source = {flow.id: flow.source for flow in self.scope.flows}
        twice: set[str] = set()
        self.effort = MAX_EFFORT // 20
        for marking, _ in self._play(farthest=False):
            twice |= {source[flow] for flow, count in marking.items() if count > 1}
        return twice

    def _play(self, *, farthest: bool) -> Iterator[tuple[Counter[str], set[Marking] | None]]:
        first = {frozenset(Counter(way).items()) for way in self.starts}
        seen, todo = set(first), list(first)
        while todo and self.effort > 0:
            marking = Counter(dict(todo.pop()))
            self.effort -= len(marking) + 1
            following = self._moves(marking, farthest=farthest)
            yield marking, following
            for new in (following or set()) - seen:
                self.effort -= len(new)
                seen.add(new)
                todo.append(new)

    def _moves(self, marking: Counter[str], *, farthest: bool) -> set[Marking] | None:
        """Return the markings after one move, None when tokens are left and none can move."""
        order = sorted(marking, key=self.distance.__getitem__, reverse=farthest)
        moving = next((f for f in order if self._can_move(marking, self.target[f])), None)
        if moving is None:
            moving = self._late(marking, order)
        if moving is None:
            return None if marking else set()
        node = self.target[moving]
        if node in self.stops:
            return set()
        if node in self.joins:
            taken = self.into[node]
        elif node in self.inclusive:
            taken = [flow for flow in self.into[node] if marking[flow]]
        else:
            taken = [moving]
        rest = marking - Counter(taken)
        after = [rest + Counter(way) for way in self.ways[node] or [()]]
        return {frozenset(m.items()) for m in after if max(m.values(), default=0) <= MAX_TOKENS}

    def _can_move(self, marking: Counter[str], node: str) -> bool:
        if node in self.joins:
            return all(marking[flow] for flow in self.into[node])
        return node not in self.inclusive

    def _late(self, marking: Counter[str], order: list[str]) -> str | None:
        """Return a flow into an inclusive join that may fire, when nothing else can move."""
        filled: dict[str, set[str]] = {}
        for flow in order:
            if self.target[flow] in self.inclusive:
                filled.setdefault(self.target[flow], set()).add(flow)
        for join, flows in filled.items():
            if self._may_join(marking, join, flows):
                return next(iter(flows))
        return None

    def _may_join(self, marking: Counter[str], join: str, filled: set[str]) -> bool:
        """Tell whether no token elsewhere can still reach an empty flow, and none but that."""
        reaches = self._reaches(join)
        for flow in marking:
            if flow in reaches and flow not in filled and not reaches[flow] & filled:
                return False
        return True

    def _reaches(self, join: str) -> dict[str, set[str]]:
        """Return by flow which flows into a join a token on it can get to without passing it."""
        if join not in self._ahead:
            found: dict[str, set[str]] = {}
            for last in self.into[join]:
                todo = [last]
                for flow in todo:  # grows while we walk
                    reached = found.setdefault(flow, set())
                    if last not in reached:
                        reached.add(last)
                        todo += [f for f in self.before[flow] if self.target[f] != join]
            self._ahead[join] = found
            self.effort -= len(found)
        return self._ahead[join]


def _ways(node: Node) -> list[Way]:
    """Return the sets of flows a token can leave a node by."""
    scope = node.scope
    if other := scope.links.get(node.id):
        return [_all(scope.out[other[0]])]
    ways = _own_ways(node)
    for boundary in scope.boundaries.get(node.id, ()):
        if boundary.interrupts:
            ways = [*ways, _all(scope.out[boundary.id])]
    beside = [b for b in scope.boundaries.get(node.id, ()) if not b.interrupts]
    for boundary in beside[:MAX_CHOICES]:
        ways = [*ways, *((*way, *_all(scope.out[boundary.id])) for way in ways)]
    return ways


def _own_ways(node: Node) -> list[Way]:
    out = node.scope.out[node.id]
    if node.kind in ("exclusiveGateway", "eventBasedGateway"):
        return [(flow.id,) for flow in out]
    default = node.element.get("default")
    conditional = [f for f in out if f.condition is not None and f.id != default]
    always = [f for f in out if f.condition is None and f.id != default]
    otherwise = [f for f in out if f.id == default]
    ways: list[Way] = [
        _all([*always, *chosen]) for chosen in _combinations(conditional) if chosen or not otherwise
    ]
    if otherwise:
        ways.append(_all([*always, *otherwise]))
    return [way for way in ways if way] if conditional else ways


def _combinations(flows: list[Flow]) -> list[tuple[Flow, ...]]:
    """Return every choice of flows; of many flows none, each alone and all."""
    sizes = range(len(flows) + 1) if len(flows) <= MAX_CHOICES else (0, 1, len(flows))
    return [chosen for size in sizes for chosen in combinations(flows, size)]


def _all(flows: list[Flow]) -> Way:
    return tuple(flow.id for flow in flows)
