"""What operations say of the diagrams that name them, before such a diagram is accepted.

The lint knows how a property is written; whether its words fit the forms of the bundle is known
to the room that reads them.
"""

from collections.abc import Callable, Iterator, Sequence

from app.processes import engine

Judge = Callable[[engine.Loaded, Sequence[engine.Node]], Sequence[engine.Finding]]

_judges: dict[str, Judge] = {}


def register(operation: str, judge: Judge) -> None:
    """`judge` is given the rehearsed version and the nodes that name `operation`."""
    _judges[operation] = judge


def findings(rehearsed: engine.Loaded) -> Iterator[engine.Finding]:
    for operation, judge in sorted(_judges.items()):
        nodes = engine.nodes_with(rehearsed, operation)
        if nodes:
            yield from judge(rehearsed, nodes)
