"""What is written inside elements: every expression, script and timer, wherever one may stand."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from bpmn import xml
from bpmn.expressions import Expression, ExpressionError, compile_expression
from bpmn.properties import values
from bpmn.rules.findings import found
from bpmn.rules.loops import LOCALS
from bpmn.rules.model import Model, Node, Scope
from bpmn.scripts import compile_script
from bpmn.timers import due_at
from bpmn.types import Finding

NEVER_TRUE_OR_FALSE = (ast.BinOp, ast.List, ast.Tuple)
ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)
IN_LOOPS = {
    "loopCondition": "循环的条件",
    "completionCondition": "提前结束的条件",
    "loopCardinality": "实例的个数",
}
TIMES = ("timeDuration", "timeDate", "timeCycle")


@dataclass(frozen=True)
class Slot:
    """A place where an expression stands. `evaluated` tells in which variables: own or callee's."""

    title: str
    owner: xml.Element
    text: str
    scope: Scope | None
    truth: bool = False
    part: xml.Element | None = None


def slots(model: Model) -> Iterator[Slot]:
    """Yield every expression of the model but those in scripts."""
    for scope in model.scopes:
        for flow in scope.flows:
            for part in xml.children(flow.element, "conditionExpression"):
                yield Slot("条件", flow.element, part.text or "", scope, truth=True, part=part)
        for node in scope.nodes.values():
            yield from _of_node(model, node)


def _of_node(model: Model, node: Node) -> Iterator[Slot]:
    element, scope = node.element, node.scope
    for definition in node.definitions:
        for part in xml.children(definition, "condition"):
            yield Slot("条件", element, part.text or "", scope, truth=True, part=part)
    for name, title in IN_LOOPS.items():
        for part in [] if node.loop is None else xml.children(node.loop, name):
            truth = name != "loopCardinality"
            yield Slot(title, element, part.text or "", scope, truth, part)
    if "correlation" in node.properties:
        yield Slot("correlation 的值", element, node.properties["correlation"], scope)
    if node.kind == "callActivity":
        for line in values(node.properties.get("in", "")):
            yield Slot("in 的表达式", element, line.partition("=")[2] or line, scope)
        for line in values(node.properties.get("out", "")):
            yield Slot("out 的表达式", element, line.partition("=")[2] or line, model.called(node))


def check(model: Model) -> Iterator[Finding]:
    for slot in slots(model):
        yield from _expression(slot)
    for flow in xml.find(model.root, "sequenceFlow"):
        if len(xml.children(flow, "conditionExpression")) > 1:
            remedy = "请合成一个,用 and、or 连接。"
            yield found("condition-twice", flow, "有几个条件。", remedy)
    for node in model.nodes:
        if node.kind == "scriptTask":
            yield from _script(node)
        elif node.trigger == "timer":
            yield from _timer(node)
        elif node.trigger == "conditional":
            yield from _conditional(node)


def expression_of(slot: Slot) -> Expression | None:
    """Return the expression of a slot, None when it is none, which is told apart."""
    try:
        return compile_expression(slot.text)
    except ExpressionError:
        return None


def _expression(slot: Slot) -> Iterator[Finding]:
    if slot.part is not None and slot.part.get("language"):
        message = f"不能指定{slot.title}的语言。"
        yield found("expression-language", slot.owner, message, "请删去 language。")
    try:
        tree = compile_expression(slot.text).tree
    except ExpressionError as problem:
        remedy = '写成变量的比较或计算,如 outcome == "approve"。'
        yield found("expression", slot.owner, f"{slot.title}无效:{problem}。", remedy)
        return
    constant = isinstance(tree, ast.Constant) and not isinstance(tree.value, bool)
    if slot.truth and (constant or isinstance(tree, NEVER_TRUE_OR_FALSE)):
        message = f"{slot.title}的结果不是“是”或“否”。"
        yield found("condition-truth", slot.owner, message, "请写成比较,如 days > 3。")


def _script(task: Node) -> Iterator[Finding]:
    try:
        lines = compile_script(xml.script(task.element))
    except ExpressionError as problem:
        remedy = "每行写一个“名称 = 表达式”。"
        yield found("script", task.element, f"脚本无效:{problem}。", remedy)
        return
    for name, _ in lines:
        if name in LOCALS:
            message = f"{name} 由系统计数,不能改写。"
            yield found("name-reserved", task.element, message, "请换一个名称。")


def _conditional(node: Node) -> Iterator[Finding]:
    if len(xml.children(node.definitions[0], "condition")) != 1:
        remedy = "请在 condition 中写一个条件,如 days > 3。"
        yield found("condition-empty", node.element, "条件事件须有且只有一个条件。", remedy)


def _timer(node: Node) -> Iterator[Finding]:
    parts = xml.children(node.definitions[0], *TIMES)
    if len(parts) != 1:
        message = "定时事件须有且只有一个时间。"
        yield found("timer", node.element, message, "请填写 timeDuration 或 timeDate。")
        return
    kind, text = xml.kind(parts[0]), parts[0].text or ""
    if parts[0].get("language"):
        yield found(
            "expression-language", node.element, "不能指定时间的语言。", "请删去 language。"
        )
    if kind == "timeCycle" and not _repeats(node):
        message = "timeCycle 只用于不中断的边界事件和定时开始事件。"
        yield found("timer-cycle", node.element, message, "请改为 timeDuration 或 timeDate。")
    if not _is_time(kind, text):
        yield found(
            "timer",
            node.element,
            f"时间无效:{text.strip()[:60]}。",
            "时长如 P3D、PT2H(不用年、月),时刻如 2026-12-01T09:00:00+08:00,周期如 R3/PT10M。",
        )


def _repeats(node: Node) -> bool:
    return node.kind == "startEvent" or (node.kind == "boundaryEvent" and not node.interrupts)


def _is_time(kind: str, text: str) -> bool:
    try:
        due_at(kind, text, ANY_DAY)
    except (ValueError, OverflowError):
        return False
    return True
