"""Moving tokens against the flow: a return, an administrator's move, another version."""
# ruff: noqa: SLF001 -- SpiffWorkflow's way of placing a token starts with an underscore

from collections.abc import Collection

from SpiffWorkflow import TaskState
from SpiffWorkflow.task import Task

from bpmn.definition import Definition
from bpmn.graph import Token, undone_by
from bpmn.specs import Drawn
from bpmn.specs.scopes import Call, Frame, Subprocess
from bpmn.tokens import token, visit_key
from bpmn.turn import Turn
from bpmn.types import Loss

NO_PLACE = ("boundaryEvent",)


def give_back(turn: Turn, node: str) -> bool:
    """Take back what follows from a node and put a token there; False when that is impossible."""
    taken = taken_back(turn, node)
    scope = _place(turn, node)
    if taken is None or scope is None:
        return False
    journal = turn.journal_of(scope)
    _take_away(turn, [task for task in _leaves(turn) if token(task) in taken], keep=scope)
    journal.undo(node, turn.definition.graph.reach(node))
    turn.put(node, _open(turn, node))
    return True


def taken_back(turn: Turn, node: str) -> list[Token] | None:
    """Return where the tokens stand that a return would cancel, None when it is not possible."""
    if node not in turn.definition.nodes or turn.definition.nodes[node].kind not in (
        "user",
        "start",
    ):
        return None
    scope = _place(turn, node)
    if scope is None or not turn.journal_of(scope).entered(node):
        return None
    return undone_by(turn.definition.graph, node, [token(task) for task in _leaves(turn)])


def visits_taken(turn: Turn, node: str) -> list[Task] | None:
    """Return the visits a return would cancel, None when it is not possible."""
    taken = taken_back(turn, node)
    if taken is None:
        return None
    return [task for task in _leaves(turn) if task.task_spec.waits and token(task) in taken]


def move(turn: Turn, source: str | None, target: str) -> bool:
    """Put a token at the target for those at the source: a visit's key or a node; None is all."""
    node = turn.definition.nodes.get(target)
    scope = _place(turn, target)
    if node is None or scope is None or node.element in NO_PLACE or node.kind == "gateway":
        return False
    moved = [task for task in turn.tokens() if source is None or _stands_at(task, source)]
    if not moved:
        return False
    _take_away(turn, moved, keep=scope)
    turn.put(target, _open(turn, target))
    return True


def losses(turn: Turn, to: Definition) -> tuple[Loss, ...]:
    """Return the live tokens that have no place in another version."""
    found = []
    for task in turn.tokens():
        reason = _lost(task, to)
        if reason:
            found.append(Loss(task.task_spec.node.id, reason))
    return tuple(found)


def _lost(task: Task, to: Definition) -> str:
    spec, data = task.task_spec, task.internal_data
    other = to.spec.task_specs.get(spec.name)
    if not isinstance(other, Drawn):
        return "新版本中没有这个节点"
    if type(other) is not type(spec):
        return "新版本中这个节点是另一种元素"
    if other.node.scope != spec.node.scope:
        return "新版本中这个节点在另一个子流程里"
    if "from" in data and data["from"] not in {flow.id for flow in to.graph.into[spec.node.id]}:
        return "新版本中没有走到这个汇合处的连线"
    awaited = {node.id for node, _ in other.awaited()}
    if not data.get("armed", {}).keys() <= awaited:
        return "新版本中这个节点不再等待原来的事件"
    return ""


def _leaves(turn: Turn) -> list[Task]:
    """Return the tokens that hold no others."""
    return [task for task in turn.tokens() if not turn.inside(task)]


def _stands_at(task: Task, source: str) -> bool:
    return task.task_spec.node.id == source or (task.task_spec.waits and visit_key(task) == source)


def _take_away(turn: Turn, tasks: Collection[Task], keep: Task) -> None:
    """Cancel these, and what they leave empty, up to the activity that gets the new token."""
    kept = _around(turn, keep)
    for task in tasks:
        if task.id not in turn.tasks or task in kept:
            continue
        around = task.parent
        turn.cancel(task)
        while around not in kept and not turn.inside(around):
            emptied, around = around, around.parent
            turn.cancel(emptied)


def _around(turn: Turn, task: Task) -> list[Task]:
    """Return an activity and all around it, up to the root."""
    found = [task]
    while found[-1] is not turn.task_tree:
        found.append(found[-1].parent)
    return found


def _place(turn: Turn, node: str) -> Task | None:
    """Return the innermost open activity around a node, None where a token has no place.

    A subprocess can be opened anew, a call only entered while it is open: its variables are gone.
    No token is put into a repeated activity, since nobody could say into which pass.
    """
    nodes = turn.definition.nodes
    if node not in nodes:
        return None
    scope = nodes[node].scope
    if scope == turn.definition.key:
        return turn.task_tree
    if scope in nodes:
        if isinstance(turn.spec.task_specs[scope], Frame):
            return None
        found = _holders(turn, scope)
        return found[0] if len(found) == 1 else _place(turn, scope) if not found else None
    calls = [
        t for t in turn.tokens() if isinstance(t.task_spec, Call) and _process(turn, t) == scope
    ]
    return calls[0] if len(calls) == 1 and not calls[0].task_spec.repeated else None


def _process(turn: Turn, call: Task) -> str:
    return turn.definition.nodes[call.task_spec.first].scope


def _holders(turn: Turn, name: str) -> list[Task]:
    return [task for task in turn.tokens() if task.task_spec.name == name]


def _open(turn: Turn, node: str) -> Task:
    """Return the activity around a node, after opening the subprocesses that are not open."""
    scope = turn.definition.nodes[node].scope
    if scope not in turn.definition.nodes:
        found = _place(turn, node)
        assert found is not None  # noqa: S101 -- asked before anything was taken away
        return found
    held = _holders(turn, scope)
    if held:
        return held[0]
    around = _open(turn, scope)
    spec: Subprocess = turn.spec.task_specs[scope]
    holder = around._add_child(spec, TaskState.FUTURE)
    turn.record(holder, "entered")
    spec.open(holder)
    return holder
