"""Expressions against the outcomes they speak of: `<node>_outcome` must exist and be possible."""

import ast
from collections.abc import Iterator

from bpmn.expressions import names
from bpmn.properties import pairs, values
from bpmn.rules.findings import found
from bpmn.rules.model import Model, Scope, assigned
from bpmn.rules.texts import Slot, expression_of, slots
from bpmn.types import Finding

SUFFIX = "_outcome"


def check(model: Model) -> Iterator[Finding]:
    possible: dict[Scope, dict[str, dict[str, str]]] = {p: {} for p in model.processes}
    set_here: dict[Scope, set[str]] = {p: set() for p in model.processes}
    for task in model.of("userTask"):
        given = pairs(task.properties.get("outcomes", ""))
        possible[task.scope.process][f"{task.id}{SUFFIX}"] = given
    for task in model.of("scriptTask"):
        set_here[task.scope.process] |= {*assigned(task)}
    for call in model.of("callActivity"):
        set_here[call.scope.process] |= _targets(call.properties.get("out", ""))
        if (called := model.called(call)) is not None:
            set_here[called] |= _targets(call.properties.get("in", ""))
    for slot in slots(model):
        if slot.scope is not None:
            process = slot.scope.process
            yield from _slot(slot, possible[process], set_here[process])


def _targets(handed: str) -> set[str]:
    return {line.partition("=")[0].strip() for line in values(handed)}


def _slot(slot: Slot, possible: dict[str, dict[str, str]], set_here: set[str]) -> Iterator[Finding]:
    expression = expression_of(slot)
    if expression is None:
        return
    spoken_of = {name for name in names(expression) if name.endswith(SUFFIX)} - set_here
    for name in sorted(spoken_of - possible.keys()):
        node = name.removesuffix(SUFFIX)
        message = f"没有名为 {node} 的用户任务。"
        yield found("outcome-unknown", slot.owner, message, "请改为图中用户任务的 id。")
    for name, value in _compared(expression.tree):
        if possible.get(name) and value not in possible[name] and name not in set_here:
            remedy = f"可能的结果:{'、'.join(possible[name])}。"
            yield found("outcome-impossible", slot.owner, f"{name} 不会是“{value}”。", remedy)


def _compared(tree: ast.expr) -> Iterator[tuple[str, str]]:
    """Find `name == "text"` and `name != "text"`."""
    for part in ast.walk(tree):
        match part:
            case ast.Compare(
                left=ast.Name(id=name),
                ops=[ast.Eq() | ast.NotEq()],
                comparators=[ast.Constant(value=str(value))],
            ):
                yield name, value
