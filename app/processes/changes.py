"""Which line of the log a change of a variable belongs to.

The engine tells its lines and its writes apart; a write belongs to the next line of its node. What
nobody's token wrote, such as an administrator's hand, gets a line of its own.
"""

from collections.abc import Mapping
from typing import Any

from app.core.masking import masked

EDITED = "edited"
Row = dict[str, Any]


def note(rows: list[Row], snapshot: Any) -> list[Row]:
    """Hang the writes of a step on the rows of its log; answers further rows for the rest."""
    own: dict[str, Row] = {}
    for place, write in enumerate(snapshot.writes):
        row = _row_of(rows, snapshot.log, place, write.node)
        if row is None:
            row = own.setdefault(write.node, {"node": write.node, "element": "", "event": EDITED})
        changed = row.setdefault("changes", {})
        old = changed[write.name][0] if write.name in changed else write.old
        changed[write.name] = [old, write.new]
    return list(own.values())


def shown(changes: Mapping[str, Any] | None) -> dict[str, list[Any]]:
    """Changes for readers. Variables hold what steers a run; a number that strayed in is masked."""
    return {name: [_masked(old), _masked(new)] for name, (old, new) in (changes or {}).items()}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, list):
        return [_masked(one) for one in value]
    return {k: _masked(v) for k, v in value.items()} if isinstance(value, dict) else value


def _row_of(rows: list[Row], log: Any, place: int, node: str) -> Row | None:
    found = None
    for row, entry in zip(rows, log, strict=True):
        if entry.node == node:
            found = row
            if entry.written > place:
                break
    return found
