"""Ids, flows and the shape of the road: nothing dangles, nothing is out of reach, all ends."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from bpmn import xml
from bpmn.rules.elements import INSIDE, TEXT
from bpmn.rules.findings import error
from bpmn.types import Finding

ID = re.compile(r"[^\W\d][\w.-]{0,99}")  # close to XML's NCName, which lxml does not enforce
IDENTIFIED = (*xml.KINDS, "process", "sequenceFlow", "lane", "participant")


def check(root: xml.Element) -> Iterator[Finding]:
    yield from _ids(root)
    for process in xml.find(root, "process"):
        # Flows to an element that is refused anyway would only be reported twice.
        if all(xml.kind(child) in INSIDE["process"] | TEXT for child in process):
            yield from _Shape(process).findings()
    yield from _pools(root)


def _ids(root: xml.Element) -> Iterator[Finding]:
    for element in xml.find(root, *IDENTIFIED):
        if not element.get("id"):
            yield error(element, f"{xml.kind(element)} 没有 id。", "请给它一个 id。")
        elif not ID.fullmatch(element.get("id", "")):
            yield error(element, "id 的写法不对。", "id 以字母开头,只含字母、数字、_、-、.。")
    ids = Counter(e.get("id") for e in root.iter(f"{xml.BPMN}*") if e.get("id"))
    for name, count in ids.items():
        if count > 1:
            message = f"id {name} 用了 {count} 次。"
            yield Finding(str(name), "error", message, "请让每个元素的 id 各不相同。")


def _pools(root: xml.Element) -> Iterator[Finding]:
    keys = {process.get("id") for process in xml.find(root, "process")}
    pools = list(xml.find(root, "participant"))
    for pool in pools:
        if pool.get("processRef") not in keys:
            yield error(pool, "泳池不属于本文件的流程。", "请删去这个泳池,或连到流程。")
    if len(pools) > 1:
        yield error(pools[1], "有几个泳池。", "每个文件只画一个泳池,不同的人画成泳道。")


class _Shape:
    """The flows of one process, by source and by target."""

    def __init__(self, process: xml.Element) -> None:
        self.process = process
        self.nodes = {e.get("id", ""): e for e in xml.children(process, *xml.KINDS)}
        self.out: dict[str, list[xml.Element]] = defaultdict(list)
        self.into: dict[str, list[xml.Element]] = defaultdict(list)
        for flow in xml.children(process, "sequenceFlow"):
            self.out[flow.get("sourceRef", "")].append(flow)
            self.into[flow.get("targetRef", "")].append(flow)

    def findings(self) -> Iterator[Finding]:
        starts = xml.children(self.process, "startEvent")
        if len(starts) != 1:
            yield error(self.process, f"流程有 {len(starts)} 个开始事件。", "请画且只画一个。")
        if not xml.children(self.process, "endEvent"):
            yield error(self.process, "流程没有结束事件。", "请在每条路的末端画一个结束事件。")
        yield from self._flows()
        for name, node in self.nodes.items():
            yield from self._ends(name, node)
            yield from self._ports(name, node)
            if xml.kind(node) in xml.GATEWAYS:
                yield from self._gateway(name, node)
            else:
                yield from self._single(name, node)
        yield from self._reach([s.get("id", "") for s in starts])
        yield from self._lanes()

    def _flows(self) -> Iterator[Finding]:
        pairs: Counter[tuple[str | None, str | None]] = Counter()
        for flow in xml.children(self.process, "sequenceFlow"):
            ends = (flow.get("sourceRef"), flow.get("targetRef"))
            if not set(ends) <= self.nodes.keys():
                yield error(flow, "连线的一端没有接到节点。", "请把两端都接到图中的节点。")
            pairs[ends] += 1
            if pairs[ends] == 2:
                remedy = "请只留一条;需要两个条件时用 or 连接。"
                yield error(flow, f"从 {ends[0]} 到 {ends[1]} 有几条连线。", remedy)

    def _ends(self, name: str, node: xml.Element) -> Iterator[Finding]:
        first, last = xml.kind(node) == "startEvent", xml.kind(node) == "endEvent"
        if first and self.into[name]:
            yield error(node, "有连线指向开始事件。", "请指向开始事件之后的节点。")
        if last and self.out[name]:
            yield error(node, "有连线从结束事件出来。", "请改为其他节点,或删去连线。")
        if not first and not self.into[name]:
            yield error(node, "没有连线通到这里。", "请接上连线,或删去这个节点。")
        if not last and not self.out[name]:
            yield error(node, "从这里出不去。", "请连到下一个节点或结束事件。")

    def _ports(self, name: str, node: xml.Element) -> Iterator[Finding]:
        for port, flows in (("incoming", self.into[name]), ("outgoing", self.out[name])):
            listed = {xml.reference(entry) for entry in xml.children(node, port)}
            # A file may leave the lists out, but not contradict its own flows.
            if listed and listed != {flow.get("id") for flow in flows}:
                remedy = "请用流程设计器重新保存。"
                yield error(node, f"{port} 与连线不一致。", remedy)

    def _single(self, name: str, node: xml.Element) -> Iterator[Finding]:
        if len(self.out[name]) > 1:
            remedy = "请先连到一个并行网关(同时走)或排他网关(选一条)。"
            yield error(node, "有几条连线从这里出来。", remedy)
        for flow in self.out[name]:
            if xml.condition(flow) is not None:
                remedy = "请在其后画一个排他网关,把条件写在网关出来的连线上。"
                yield error(flow, "条件只能写在排他网关出来的连线上。", remedy)

    def _gateway(self, name: str, node: xml.Element) -> Iterator[Finding]:
        into, out = len(self.into[name]), len(self.out[name])
        fits = {
            "Converging": out <= 1,
            "Diverging": into <= 1,
            "Mixed": into > 1 and out > 1,
        }
        if not fits.get(node.get("gatewayDirection", ""), True):
            remedy = "请改 gatewayDirection,或改连线。"
            yield error(node, "网关的方向与连线的条数不符。", remedy)
        if xml.kind(node) == "parallelGateway":
            for flow in self.out[name]:
                if xml.condition(flow) is not None:
                    remedy = "请删去条件,或改为排他网关。"
                    yield error(flow, "并行网关的每条连线都会走,不能有条件。", remedy)
        else:
            yield from self._choice(name, node)

    def _choice(self, name: str, node: xml.Element) -> Iterator[Finding]:
        default = node.get("default")
        if default is not None and default not in {f.get("id") for f in self.out[name]}:
            yield error(node, "默认流向不是从这里出来的连线。", "请重新指定默认流向。")
        for flow in self.out[name]:
            conditional = xml.condition(flow) is not None
            if conditional and flow.get("id") == default:
                yield error(flow, "默认流向不能有条件。", "请删去条件,或另选默认流向。")
            if not conditional and flow.get("id") != default and len(self.out[name]) > 1:
                yield error(flow, "这条连线没有条件。", "请填写条件,或设为默认流向。")

    def _reach(self, starts: list[str]) -> Iterator[Finding]:
        ends = [e.get("id", "") for e in xml.children(self.process, "endEvent")]
        forward = self._walk(starts, self.out, "targetRef")
        backward = self._walk(ends, self.into, "sourceRef")
        for name, node in self.nodes.items():
            if name not in forward and self.into[name]:
                yield error(node, "从开始事件走不到这里。", "请接上连线,或删去这个节点。")
            if name not in backward and self.out[name]:
                yield error(node, "从这里走不到结束事件。", "请画一条通到结束事件的路。")

    def _walk(
        self, starts: Iterable[str], flows: dict[str, list[xml.Element]], end: str
    ) -> set[str]:
        seen: set[str] = set()
        todo = list(starts)
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += [flow.get(end, "") for flow in flows[name]]
        return seen

    def _lanes(self) -> Iterator[Finding]:
        members = Counter(xml.reference(ref) for ref in xml.find(self.process, "flowNodeRef"))
        for name, count in members.items():
            if name not in self.nodes:
                yield Finding(
                    name, "error", f"泳道列出了不存在的节点 {name}。", "请用流程设计器重新保存。"
                )
            elif count > 1:
                yield error(self.nodes[name], "节点在几个泳道中。", "请只放在一个泳道中。")
