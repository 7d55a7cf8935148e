"""What is different between two versions, in words; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.processes import engine
from app.processes.models import ProcessVersion


class Way(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


LABELS = {Way.ADDED: "新增", Way.REMOVED: "去掉", Way.CHANGED: "改动"}
KINDS = {
    "startEvent": "开始",
    "endEvent": "结束",
    "userTask": "环节",
    "serviceTask": "自动办理",
    "scriptTask": "计算",
    "sendTask": "发送",
    "receiveTask": "等待消息",
    "callActivity": "调用",
    "subProcess": "子流程",
    "boundaryEvent": "边界事件",
    "intermediateCatchEvent": "等待",
    "intermediateThrowEvent": "抛出",
}
PROPERTIES = {
    "assign": "由谁办",
    "actions": "能做的动作",
    "outcomes": "办理结果",
    "form": "表单",
    "sign": "签名",
    "operation": "自动办的事",
    "box": "意见栏",
    "empty": "没有人时",
    "result": "结果",
    "title": "名称",
    "category": "分类",
    "numbering": "编号",
    "start_positions": "谁能发起",
    "title_pattern": "标题",
    "documents": "打印件",
    "basis": "依据",
    "help": "说明",
}
NOTHING = "（没有）"
LONGEST = 60


@dataclass(frozen=True)
class Change:
    """One line; `element` is its id on the diagram, empty where it is not drawn."""

    way: Way
    what: str
    details: tuple[str, ...] = ()
    element: str = ""

    @property
    def label(self) -> str:
        return LABELS[self.way]


def changes(
    old: ProcessVersion, old_loaded: engine.Loaded, new: ProcessVersion, loaded: engine.Loaded
) -> list[Change]:
    """The process itself, what is drawn, forms and print templates, in this order."""
    before, after = old_loaded.definition, loaded.definition
    own = tuple(_properties(before.properties, after.properties))
    return [
        *([Change(Way.CHANGED, "流程本身", own)] if own else []),
        *_nodes(before.nodes, after.nodes),
        *_flows(old_loaded, loaded),
        *_forms(old.forms, new.forms),
        *_documents(old.documents, new.documents),
    ]


def _nodes(before: Mapping[str, engine.Node], after: Mapping[str, engine.Node]) -> Iterator[Change]:
    for name in {**after, **before}:
        old, new = before.get(name), after.get(name)
        if old is None and new is not None:
            yield Change(Way.ADDED, _called(new), element=name)
        elif new is None and old is not None:
            yield Change(Way.REMOVED, _called(old), element=name)
        elif old is not None and new is not None and old != new:
            yield Change(Way.CHANGED, _called(new), tuple(_details(old, new)), name)


def _details(old: engine.Node, new: engine.Node) -> Iterator[str]:
    for label, was, now in (
        ("名字", old.name, new.name),
        ("泳道", old.lane, new.lane),
        ("种类", KINDS.get(old.element, old.element), KINDS.get(new.element, new.element)),
    ):
        if was != now:
            yield _was(label, was, now)
    yield from _properties(old.properties, new.properties)


def _properties(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            label = PROPERTIES.get(name, name)
            yield _was(label, old.get(name, ""), new.get(name, ""))


def _flows(old: engine.Loaded, new: engine.Loaded) -> Iterator[Change]:
    """By where they lead: an id says nothing to people and changes with the drawing tool."""
    before, after = _ways(old), _ways(new)
    for pair in {**after, **before}:
        was, now = before.get(pair), after.get(pair)
        source, target = (_end(new if pair in after else old, name) for name in pair)
        what = f"连线：{source} → {target}"
        if was is None:
            yield Change(Way.ADDED, what, (f"条件：{now}",) if now else ())
        elif now is None:
            yield Change(Way.REMOVED, what)
        elif was != now:
            yield Change(Way.CHANGED, what, (_was("条件", was, now),))


def _ways(loaded: engine.Loaded) -> dict[tuple[str, str], str]:
    return {
        (flow.source, flow.target): "默认"
        if flow.is_default
        else flow.condition.text
        if flow.condition
        else ""
        for flows in loaded.definition.graph.out.values()
        for flow in flows
    }


def _end(loaded: engine.Loaded, name: str) -> str:
    node = loaded.node(name)
    return f"“{node.name}”" if node.name else name


def _forms(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in sorted({*old, *new}):
        what = f"表单 {name}"
        if name not in old:
            yield Change(Way.ADDED, what)
        elif name not in new:
            yield Change(Way.REMOVED, what)
        elif old[name] != new[name]:
            details = tuple(_fields(_leaves(old[name]), _leaves(new[name])))
            yield Change(Way.CHANGED, what, details or ("排版或说明文字改了。",))


def _fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for key in {**new, **old}:
        if key not in old:
            yield f"新增栏目“{new[key].get('label', key)}”"
        elif key not in new:
            yield f"去掉栏目“{old[key].get('label', key)}”"
        elif old[key] != new[key]:
            was, now = old[key].get("label", key), new[key].get("label", key)
            yield f"栏目“{was}”改了" + (f"，现在叫“{now}”" if was != now else "")


def _leaves(form: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Fields by the path of their keys; of a list also those of its rows, apart from it."""
    found: dict[str, Any] = {}
    for component in form.get("components") or ():
        key = component.get("key") or component.get("path")
        inner = f"{above}{key}." if key and component.get("type") == "dynamiclist" else above
        if key:
            own = {name: value for name, value in component.items() if name != "components"}
            found[f"{above}{key}"] = own
        found |= _leaves(component, inner)
    return found


def _documents(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            way = Way.ADDED if name not in old else Way.REMOVED if name not in new else Way.CHANGED
            yield Change(way, f"打印模板 {name}")


def _called(node: engine.Node) -> str:
    kind = KINDS.get(node.element, "网关" if node.kind == "gateway" else node.element)
    return f"{kind}“{node.name}”" if node.name else f"{kind} {node.id}"


def _was(label: str, was: str, now: str) -> str:
    return f"{label}：{_short(was)} → {_short(now)}"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return (text[:LONGEST] + "…" if len(text) > LONGEST else text) or NOTHING
