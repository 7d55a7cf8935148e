"""Ids, flows and the shape of the road: nothing dangles, nothing is out of reach, all ends."""

import re
from collections import Counter
from collections.abc import Iterator

from bpmn import xml
from bpmn.rules.findings import found
from bpmn.rules.model import Model, Node, Scope, walk
from bpmn.types import Finding

ID = re.compile(r"[^\W\d][\w.-]{0,99}")  # close to XML's NCName, which lxml does not enforce
IDENTIFIED = (
    *xml.NODES,
    *("process", "sequenceFlow", "lane", "participant", "message", "signal", "error"),
    "escalation",
)


def check(model: Model) -> Iterator[Finding]:
    yield from _ids(model.root)
    for scope in model.scopes:
        yield from _flows(model, scope)
        for node in scope.nodes.values():
            yield from _ends(node)
            yield from _ports(node)
        if not scope.refused:
            yield from _reach(scope)
        if scope.parent is None:
            yield from _lanes(model, scope)
    yield from _pools(model)


def _ids(root: xml.Element) -> Iterator[Finding]:
    for element in xml.find(root, *IDENTIFIED):
        if not element.get("id"):
            yield found("id-missing", element, f"{xml.kind(element)} 没有 id。", "请给它一个 id。")
        elif not ID.fullmatch(element.get("id", "")):
            remedy = "id 以字母开头,只含字母、数字、_、-、.,至多 100 个字符。"
            yield found("id-form", element, "id 的写法不对。", remedy)
    ids = Counter(e.get("id") for e in root.iter(f"{xml.BPMN}*") if e.get("id"))
    for name, count in ids.items():
        if count > 1:
            message = f"id {name} 用了 {count} 次。"
            yield found("id-twice", str(name), message, "请让每个元素的 id 各不相同。")


def _pools(model: Model) -> Iterator[Finding]:
    drawn: Counter[str] = Counter()
    for pool in xml.find(model.root, "participant"):
        process = xml.local(pool.get("processRef"))
        drawn[process] += 1
        if process not in model.by_id:
            message = "泳池不属于本文件的流程。"
            yield found("pool", pool, message, "请删去这个泳池,或连到流程。")
        elif drawn[process] > 1:
            yield found("pool", pool, "有几个泳池画同一个流程。", "每个流程只画一个泳池。")


def _flows(model: Model, scope: Scope) -> Iterator[Finding]:
    for flow in scope.flows:
        ends = (flow.source, flow.target)
        if {*ends} & scope.refused:
            continue  # told once, of the element
        if not {*ends} <= model.place.keys():
            message = "连线的一端没有接到节点。"
            yield found("flow-dangling", flow.element, message, "请把两端都接到图中的节点。")
        elif not {*ends} <= scope.nodes.keys():
            message = "连线不能穿过流程或子流程的边界。"
            remedy = "请连到子流程本身;里面的路从它的开始事件走到结束事件。"
            yield found("flow-crosses", flow.element, message, remedy)


def _ends(node: Node) -> Iterator[Finding]:
    into, out = node.scope.into[node.id], node.scope.out[node.id]
    catches_link = node.kind == "intermediateCatchEvent" and node.trigger == "link"
    throws_link = node.kind == "intermediateThrowEvent" and node.trigger == "link"
    first = node.kind in ("startEvent", "boundaryEvent") or catches_link
    last = node.kind == "endEvent" or throws_link
    title = {"startEvent": "开始事件", "boundaryEvent": "边界事件", "endEvent": "结束事件"}.get(
        node.kind, "链接"
    )
    if first and into:
        remedy = f"请指向{title}之后的节点。"
        yield found("flow-into-first", node.element, f"有连线指向{title}。", remedy)
    if last and out:
        message = f"有连线从{title}出来。"
        yield found("flow-out-of-last", node.element, message, "请改为其他节点,或删去连线。")
    if not first and not into:
        message = "没有连线通到这里。"
        yield found("no-way-in", node.element, message, "请接上连线,或删去这个节点。")
    if not last and not out:
        yield found("no-way-out", node.element, "从这里出不去。", "请连到下一个节点或结束事件。")


def _ports(node: Node) -> Iterator[Finding]:
    ports = (("incoming", node.scope.into[node.id]), ("outgoing", node.scope.out[node.id]))
    for port, flows in ports:
        listed = {xml.reference(entry) for entry in xml.children(node.element, port)}
        # A file may leave the lists out, but not contradict its own flows.
        if listed and listed != {flow.id for flow in flows}:
            remedy = "请用流程设计器重新保存。"
            yield found("ports-disagree", node.element, f"{port} 与连线不一致。", remedy)


def _reach(scope: Scope) -> Iterator[Finding]:
    ahead = {name: list(scope.after(name)) for name in scope.nodes}
    behind: dict[str, list[str]] = {}
    for name, following in ahead.items():
        for other in following:
            behind.setdefault(other, []).append(name)
    forward = walk([node.id for node in scope.of("startEvent")], ahead)
    backward = walk([node.id for node in scope.of("endEvent")], behind)
    for name, node in scope.nodes.items():
        if name not in forward and behind.get(name):
            message = "从开始事件走不到这里。"
            yield found("unreachable", node.element, message, "请接上连线,或删去这个节点。")
        if name not in backward and ahead[name]:
            message = "从这里走不到结束事件。"
            yield found("never-ends", node.element, message, "请画一条通到结束事件的路。")


def _lanes(model: Model, process: Scope) -> Iterator[Finding]:
    members = Counter(xml.reference(ref) for ref in xml.find(process.element, "flowNodeRef"))
    for name, count in members.items():
        place = model.place.get(name)
        if place is None or place.process is not process:
            message = f"泳道列出了不存在的节点 {name}。"
            yield found("lane", name, message, "请用流程设计器重新保存。")
        elif count > 1:
            yield found("lane", name, "节点在几个泳道中。", "请只放在一个泳道中。")
