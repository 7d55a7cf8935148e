"""Who does a node: somebody must be able to, and nobody decides on his own application."""

from collections.abc import Iterator

from bpmn import xml
from bpmn.properties import pairs, values
from bpmn.rules.findings import found
from bpmn.rules.model import Model, Node
from bpmn.types import Finding, Known


def check(model: Model, known: Known | None) -> Iterator[Finding]:
    for task in model.of("userTask"):
        lines = values(task.properties.get("assign", ""))
        if known is not None and lines and not any(_able(model, ln, known) for ln in lines):
            message = "没有人能办这个环节。"
            remedy = "请在 assign 中写一个存在的岗位,或表单里选人的栏目。"
            yield found("nobody", task.element, message, remedy)
        yield from _self(model, task, lines)


def _able(model: Model, line: str, known: Known) -> bool:
    """Tell whether a line of `assign` can ever name somebody; badly written ones are told apart."""
    what, _, rest = line.partition(":")
    if what == "position":
        return rest.partition("@")[0] in known.positions
    if what == "field" and known.people is not None:
        asking = [node for node in model.nodes if "form" in node.properties]
        fields = ((node, known.people.get(node.properties["form"], ())) for node in asking)
        return any(rest in (one, f"{node.id}.{one}") for node, found in fields for one in found)
    if what == "decider":
        return any(node.id == rest for node in model.of("userTask"))
    return True


def _self(model: Model, task: Node, lines: tuple[str, ...]) -> Iterator[Finding]:
    """The house bars the requester from every node, unless `assign` names him."""
    if len(pairs(task.properties.get("outcomes", ""))) < 2:
        return
    if "person:requester" in lines:
        message = "申请人可以批准自己的申请。"
        remedy = "请由别的岗位决定;只要申请人确认时,outcomes 只写一个结果。"
        yield found("self-approval", task.element, message, remedy)
        return
    starters = {p for process in model.mains for p in _starters(process.element)}
    climbs = task.properties.get("empty") == "up"
    alone = {line.partition(":")[2].partition("@")[0] for line in lines}
    if not climbs and alone == starters and all(ln.endswith("@requester.unit") for ln in lines):
        message = "发起的和决定的是同一个岗位;系统不让申请人决定,本单位只有他一人时就没有人能办。"
        remedy = "请由别的岗位决定,或写 empty = up,由上一级单位决定。"
        yield found("same-position", task.element, message, remedy)


def _starters(process: xml.Element) -> tuple[str, ...]:
    return values(xml.properties(process).get("start_positions", ""))
