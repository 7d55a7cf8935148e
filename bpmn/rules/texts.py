"""What is written inside elements: conditions, scripts and timers."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime

from bpmn import xml
from bpmn.expressions import ExpressionError, compile_expression
from bpmn.rules.findings import error
from bpmn.scripts import compile_script
from bpmn.timers import due_at
from bpmn.types import Finding

NEVER_TRUE_OR_FALSE = (ast.BinOp, ast.List, ast.Tuple)
ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)


def check(root: xml.Element) -> Iterator[Finding]:
    for flow in xml.find(root, "sequenceFlow"):
        yield from _condition(flow)
    for task in xml.find(root, "scriptTask"):
        try:
            compile_script(xml.script(task))
        except ExpressionError as problem:
            yield error(task, f"脚本无效:{problem}。", "每行写一个“名称 = 表达式”。")
    for event in xml.find(root, "intermediateCatchEvent"):
        yield from _timer(event)
    for end in xml.find(root, "endEvent"):
        if len(xml.children(end, "terminateEventDefinition")) > 1:
            yield error(end, "有几个事件定义。", "请只留一个。")


def _condition(flow: xml.Element) -> Iterator[Finding]:
    found = xml.children(flow, "conditionExpression")
    if len(found) > 1:
        yield error(flow, "有几个条件。", "请合成一个,用 and、or 连接。")
    for part in found:
        if part.get("language"):
            yield error(flow, "不能指定条件的语言。", "请删去 language。")
        try:
            tree = compile_expression(part.text or "").tree
        except ExpressionError as problem:
            remedy = '条件写成变量的比较,如 outcome == "approve"。'
            yield error(flow, f"条件无效:{problem}。", remedy)
            continue
        constant = isinstance(tree, ast.Constant) and not isinstance(tree.value, bool)
        if constant or isinstance(tree, NEVER_TRUE_OR_FALSE):
            yield error(flow, "条件的结果不是“是”或“否”。", "请写成比较,如 days > 3。")


def _timer(event: xml.Element) -> Iterator[Finding]:
    definitions = xml.children(event, "timerEventDefinition")
    parts = [p for d in definitions for p in xml.children(d, "timeDuration", "timeDate")]
    if len(definitions) != 1 or len(parts) != 1:
        yield error(event, "中间事件须有且只有一个时间。", "请填写 timeDuration 或 timeDate。")
        return
    try:
        due_at(xml.kind(parts[0]), parts[0].text or "", ANY_DAY)
    except (ValueError, OverflowError):
        yield error(
            event,
            f"时间无效:{(parts[0].text or '').strip()[:60]}。",
            "时长如 P3D、PT2H(不用年、月),时刻如 2026-12-01T09:00:00+08:00。",
        )
