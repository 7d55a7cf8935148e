"""State of one instance as bytes: live tokens, rounds and the journal; never the specification.

Finished work is not in it, so its size depends on what is open and on how many nodes were
visited, not on how often. Bytes, not JSONB: the order of the journal carries meaning.
"""

import json
import zlib
from dataclasses import dataclass, field
from typing import Any

from bpmn.graph import Graph
from bpmn.journal import Entry

VERSION = 2


@dataclass(frozen=True)
class Row:
    """One live token: its number, its spec, the number of the activity around it (0: none).

    `extra` is what the token keeps: its round, what it is armed for, the variables of a call.
    """

    number: int
    spec: str
    around: int
    extra: dict[str, Any]


@dataclass
class State:
    """What `dump` writes; an activity comes before the tokens inside it."""

    last: int = 0
    rounds: dict[str, int] = field(default_factory=dict)
    tokens: list[Row] = field(default_factory=list)
    journal: list[Entry] = field(default_factory=list)


def dump(state: State) -> bytes:
    tokens = [[t.number, t.spec, t.around, t.extra] for t in state.tokens]
    raw = [VERSION, state.last, state.rounds, tokens, state.journal]
    text = json.dumps(raw, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode(), 1)


def load(packed: bytes, graph: Graph) -> State:
    """Raises: ValueError when the state was written by a newer engine."""
    version, last, rounds, tokens, journal = json.loads(zlib.decompress(packed))
    if version == 1:
        return State(last, rounds, [_first_version(row, graph) for row in tokens], journal)
    if version != VERSION:
        raise ValueError(f"state version {version}, this engine reads {VERSION}")
    return State(last, rounds, [Row(*row) for row in tokens], journal)


def _first_version(row: list[Any], graph: Graph) -> Row:
    """Read a token as it was written before there were subprocesses and boundary events."""
    number, node, entry, extra = row
    if "due" in extra:
        return Row(number, node, 0, {"armed": {node: {"due": extra["due"], "left": 1}}})
    if "from" in extra:
        flow = next(flow.id for flow in graph.into[node] if flow.source == extra["from"])
        return Row(number, node, 0, {"from": flow})
    return Row(number, node, 0, {"round": entry})
