"""State of one instance as bytes: live tokens, rounds and the journal; never the specification.

Finished work is not in it, so its size depends on what is open and on how many nodes were
visited, not on how often. Bytes, not JSONB: the order of the journal carries meaning.
"""

import json
import zlib
from dataclasses import dataclass, field
from typing import Any

from bpmn.journal import Entry

VERSION = 1


@dataclass
class State:
    """What `dump` writes; a token is [number, node, round, extra], extra its join or timer data."""

    last: int = 0
    rounds: dict[str, int] = field(default_factory=dict)
    tokens: list[tuple[int, str, int, dict[str, Any]]] = field(default_factory=list)
    journal: list[Entry] = field(default_factory=list)


def dump(state: State) -> bytes:
    raw = [VERSION, state.last, state.rounds, state.tokens, state.journal]
    text = json.dumps(raw, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode(), 1)


def load(packed: bytes) -> State:
    version, last, rounds, tokens, journal = json.loads(zlib.decompress(packed))
    if version != VERSION:
        raise ValueError(f"state version {version}, this engine reads {VERSION}")
    return State(last, rounds, [tuple(row) for row in tokens], journal)
