"""The acts of an instance: variables and state in, a Snapshot out; nothing stays in memory.

Every act either answers a Snapshot or raises and leaves the caller's old state valid.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bpmn.definition import Definition
from bpmn.graph import Token, undone_by
from bpmn.specs import LIVE
from bpmn.turn import Turn, token, visit_key
from bpmn.types import NoSuchVisit, NotReturnable, Operate, Snapshot, Variables

NEVER = datetime.min.replace(tzinfo=UTC)  # for acts that neither arm timers nor run operations


def start(
    definition: Definition, variables: Variables, *, operate: Operate, now: datetime
) -> Snapshot:
    """Begin an instance; with a `form` on the start event it waits there for the first answers.

    Raises: StepFailed, and whatever `operate` raises.
    """
    turn = Turn(definition, variables, operate, now)
    turn.put(definition.start.id)
    turn.advance()
    return turn.snapshot()


def complete(
    definition: Definition,
    state: bytes,
    variables: Variables,
    *,
    visit: str,
    changes: Mapping[str, Any],
    operate: Operate,
    now: datetime,
) -> Snapshot:
    """Complete a visit with these changes; an `outcome` is also kept as `<node>_outcome`.

    Raises: NoSuchVisit, StepFailed, and whatever `operate` raises.
    """
    turn = Turn(definition, variables, operate, now, state)
    waiting = {visit_key(task): task for task in turn.tokens() if task.task_spec.waits}
    if visit not in waiting:
        raise NoSuchVisit(visit)
    task = waiting[visit]
    node = task.task_spec.name
    decided = {f"{node}_outcome": changes["outcome"]} if "outcome" in changes else {}
    turn.journal.write(node, {**decided, **changes})
    task.run()
    turn.advance()
    return turn.snapshot()


def return_to(
    definition: Definition,
    state: bytes,
    variables: Variables,
    *,
    node: str,
    operate: Operate,
    now: datetime,
) -> Snapshot:
    """Go back to a node: its work and all that followed is undone, it opens with its next round.

    The variables become what they were when the node was entered. Parallel branches that do
    not follow from the node stay as they are.

    Raises: NotReturnable.
    """
    turn = Turn(definition, variables, operate, now, state)
    taken = _taken_back(turn, node)
    if taken is None:
        raise NotReturnable(node)
    turn.cancel_tokens(lambda task: token(task) in taken)
    turn.journal.undo(node, definition.graph.reach([node]))
    turn.put(node)
    turn.advance()
    return turn.snapshot()


def return_targets(definition: Definition, state: bytes, visited: Sequence[str]) -> tuple[str, ...]:
    """Return those of the visited nodes that the instance can go back to, in their order."""
    turn = Turn(definition, {}, None, NEVER, state)
    open_now = {task.task_spec.name for task in turn.tokens()}
    return tuple(
        node
        for node in dict.fromkeys(visited)
        if node not in open_now and _taken_back(turn, node) is not None
    )


def cancel(definition: Definition, state: bytes, variables: Variables) -> Snapshot:
    """End the instance where it stands."""
    turn = Turn(definition, variables, None, NEVER, state)
    turn.cancel_tokens(lambda _: True)
    return turn.snapshot()


def fire_due(
    definition: Definition,
    state: bytes,
    variables: Variables,
    *,
    operate: Operate,
    now: datetime,
) -> Snapshot:
    """Fire the timers that are due, the earliest first; harmless when none is.

    Raises: StepFailed, and whatever `operate` raises.
    """
    turn = Turn(definition, variables, operate, now, state)
    timed = [task for task in turn.tokens() if "due" in task.internal_data]
    for task in sorted(timed, key=lambda task: datetime.fromisoformat(task.internal_data["due"])):
        if task.has_state(LIVE):  # another timer may have led to a terminate end
            turn.awake(task)
    return turn.snapshot()


def _taken_back(turn: Turn, node: str) -> list[Token] | None:
    """Return the tokens a return to the node would cancel, None when it is not possible."""
    known = turn.definition.nodes.get(node)
    if known is None or not turn.journal.entered(node):
        return None
    return undone_by(turn.definition.graph, node, [token(task) for task in turn.tokens()])
