"""Events of one step: what resting tokens wait for, and who catches what is thrown.

A resting token keeps under `armed` what it waits for, by the id of the event: nothing for a
signal, the due time of a timer, the value of a correlation, the last truth of a condition.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from SpiffWorkflow.task import Task

from bpmn import timers
from bpmn.expressions import Expression, ExpressionError, NoValue, evaluate
from bpmn.specs.base import computed
from bpmn.specs.events import CAUGHT
from bpmn.tokens import Tokens
from bpmn.triggers import Trigger
from bpmn.types import Catch, Event, Node, StepFailed, Timer

Armed = dict[str, Any]


def arm(turn: Tokens, task: Task) -> None:
    """Wait for the events of a token that comes to rest; what is true now comes at once."""
    arm_missing(turn, task)
    for name in task.internal_data.get("armed", ()):
        look(turn, task, turn.definition.nodes[name], turn.definition.triggers[name])


def arm_missing(turn: Tokens, task: Task) -> None:
    """Begin to wait for what a token does not wait for yet."""
    waiting = task.internal_data.get("armed", {})
    for node, trigger in task.task_spec.awaited():
        # An error or escalation is no thing to wait for: who throws it finds its way out.
        if trigger.kind not in ("error", "escalation") and node.id not in waiting:
            task.internal_data.setdefault("armed", {})[node.id] = _first(turn, task, node, trigger)


def _first(turn: Tokens, task: Task, node: Node, trigger: Trigger) -> Armed:
    match trigger.kind:
        case "timer":
            due = timers.due_at(*trigger.timer, turn.now)
            times = _cycle(trigger).times if trigger.timer[0] == "timeCycle" else 1
            return {"due": due.isoformat(), "left": times}
        case "message":
            return {"corr": correlated(turn, task, node, trigger)}
        case _:
            return {}


def _cycle(trigger: Trigger) -> timers.Cycle:
    return timers.cycle(trigger.timer[1])


def correlated(turn: Tokens, task: Task, node: Node, trigger: Trigger) -> str | None:
    """Return the value of a correlation as text, None without one. Raises: StepFailed."""
    if trigger.correlation is None:
        return None
    found = computed(node, trigger.correlation, turn.view(task))
    if type(found) not in (str, int):
        raise StepFailed(node.id, "关联值不是文字或整数")
    return str(found)


def look(turn: Tokens, task: Task, node: Node, trigger: Trigger) -> None:
    """Let a timer or condition that is armed look whether its moment has come."""
    armed = task.internal_data["armed"][node.id]
    if trigger.kind == "timer" and datetime.fromisoformat(armed["due"]) <= turn.now:
        turn.occurred.append((task, node.id))
    elif trigger.kind == "conditional" and trigger.condition is not None:
        truth = _is_true(turn, task, node, trigger.condition)
        if truth and not armed.get("held"):
            turn.occurred.append((task, node.id))
        armed["held"] = truth


def _is_true(turn: Tokens, task: Task, node: Node, condition: Expression) -> bool:
    """Tell whether a condition holds; while a variable has no value yet, it does not.

    Raises: StepFailed.
    """
    try:
        truth = evaluate(condition, turn.view(task))
    except NoValue:
        return False
    except ExpressionError as error:
        raise StepFailed(node.id, str(error)) from error
    if not isinstance(truth, bool):
        raise StepFailed(node.id, f"条件 {condition.text} 的结果不是“是”或“否”")
    return truth


def look_again(turn: Tokens) -> None:
    """Let all conditions look again, after variables were written."""
    for task, node, trigger in list(waited_for(turn)):
        if trigger.kind == "conditional":
            look(turn, task, node, trigger)


def waited_for(turn: Tokens) -> Iterator[tuple[Task, Node, Trigger]]:
    """Yield what all live tokens wait for, the longest waiting token first."""
    nodes, triggers = turn.definition.nodes, turn.definition.triggers
    for task in turn.tokens():
        for name in task.internal_data.get("armed", ()):
            yield task, nodes[name], triggers[name]


def occur(turn: Tokens, task: Task, name: str, payload: Mapping[str, Any] | None = None) -> None:
    """The event has come for this token; harmless when it does not wait for it any more."""
    armed = task.internal_data.get("armed", {})
    if task.id not in turn.tasks or name not in armed:
        return
    node, trigger = turn.definition.nodes[name], turn.definition.triggers[name]
    if trigger.kind == "timer":
        due = datetime.fromisoformat(armed[name]["due"])
        turn.fired.append(Timer(timer_key(turn, task, name), name, due))
    own = task.task_spec.node.id == name
    written = accepted(trigger, payload)
    if own:
        turn.write(task, written)
        task.internal_data["armed"] = {}
        task.run()
        return
    happen(turn, task, node, trigger, written)


def happen(
    turn: Tokens, task: Task, node: Node, trigger: Trigger, written: Mapping[str, Any]
) -> None:
    """Put a token where an event stands that another token waited for."""
    around = task.parent
    if not node.attached:  # what follows an event gateway
        turn.record(task, "completed")
        turn.remove(task)
    elif trigger.interrupting:
        turn.cancel(task)
    else:
        _rearm(turn, task, node, trigger)
    turn.write_inside(around, node.id, written)
    turn.put(node.id, around, **{CAUGHT: True})


def _rearm(turn: Tokens, task: Task, node: Node, trigger: Trigger) -> None:
    """A non-interrupting event stays: messages and signals as they are, a timer by its cycle."""
    armed = task.internal_data.get("armed", {})
    if trigger.kind != "timer":
        return
    state = armed[node.id]
    left = None if state["left"] is None else state["left"] - 1
    if left == 0:
        del armed[node.id]
        return
    every = _cycle(trigger).every
    due = datetime.fromisoformat(state["due"]) + every
    if left is None and due <= turn.now:  # one without end does not make up for what was missed
        due += ((turn.now - due) // every + 1) * every
    state.update(left=left, due=due.isoformat())


def accepted(trigger: Trigger | None, payload: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what an event takes of what comes: all or the names it lists, never a decision."""
    given = payload or {}
    names = given if trigger is None or trigger.payload is None else trigger.payload
    return {name: given[name] for name in names if name in given and not is_decision(name)}


def is_decision(name: str) -> bool:
    """Tell whether this variable says what somebody decided."""
    return name == "outcome" or name.endswith("_outcome")


def throw(turn: Tokens, task: Task, trigger: Trigger) -> None:
    """Send what a throwing event throws to whom it concerns. Raises: StepFailed."""
    match trigger.kind:
        case "signal" | "message":
            event = _event(turn, task, trigger)
            turn.thrown.append(event)
            if event.kind == "signal":
                deliver(turn, event)
        case "error":
            if not _outwards(turn, task, trigger):
                name = task.task_spec.node.id
                raise StepFailed(name, f"错误 {trigger.code or ''} 没有边界事件接住")
        case "escalation":
            _outwards(turn, task, trigger)


def _event(turn: Tokens, task: Task, trigger: Trigger) -> Event:
    node, view = task.task_spec.node, turn.view(task)
    names = trigger.payload or ()
    payload = {name: view[name] for name in names if name in view}
    if trigger.kind == "signal":
        return Event("signal", trigger.name, None, payload)
    return Event("message", trigger.name, correlated(turn, task, node, trigger), payload)


def deliver(turn: Tokens, event: Event) -> bool:
    """Hand a signal to all who wait for it, a message to the first; tell whether anybody did."""
    fitting = [
        (task, node.id)
        for task, node, trigger in waited_for(turn)
        if (trigger.kind, trigger.name) == (event.kind, event.name)
        and task.internal_data["armed"][node.id].get("corr") in (None, event.correlation)
    ]
    for task, name in fitting if event.kind == "signal" else fitting[:1]:
        occur(turn, task, name, event.payload)
    return bool(fitting)


def _outwards(turn: Tokens, task: Task, trigger: Trigger) -> bool:
    """Look from activity to activity around a token for a boundary event that fits.

    BPMN 2.0.2, 10.5.1 and 10.5.7: the innermost catches; a given code goes before any code.
    """
    holder = task.parent
    while holder is not turn.task_tree:
        if holder.parent.task_spec is not turn.spec.start and holder.parent.task_spec.is_frame:
            holder = holder.parent
        fitting = [
            (node, other)
            for node, other in holder.task_spec.boundary
            if other.kind == trigger.kind and other.code in (None, trigger.code)
        ]
        if fitting:
            node, other = min(fitting, key=lambda found: found[1].code is None)
            happen(turn, holder, node, other, {})
            return True
        holder = holder.parent
    return False


def next_due(turn: Tokens) -> tuple[Task, str] | None:
    """Return the token and the timer that is due longest, None when none is."""
    dues = [
        (datetime.fromisoformat(task.internal_data["armed"][node.id]["due"]), task, node.id)
        for task, node, trigger in waited_for(turn)
        if trigger.kind == "timer"
    ]
    late = [found for found in dues if found[0] <= turn.now]
    _, task, name = min(late, key=lambda found: found[0], default=(None, None, ""))
    return None if task is None else (task, name)


def catches(turn: Tokens) -> tuple[Catch, ...]:
    return tuple(
        Catch(trigger.kind, trigger.name, task.internal_data["armed"][node.id].get("corr"), node.id)
        for task, node, trigger in waited_for(turn)
        if trigger.kind in ("signal", "message")
    )


def armed_timers(turn: Tokens) -> tuple[Timer, ...]:
    return tuple(
        Timer(
            timer_key(turn, task, node.id),
            node.id,
            datetime.fromisoformat(task.internal_data["armed"][node.id]["due"]),
        )
        for task, node, trigger in waited_for(turn)
        if trigger.kind == "timer"
    )


def timer_key(turn: Tokens, task: Task, name: str) -> str:
    return f"{turn.number(task)}.{name}"
