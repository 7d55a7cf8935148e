"""Many generated models at once, by number: the figures, and the shortest story of each fault.

Every fifth model has flows that cross its blocks; those may be refused, but never played wrong.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

import bpmn
from tests.bpmn.reference.compare import Differs, Play, play
from tests.bpmn.reference.drawing import EVERYTHING, Choices
from tests.bpmn.reference.generator import draw_model

CROSSED = 5
PATIENCE = 20.0  # seconds spent on making one story short
Chooser = Callable[[int], int]


class Recorded:
    """Random numbers that are written down, so that a model can be drawn again from fewer."""

    def __init__(self, choose: Chooser) -> None:
        self.choose = choose
        self.chosen: list[int] = []

    def randrange(self, count: int) -> int:
        self.chosen.append(self.choose(count))
        return self.chosen[-1]


@dataclass
class Attempt:
    """One model that was drawn and played."""

    chosen: list[int]
    nodes: int
    done: Play | None = None
    refused: bpmn.Refused | None = None
    differs: Differs | None = None


@dataclass
class Figures:
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    stories: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def table(self) -> str:
        lines = [f"{name:<34} {value}" for name, value in sorted(self.counts.items())]
        drawn = self.counts["models, of blocks"] or 1
        share = self.counts["refused, of blocks"] / drawn
        lines.append(f"{'refused, share of blocks':<34} {share:.1%}")
        lines += [f"  {count:>5} {why}" for why, count in self.reasons.most_common()]
        lines += [f"{'models a second':<34} {sum(self._drawn()) / (self.seconds or 1):.0f}"]
        return "\n".join([*lines, *self.stories])

    def _drawn(self) -> list[int]:
        return [count for name, count in self.counts.items() if name.startswith("models")]


def run(count: int, first: int = 0, menu: frozenset[str] = EVERYTHING) -> Figures:
    """Play so many models, from this number on."""
    figures, faults = Figures(), defaultdict(list)
    begun = time.monotonic()
    for number in range(first, first + count):
        crossed = number % CROSSED == CROSSED - 1
        attempt = try_out(Random(number).randrange, menu, crossed=crossed)
        _count(figures, attempt, "crossed" if crossed else "of blocks")
        if attempt.differs:
            faults[attempt.differs.fields].append((attempt.nodes, number, attempt))
    figures.seconds = time.monotonic() - begun
    for fields, found in faults.items():
        _, number, attempt = min(found, key=lambda f: f[:2])
        short = shorten(attempt, menu, crossed=number % CROSSED == CROSSED - 1)
        numbers = ", ".join(str(n) for _, n, _ in found[:10])
        figures.stories.append(
            f"\n{len(found)} models differ in {fields}: {numbers}\n{short.differs}"
        )
    return figures


def try_out(choose: Chooser, menu: frozenset[str], *, crossed: bool) -> Attempt:
    random = Recorded(choose)
    model = draw_model(random, menu, crossed=crossed)
    attempt = Attempt(random.chosen, len(model.all_nodes))
    try:
        attempt.done = play(Choices(random), model)
    except bpmn.Refused as refused:
        attempt.refused = refused
    except Differs as differs:
        attempt.differs = differs
    return attempt


def _count(figures: Figures, attempt: Attempt, kind: str) -> None:
    counts = figures.counts
    counts[f"models, {kind}"] += 1
    if attempt.refused:
        counts[f"refused, {kind}"] += 1
        figures.reasons.update({f"{kind}: {f.message}" for f in attempt.refused.findings})
    elif attempt.differs:
        counts[f"played wrong, {kind}"] += 1
    else:
        counts["acts"] += attempt.done.acts
        counts["acts right in another order"] += attempt.done.reordered
        counts["plays ended"] += attempt.done.game.ended
        counts["plays that failed on both sides"] += attempt.done.failed


def shorten(attempt: Attempt, menu: frozenset[str], *, crossed: bool) -> Attempt:
    """Leave out and lessen choices as long as the same fields differ."""
    until = time.monotonic() + PATIENCE
    best, width = attempt, len(attempt.chosen)
    while width and time.monotonic() < until:
        position, better = 0, False
        while position < len(best.chosen) and time.monotonic() < until:
            for chosen in _shorter(best.chosen, position, width):
                found = _again(chosen, menu, crossed=crossed)
                if _same_fault(found, best) and _size(found) < _size(best):
                    best, better = found, True
                    break
            else:
                position += width
        if not better or width > 1:
            width //= 2
    return best


def _shorter(chosen: Sequence[int], position: int, width: int) -> list[list[int]]:
    before, after = list(chosen[:position]), list(chosen[position + width :])
    found = [before + after]
    if any(chosen[position : position + width]):
        found.append([*before, *[0] * width, *after])
    if width == 1 and chosen[position] > 1:
        found.append([*before, chosen[position] - 1, *after])
    return found


def _again(chosen: Sequence[int], menu: frozenset[str], *, crossed: bool) -> Attempt:
    left = iter(chosen)
    return try_out(lambda count: min(next(left, 0), count - 1), menu, crossed=crossed)


def _same_fault(one: Attempt, other: Attempt) -> bool:
    return bool(one.differs and other.differs and one.differs.fields == other.differs.fields)


def _size(attempt: Attempt) -> tuple[int, int, int]:
    return attempt.nodes, len(attempt.chosen), sum(attempt.chosen)
