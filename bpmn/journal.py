"""The one map of variables of an instance, and what is needed to take changes back.

A return restores the map as it was when the target was entered. The journal holds entries of
waiting nodes and writes in order; nothing in it grows with the number of returns or loops.
"""

from collections.abc import Collection, Mapping
from typing import Any

from bpmn.types import Write

Entry = list[Any]
# [node]                   a token came to wait at `node`
# [node, name]             `node` wrote `name`, which did not exist before
# [node, name, old]        `node` wrote `name`, which was `old` before


class Journal:
    """Variables during one step; the caller's map is never changed.

    Each write is also told in `writes`, which the journals of one step share.
    """

    def __init__(
        self, variables: Mapping[str, Any], entries: list[Entry], writes: list[Write]
    ) -> None:
        self.variables = dict(variables)
        self.entries = entries
        self.writes = writes

    def enter(self, node: str) -> None:
        self.entries = _pruned([e for e in self.entries if e != [node]])
        self.entries.append([node])

    def write(self, node: str, changes: Mapping[str, Any]) -> None:
        for name, value in changes.items():
            old = self.variables.get(name)
            if name in self.variables:
                if self.variables[name] == value and type(self.variables[name]) is type(value):
                    continue
                self.entries.append([node, name, self.variables[name]])
            else:
                self.entries.append([node, name])
            self.variables[name] = value
            self.writes.append(Write(node, name, old, value))
        self.entries = _pruned(self.entries)

    def entered(self, node: str) -> bool:
        return [node] in self.entries

    def undo(self, target: str, undone: Collection[str]) -> None:
        """Take back what the undone nodes wrote since the target was entered."""
        before = dict(self.variables)
        since = self.entries.index([target])
        later, settled = self.entries[since:], set()
        for entry in reversed(later):
            if len(entry) == 1 or entry[1] in settled:
                continue
            if entry[0] not in undone:  # a parallel branch wrote it last; its word stands
                settled.add(entry[1])
            elif len(entry) == 2:
                self.variables.pop(entry[1], None)
            else:
                self.variables[entry[1]] = entry[2]
        self.entries[since:] = [e for e in later if e[0] not in undone]
        for name, old in before.items():
            new = self.variables.get(name)
            if new is not old and new != old:
                self.writes.append(Write(target, name, old, new))


def _pruned(entries: list[Entry]) -> list[Entry]:
    """Drop writes no return could tell apart: before the first entry, or again since the last."""
    kept: list[Entry] = []
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        if len(entry) == 1:
            seen.clear()
            kept.append(entry)
        elif kept and (entry[0], entry[1]) not in seen:
            seen.add((entry[0], entry[1]))
            kept.append(entry)
    return kept
