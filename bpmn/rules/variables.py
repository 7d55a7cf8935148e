"""Names that expressions read: somebody or something must be able to set each of them."""

from collections.abc import Iterator, Mapping

from bpmn import xml
from bpmn.expressions import ExpressionError, names
from bpmn.properties import pairs, values
from bpmn.rules.findings import found
from bpmn.rules.loops import LOCALS
from bpmn.rules.model import Model, Node, Scope, assigned
from bpmn.rules.outcomes import SUFFIX
from bpmn.rules.texts import expression_of, slots
from bpmn.scripts import compile_script, script_names
from bpmn.types import Finding, Known

Read = tuple[xml.Element, Scope, str]  # who reads, in which process, which name


class Unknown(Exception):
    """Some writer cannot be told, so nothing can be said of any name."""


def check(model: Model, known: Known | None) -> Iterator[Finding]:
    read = list(_read(model))
    for owner, _, name in read:
        if name in LOCALS and not _in_loop(owner):
            message = f"{name} 只在循环和多实例里有值。"
            remedy = "请改用自己的变量,由脚本任务计数。"
            yield found("counter-outside", owner, message, remedy)
    # Whoever starts or decides a process without any form may set any variable.
    asks = any("form" in node.properties for node in model.nodes)
    if asks and known is not None and known.fields is not None:
        yield from _unset(model, read, known)
        yield from _unset_in_rules(model, read, known)


def _in_loop(owner: xml.Element) -> bool:
    here: xml.Element | None = owner
    while here is not None:
        if xml.loop_of(here) is not None:
            return True
        here = here.getparent()
    return False


def _unset(model: Model, read: list[Read], known: Known) -> Iterator[Finding]:
    written: dict[Scope, set[str]] = {}
    for process in model.processes:
        try:
            written[process] = _written(model, process, known)
        except Unknown:
            continue
    for owner, process, name in read:
        if process in written and name not in written[process] and not name.endswith(SUFFIX):
            message = f"没有什么会给变量 {name} 赋值。"
            remedy = "请改为表单的栏目、<节点 id>_outcome、脚本写的变量,或在 payload、in 中写明。"
            yield found("variable-unset", owner, message, remedy)


def _unset_in_rules(model: Model, read: list[Read], known: Known) -> Iterator[Finding]:
    """Rules of forms see what the run itself holds, wherever in the diagram the form is asked.

    An answer of another step is held only where the diagram reads it: a script takes it over.
    """
    held: set[str] = set()
    try:
        for process in model.mains:
            taken = {name for _, reader, name in read if reader is process}
            held |= _set(model, process, known) - LOCALS
            held |= _typed(model, process, known) & taken
    except Unknown:
        return
    for node in model.nodes:
        for name in sorted(known.rules.get(node.properties.get("form", ""), frozenset()) - held):
            message = f"表单的 refuse 读到 {name},它不是这张表的栏目,流程里也没有这个变量。"
            remedy = "请改为表单的栏目、outcome,或先由脚本任务记成变量(如 agreed_on = finish_on)。"
            yield found("variable-unset", node.element, message, remedy)


def _read(model: Model) -> Iterator[Read]:
    for slot in slots(model):
        expression = expression_of(slot)
        if expression is not None and slot.scope is not None:
            for name in sorted(names(expression)):
                yield slot.owner, slot.scope.process, name
    for node in model.nodes:
        if node.kind == "scriptTask":
            for name in _script_names(node):
                yield node.element, node.scope.process, name
        if node.loop is not None and (listed := xml.text(node.loop, "loopDataInputRef")):
            yield node.element, node.scope.process, xml.local(listed)


def _script_names(task: Node) -> list[str]:
    try:
        return sorted(script_names(compile_script(xml.script(task.element))))
    except ExpressionError:  # reported by texts
        return []


def _written(model: Model, process: Scope, known: Known) -> set[str]:
    """Return all names that anything in this process, or its callers, can set. Raises: Unknown."""
    return _typed(model, process, known) | _set(model, process, known)


def _typed(model: Model, process: Scope, known: Known) -> set[str]:
    """Return the answers that its forms ask for. Raises: Unknown."""
    asked = (node.properties.get("form") for node in _nodes(model, process))
    return set[str]().union(*(_told(known.fields, form) for form in asked if form))


def _set(model: Model, process: Scope, known: Known) -> set[str]:
    """Return what is set without a form. Raises: Unknown."""
    result = set[str]().union(*(_by(node, known) for node in _nodes(model, process)))
    for call in model.callers(process):
        result |= {name.strip() for name in pairs(call.properties.get("in", ""))}
    return result


def _by(node: Node, known: Known) -> set[str]:
    given = node.properties
    if _takes_anything(node):
        raise Unknown
    result = set(values(given.get("payload", "")))
    result |= LOCALS  # where they may be read is looked at apart
    if node.loop is not None:
        result |= {
            xml.local(xml.text(node.loop, "loopDataOutputRef")),
            *(xml.item_name(node.loop, item) or "" for item in ("inputDataItem", "outputDataItem")),
        }
    if node.kind == "userTask":
        result |= {"outcome", f"{node.id}{SUFFIX}"}
    elif node.kind == "scriptTask":
        result |= {*assigned(node)}
    elif node.kind == "callActivity":
        result |= {name.strip() for name in pairs(given.get("out", ""))}
    elif node.kind == "serviceTask":
        result |= _told(known.results, given.get("operation", ""))
    return result


def _nodes(model: Model, process: Scope) -> Iterator[Node]:
    return (node for node in model.nodes if node.scope.process is process)


def _takes_anything(node: Node) -> bool:
    """Without `payload` all that a message or signal brings is written."""
    if "payload" in node.properties or node.kind in ("endEvent", "intermediateThrowEvent"):
        return False
    return node.kind == "receiveTask" or node.trigger in ("message", "signal")


def _told(listed: object, name: str) -> frozenset[str]:
    if not isinstance(listed, Mapping) or name not in listed:
        raise Unknown
    return frozenset(listed[name])
