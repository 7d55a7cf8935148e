"""The acts of an instance: variables and state in, a Snapshot out; nothing stays in memory.

Every act either answers a Snapshot or raises and leaves the caller's old state valid.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from SpiffWorkflow.task import Task

from bpmn import moving, occurrences
from bpmn.definition import Definition
from bpmn.tokens import visit_key, waiting_visit
from bpmn.turn import Turn
from bpmn.types import (
    Event,
    Loss,
    NobodyWaits,
    NoSuchVisit,
    NotMovable,
    NotReturnable,
    Operate,
    Snapshot,
    Undone,
    Variables,
    WouldLose,
)

NEVER = datetime.min.replace(tzinfo=UTC)  # for acts that neither arm timers nor run operations


def start(
    definition: Definition,
    variables: Variables,
    *,
    operate: Operate,
    now: datetime,
    event: str | None = None,
    payload: Variables | None = None,
) -> Snapshot:
    """Begin an instance; with a `form` on the start event it waits there for the first answers.

    `event` names the start event whose timer or message has come. Raises: StepFailed, and whatever
    `operate` raises.
    """
    turn = Turn(definition, variables, operate, now)
    name = event or definition.start.id
    turn.journal.write(name, occurrences.accepted(definition.triggers.get(name), payload))
    turn.put(name, turn.task_tree)
    return _finished(turn)


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
    task = _visits(turn).get(visit)
    if task is None:
        raise NoSuchVisit(visit)
    decided = {f"{task.task_spec.name}_outcome": changes["outcome"]} if "outcome" in changes else {}
    turn.write(task, {**decided, **changes})
    task.run()
    return _finished(turn)


def fire_due(
    definition: Definition,
    state: bytes,
    variables: Variables,
    *,
    operate: Operate,
    now: datetime,
) -> Snapshot:
    """Fire the timers that are due, the earliest first; harmless when none is.

    What follows one of them is run before the next. Raises: StepFailed, and whatever `operate`
    raises.
    """
    turn = Turn(definition, variables, operate, now, state)
    while (due := occurrences.next_due(turn)) is not None:
        turn.occurred.append(due)
        turn.advance()
    return turn.snapshot()


def deliver(
    definition: Definition,
    state: bytes,
    variables: Variables,
    *,
    event: Event,
    operate: Operate,
    now: datetime,
) -> Snapshot:
    """Hand a signal to every token that waits for it, a message to the one that waits longest.

    Raises: NobodyWaits, StepFailed, and whatever `operate` raises.
    """
    turn = Turn(definition, variables, operate, now, state)
    if not occurrences.deliver(turn, event):
        raise NobodyWaits(event.name)
    return _finished(turn)


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
    if not moving.give_back(turn, node):
        raise NotReturnable(node)
    return _finished(turn)


def return_targets(
    definition: Definition, state: bytes, visited: Sequence[str], *, visit: str | None = None
) -> tuple[str, ...]:
    """Return those of the visited nodes that the instance can go back to, in their order.

    With a `visit` only those that lie behind it: a return to a node of another branch would leave
    the visit open that asked for it.
    """
    turn = Turn(definition, {}, None, NEVER, state)
    open_now = {task.task_spec.name for task in turn.tokens()}
    found = []
    for node in dict.fromkeys(visited):
        taken = moving.visits_taken(turn, node) if node not in open_now else None
        if taken is not None and (visit is None or visit in map(visit_key, taken)):
            found.append(node)
    return tuple(found)


def undone(definition: Definition, state: bytes, node: str) -> Undone:
    """Return what a return to a node would take back; nothing is changed. Raises: NotReturnable."""
    turn = Turn(definition, {}, None, NEVER, state)
    tokens, visits = moving.taken_back(turn, node), moving.visits_taken(turn, node)
    if tokens is None or visits is None:
        raise NotReturnable(node)
    behind = frozenset(definition.graph.reach(node))
    return Undone(tuple(map(waiting_visit, visits)), behind, len(tokens))


def move(
    definition: Definition,
    state: bytes,
    variables: Variables,
    *,
    source: str | None,
    target: str,
    operate: Operate,
    now: datetime,
) -> Snapshot:
    """Take the tokens away that stand at the source, all without one, and put one at the target.

    This is an administrator's repair: variables stay as they are, and nobody asks whether a join
    can still be filled. Raises: NotMovable, StepFailed, and whatever `operate` raises.
    """
    turn = Turn(definition, variables, operate, now, state)
    if not moving.move(turn, source, target):
        raise NotMovable(target)
    return _finished(turn)


def edit(
    definition: Definition,
    state: bytes,
    variables: Variables,
    *,
    changes: Variables,
    operate: Operate,
    now: datetime,
) -> Snapshot:
    """Write variables of the instance by hand; conditions that wait for them look again.

    Raises: StepFailed, and whatever `operate` raises.
    """
    turn = Turn(definition, variables, operate, now, state)
    turn.journal.write("", changes)
    occurrences.look_again(turn)
    return _finished(turn)


def cancel(definition: Definition, state: bytes, variables: Variables) -> Snapshot:
    """End the instance where it stands."""
    turn = Turn(definition, variables, None, NEVER, state)
    turn.cancel_inside(turn.task_tree)
    return turn.snapshot()


def standing(definition: Definition, state: bytes) -> tuple[str, ...]:
    """Return the nodes at which tokens stand, each once; not the activities around them."""
    turn = Turn(definition, {}, None, NEVER, state)
    leaves = (task.task_spec.node.id for task in turn.tokens() if not turn.inside(task))
    return tuple(dict.fromkeys(leaves))


def losses(definition: Definition, state: bytes, to: Definition) -> tuple[Loss, ...]:
    """Return the live tokens another version has no place for; empty: it can go on there."""
    return moving.losses(Turn(definition, {}, None, NEVER, state), to)


def migrate(
    definition: Definition,
    state: bytes,
    variables: Variables,
    *,
    to: Definition,
    now: datetime,
) -> Snapshot:
    """Let an instance go on where it stands by another version; timers keep their time.

    Boundary events the other version adds are armed now. Raises: WouldLose.
    """
    lost = losses(definition, state, to)
    if lost:
        raise WouldLose(lost)
    turn = Turn(to, variables, None, now, state)
    for task in list(turn.tokens()):
        occurrences.arm_missing(turn, task)
    return turn.snapshot()


def _visits(turn: Turn) -> dict[str, Task]:
    return {visit_key(task): task for task in turn.tokens() if task.task_spec.waits}


def _finished(turn: Turn) -> Snapshot:
    turn.advance()
    return turn.snapshot()
