"""Loops: repeated and multi-instance activities, and cycles nothing ever leaves."""

import ast
import re
from collections.abc import Iterator

from bpmn import xml
from bpmn.expressions import ExpressionError, compile_expression
from bpmn.properties import values
from bpmn.rules.findings import found
from bpmn.rules.model import Model, Node, Scope, assigned
from bpmn.types import Finding

VARIABLE = re.compile(r"[^\W\d_]\w*")
LOCALS = frozenset(
    {"loopCounter", "numberOfInstances", "numberOfCompletedInstances", "numberOfActiveInstances"}
)


def check(model: Model) -> Iterator[Finding]:
    for node in model.nodes:
        if node.loop is not None:
            yield from _looped(model, node, node.loop)
    for scope in model.scopes:
        yield from _endless(model, scope)


def _looped(model: Model, node: Node, loop: xml.Element) -> Iterator[Finding]:
    if len(xml.children(node.element, *LOOPS)) > 1:
        yield found("loop-twice", node.element, "有两个循环标记。", "请只留一个。")
    if model.waits(node):
        message = "循环和多实例里不能有需要人办理或等待的节点。"
        remedy = "多人办理用 decide 属性;重复办理请用排他网关画出循环。"
        yield found("loop-waits", node.element, message, remedy)
    for scope in [node.inner] if node.inner else []:
        for end in scope.of("endEvent"):
            if end.trigger == "terminate":
                message = "循环和多实例的子流程不能直接用终止结束事件。"
                remedy = "请改为普通结束事件,或用 completionCondition 提前结束。"
                yield found("loop-terminate", end.element, message, remedy)
    if xml.kind(loop) == "standardLoopCharacteristics":
        yield from _standard(node, loop)
    else:
        yield from _several(node, loop)
        yield from _writes(node, loop)


LOOPS = ("standardLoopCharacteristics", "multiInstanceLoopCharacteristics")


def _standard(node: Node, loop: xml.Element) -> Iterator[Finding]:
    most = loop.get("loopMaximum")
    if most is None and xml.text(loop, "loopCondition") is None:
        message = "循环没有条件,也没有次数。"
        remedy = "请写 loopCondition(成立时再做)或 loopMaximum(至多几次)。"
        yield found("loop-endless", node.element, message, remedy)
    if most is not None and not re.fullmatch(r"\+?0*[1-9]\d{0,5}", most.strip()):
        message = "loopMaximum 不是大于零的整数。"
        yield found("loop-maximum", node.element, message, "请写 1 到 999999 的整数。")


def _several(node: Node, loop: xml.Element) -> Iterator[Finding]:
    counted = xml.text(loop, "loopCardinality")
    listed = xml.text(loop, "loopDataInputRef")
    if (counted is None) == (listed is None):
        message = "多实例须写明个数或列表,二者取一。"
        remedy = "请写 loopCardinality,或 loopDataInputRef 和 inputDataItem。"
        yield found("multi-instance", node.element, message, remedy)
    if counted is not None and _is_no_count(counted):
        message = "loopCardinality 不是个数。"
        yield found("multi-instance", node.element, message, "请写不小于零的整数或算出它的表达式。")
    for whole, single in (
        ("loopDataInputRef", "inputDataItem"),
        ("loopDataOutputRef", "outputDataItem"),
    ):
        variables = (xml.text(loop, whole), xml.item_name(loop, single))
        if (variables[0] is None) != (variables[1] is None):
            message = f"{whole} 和 {single} 要一起写。"
            yield found("multi-instance", node.element, message, "请补上另一个,或都删去。")
        for name in variables:
            if name is not None and not _is_free(xml.local(name)):
                message = f"“{name[:60]}”不能作变量的名称。"
                remedy = "请用字母开头的名称,不用 loopCounter 等系统的名称。"
                yield found("multi-instance", node.element, message, remedy)


def _is_free(name: str) -> bool:
    return bool(VARIABLE.fullmatch(name)) and name not in LOCALS


def _is_no_count(text: str) -> bool:
    """Tell whether an expression is a constant that is no number of instances."""
    try:
        tree = compile_expression(text).tree
    except ExpressionError:  # reported by texts
        return False
    if isinstance(tree, ast.UnaryOp):
        return True  # -1, not x
    if isinstance(tree, ast.Constant):
        return type(tree.value) is not int
    return isinstance(tree, ast.Compare | ast.BoolOp | ast.List | ast.Tuple)


def _writes(node: Node, loop: xml.Element) -> Iterator[Finding]:
    """Whatever the body of a multi-instance writes but its output item is lost."""
    kept = {xml.item_name(loop, "outputDataItem")}
    for inner in _body(node):
        inner_loop = inner.loop if inner is not node else None
        item = xml.item_name(inner_loop, "outputDataItem") if inner_loop is not None else None
        lost = [name for name in _written(inner) if name not in kept | {item}]
        if lost:
            message = f"多实例里写的变量 {lost[0]} 不会保留。"
            remedy = "多实例里只写 outputDataItem 的变量,结果收在 loopDataOutputRef 的列表中。"
            yield found("multi-instance-writes", inner.element, message, remedy)


def _body(node: Node) -> Iterator[Node]:
    yield node
    if node.inner is not None:
        for inner in node.inner.nodes.values():
            yield from _body(inner)


def _written(node: Node) -> Iterator[str]:
    if node.kind == "scriptTask":
        yield from assigned(node)
    elif node.kind == "callActivity":
        for line in values(node.properties.get("out", "")):
            yield line.partition("=")[0].strip()


def _endless(model: Model, scope: Scope) -> Iterator[Finding]:
    """Find cycles of automatic nodes on which a token goes round whatever the variables are."""
    always = {
        node.id: list(_certain(node)) for node in scope.nodes.values() if not model.waits(node)
    }
    for name in _on_cycles(always):
        message = "自动步骤走成了没有出口的循环。"
        remedy = "请在循环中用排他网关画出离开的条件,或加一个用户任务或等待事件。"
        yield found("endless-loop", scope.nodes[name].element, message, remedy)
        return  # one a scope is enough to find it


def _certain(node: Node) -> Iterator[str]:
    """Where a token surely goes from an automatic node."""
    scope = node.scope
    if scope.boundaries.get(node.id):
        return
    if node.id in scope.links:
        yield from scope.links[node.id]
    out = scope.out[node.id]
    if node.kind == "exclusiveGateway" and len(out) > 1:
        conditional = [flow for flow in out if flow.condition is not None]
        out = conditional[:1] if conditional and conditional[0].condition == "true" else []
    for flow in out:
        if flow.condition in (None, "true") and flow.id != node.element.get("default"):
            yield flow.target


def _on_cycles(after: dict[str, list[str]]) -> Iterator[str]:
    """Peel off what leads nowhere; what is left lies on a cycle or before one."""
    into: dict[str, list[str]] = {}
    left = {name: sum(t in after for t in targets) for name, targets in after.items()}
    for name, targets in after.items():
        for target in targets:
            if target in after:
                into.setdefault(target, []).append(name)
    done = [name for name, count in left.items() if not count]
    for name in done:
        for before in into.get(name, ()):
            left[before] -= 1
            if not left[before]:
                done.append(before)
    cyclic = {name for name, count in left.items() if count}
    # Before a cycle lies what nothing of the rest leads to; peel that off as well.
    while True:
        led = {t for name in cyclic for t in after[name] if t in cyclic}
        if led == cyclic:
            break
        cyclic = led
    yield from (name for name in after if name in cyclic)
