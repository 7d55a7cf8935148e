"""Conditions against the outcomes they speak of: `<node>_outcome` must exist and be possible."""

import ast
from collections.abc import Iterator

from bpmn import xml
from bpmn.expressions import ExpressionError, compile_expression, names
from bpmn.properties import pairs
from bpmn.rules.findings import error
from bpmn.types import Finding

SUFFIX = "_outcome"


def check(root: xml.Element) -> Iterator[Finding]:
    possible = {
        f"{task.get('id')}{SUFFIX}": pairs(xml.properties(task).get("outcomes", ""))
        for task in xml.find(root, "userTask")
    }
    set_here = {name for task in xml.find(root, "scriptTask") for name in _assigned(task)}
    for flow in xml.find(root, "sequenceFlow"):
        try:
            expression = compile_expression(xml.condition(flow) or "")
        except ExpressionError:  # reported by texts
            continue
        read = {name for name in names(expression) if name.endswith(SUFFIX)} - set_here
        for name in sorted(read - possible.keys()):
            node = name.removesuffix(SUFFIX)
            yield error(flow, f"没有名为 {node} 的用户任务。", "请改为图中用户任务的 id。")
        for name, value in _compared(expression.tree):
            if possible.get(name) and value not in possible[name] and name not in set_here:
                remedy = f"可能的结果:{'、'.join(possible[name])}。"
                yield error(flow, f"{name} 不会是“{value}”。", remedy)


def _assigned(task: xml.Element) -> Iterator[str]:
    for line in xml.script(task).splitlines():
        yield line.partition("=")[0].strip()


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
