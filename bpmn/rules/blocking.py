"""Joins that could wait for ever: the token game, played over every choice of the diagram.

A diagram is a free-choice net (each flow has one target), so it is enough to move one token
at a time and to branch at exclusive gateways only; every dead end is still found.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator

from bpmn import xml
from bpmn.rules.findings import error
from bpmn.types import Finding

MAX_EFFORT, MAX_TOKENS = 300_000, 4  # beyond it there is no verdict; the engine counts right anyway
Marking = frozenset[tuple[str, int]]  # (flow, tokens on it)


def check(root: xml.Element) -> Iterator[Finding]:
    for process in xml.find(root, "process"):
        game = _Game(process)
        for join in sorted(game.blocked()):
            yield error(
                game.nodes[join],
                "这个并行网关可能永远等不齐各条连线。",
                "请让同一个并行网关分出的每条路都汇到这里;只走一条的路用排他网关汇合。",
            )


class _Game:
    """Nodes and flows of one well-formed process."""

    def __init__(self, process: xml.Element) -> None:
        self.nodes = {e.get("id", ""): e for e in xml.children(process, *xml.KINDS)}
        self.target: dict[str, str] = {}
        self.out: dict[str, list[str]] = defaultdict(list)
        self.into: dict[str, list[str]] = defaultdict(list)
        for flow in xml.children(process, "sequenceFlow"):
            name = flow.get("id", "")
            self.target[name] = flow.get("targetRef", "")
            self.out[flow.get("sourceRef", "")].append(name)
            self.into[self.target[name]].append(name)
        self.start = xml.children(process, "startEvent")[0].get("id", "")
        self.joins = {n for n, e in self.nodes.items() if xml.kind(e) == "parallelGateway"}
        self.stops = {
            n for n, e in self.nodes.items() if xml.children(e, "terminateEventDefinition")
        }
        self.distance = self._distances()

    def _distances(self) -> dict[str, int]:
        """Number the flows away from the start.

        The token that is farthest moves first: a branch is played to its end before the next
        one is touched, so the plays of n branches add up instead of multiplying.
        """
        found: dict[str, int] = {}
        todo = list(self.out[self.start])
        for flow in todo:  # grows while we walk
            if flow not in found:
                found[flow] = len(found)
                todo += self.out[self.target[flow]]
        return found

    def blocked(self) -> set[str]:
        """Return the joins at which some play of the game ends with tokens left."""
        first: Marking = frozenset((flow, 1) for flow in self.out[self.start])
        seen, todo, found = {first}, [first], set()
        effort = 0
        while todo and effort < MAX_EFFORT:
            marking = Counter(dict(todo.pop()))
            effort += len(marking)
            following = self._moves(marking)
            if following is None:
                found |= {self.target[flow] for flow in marking}
                continue
            for new in following - seen:
                seen.add(new)
                todo.append(new)
        return found

    def _moves(self, marking: Counter[str]) -> set[Marking] | None:
        """Return the markings after one move, None when tokens are left and none can move."""
        farthest = sorted(marking, key=self.distance.__getitem__, reverse=True)
        moving = next((f for f in farthest if self._can_move(marking, self.target[f])), None)
        if moving is None:
            return None if marking else set()
        node = self.target[moving]
        if node in self.stops:
            return set()
        joins = node in self.joins
        rest = marking - Counter(self.into[node] if joins else [moving])
        ways = [[flow] for flow in self.out[node]]
        if joins or not ways:
            ways = [self.out[node]]
        after = [rest + Counter(way) for way in ways]
        return {frozenset(m.items()) for m in after if max(m.values(), default=0) <= MAX_TOKENS}

    def _can_move(self, marking: Counter[str], node: str) -> bool:
        return node not in self.joins or all(marking[flow] for flow in self.into[node])
