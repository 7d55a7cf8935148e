"""Events: which definition may stand where, on what boundaries hang, where links lead."""

from collections import Counter
from collections.abc import Iterator

from bpmn import xml
from bpmn.rules.findings import found
from bpmn.rules.model import Model, Node, Scope
from bpmn.rules.table import AT
from bpmn.types import Finding

TITLES = {
    "": "没有事件定义",
    "timer": "定时",
    "message": "消息",
    "signal": "信号",
    "conditional": "条件",
    "link": "链接",
    "error": "错误",
    "escalation": "升级",
    "terminate": "终止",
    "cancel": "取消",
    "compensate": "补偿",
}
PLACES = {
    "main start": "主流程的开始事件",
    "inner start": "子流程和被调用流程的开始事件",
    "intermediateCatchEvent": "中间捕获事件",
    "intermediateThrowEvent": "中间抛出事件",
    "boundary of a task": "任务的边界事件",
    "boundary of a scope": "子流程和调用活动的边界事件",
    "endEvent": "结束事件",
}
HOSTS = ("userTask", "receiveTask", "subProcess", "callActivity")


def check(model: Model) -> Iterator[Finding]:
    for node in model.nodes:
        if node.kind.endswith("Event"):
            yield from _definitions(model, node)
        if node.kind == "boundaryEvent":
            yield from _boundary(model, node)
    for scope in model.scopes:
        yield from _links(scope)
        yield from _same_boundaries(scope)


def _definitions(model: Model, node: Node) -> Iterator[Finding]:
    element = node.element
    references = xml.children(element, "eventDefinitionRef")
    own = [part for part in element if xml.kind(part).endswith(xml.SUFFIX)]
    if len(own) + len(references) > len(node.definitions):
        message = "eventDefinitionRef 没有指向 definitions 下的事件定义。"
        remedy = "请把事件定义直接写在事件里,或改正引用的 id。"
        yield found("definition-missing", element, message, remedy)
        return
    if len(node.definitions) > 1:
        remedy = "请只留一个;等几件事中先发生的一件用事件网关。"
        yield found("definitions-several", element, "有几个事件定义。", remedy)
        return
    place = _place(model, node)
    if node.trigger not in AT[place]:
        may = "、".join(TITLES[kind] for kind in AT[place])
        title = TITLES.get(node.trigger, node.trigger)
        is_plain = not node.trigger
        message = f"{PLACES[place]}{title if is_plain else f'不能是“{title}”'}。"
        yield found("event-misplaced", element, message, f"这里可以用:{may}。")


def _place(model: Model, node: Node) -> str:
    if node.kind == "startEvent":
        return "main start" if model.is_main(node.scope) else "inner start"
    if node.kind == "boundaryEvent":
        host = node.scope.nodes.get(node.host)
        holds = host is None or host.kind in ("subProcess", "callActivity")
        return "boundary of a scope" if holds else "boundary of a task"
    return node.kind


def _boundary(model: Model, node: Node) -> Iterator[Finding]:
    host = node.scope.nodes.get(node.host)
    if host is None:
        where = "在别的一层" if node.host in model.place else "不存在"
        message = f"边界事件所附的节点 {node.host} {where}。"
        remedy = "请把它附在同一层的用户任务、接收任务、子流程或调用活动上。"
        yield found("boundary-host", node.element, message, remedy)
    elif host.kind not in HOSTS:
        message = "边界事件只能附在用户任务、接收任务、子流程或调用活动上。"
        remedy = "请删去,或把所附的任务放进子流程,附在子流程上。"
        yield found("boundary-host", node.element, message, remedy)
    if node.trigger == "error" and not node.interrupts:
        message = "错误边界事件总是中断。"
        yield found("boundary-error", node.element, message, "请把 cancelActivity 改为 true。")


def _same_boundaries(scope: Scope) -> Iterator[Finding]:
    for nodes in scope.boundaries.values():
        seen: set[tuple[str, str]] = set()
        for node in nodes:
            what = (node.trigger, node.name)
            if node.trigger in ("error", "escalation", "message") and what in seen:
                message = "同一个活动上有两个边界事件等同一件事。"
                yield found("boundary-twice", node.element, message, "请只留一个。")
            seen.add(what)


def _links(scope: Scope) -> Iterator[Finding]:
    catching = [node for node in scope.of("intermediateCatchEvent") if node.trigger == "link"]
    throwing = [node for node in scope.of("intermediateThrowEvent") if node.trigger == "link"]
    named = Counter(node.name for node in catching)
    used = {node.name for node in throwing}
    for node in [*catching, *throwing]:
        if not node.name:
            yield found("link", node.element, "链接没有名称。", "请给两端写同一个名称。")
    for node in throwing:
        if node.name and named[node.name] != 1:
            message = f"链接“{node.name}”在同一层有 {named[node.name]} 个入口。"
            remedy = "请在同一层画一个、且只画一个同名的捕获链接事件。"
            yield found("link", node.element, message, remedy)
    for node in catching:
        if node.name and node.name not in used:
            message = f"没有通到链接“{node.name}”的抛出事件。"
            yield found("link", node.element, message, "请画出抛出的一端,或删去这个入口。")
