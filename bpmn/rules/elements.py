"""The allow-list at work: which element stands in which, with which attributes and extensions."""

from collections.abc import Iterator

from lxml import etree

from bpmn import xml
from bpmn.rules.findings import found
from bpmn.rules.model import Model
from bpmn.rules.refused import REMEDIES
from bpmn.rules.table import ACCEPTED, FIXED, TABLE
from bpmn.types import Finding

INSIDE = {
    parent: {name for name, row in ACCEPTED.items() if {parent, "*"} & {*row.inside}}
    for parent in ACCEPTED
}
ALLOWED = {name: frozenset(row.attributes) for name, row in ACCEPTED.items()}
ROOT = frozenset(
    {"id", "name", "targetNamespace", "expressionLanguage", "typeLanguage"}
    | {"exporter", "exporterVersion"}
)
# Namespaces whose attributes and extensions are colours, layout or who drew it, and nothing else.
HARMLESS = frozenset(
    {
        "http://bpmn.io/schema/bpmn/biocolor/1.0",
        "http://www.omg.org/spec/BPMN/non-normative/color/1.0",
        "http://camunda.org/schema/modeler/1.0",
        "http://www.signavio.com",
        "http://www.w3.org/XML/1998/namespace",
    }
)
SCHEMA_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
BITS, COUNTED = ("0", "1"), ("startQuantity", "completionQuantity")
MAX_ATTRIBUTES = 50  # telling each of tens of thousands apart would take seconds
MAX_DEPTH, MAX_DECLARED = 8, 1000


def many(root: xml.Element) -> Iterator[Finding]:
    """Look at what would make all other rules slow."""
    if len(root) > MAX_DECLARED:
        message = f"文件的最外层有 {len(root)} 个元素,超过 {MAX_DECLARED} 个。"
        yield found("too-many-declarations", root, message, "请删去没有用到的声明。")


def check(model: Model) -> Iterator[Finding]:
    root = model.root
    yield from _attributes(root, ROOT | {SCHEMA_LOCATION})
    for child in root:
        if not _is_diagram(child):
            yield from _inside(root, child)
    drawn = len(model.nodes)
    if drawn > xml.MAX_NODES:
        message = f"流程有 {drawn} 个节点,超过 {xml.MAX_NODES} 个。"
        yield found("too-many-nodes", root, message, "请拆成几个较小的流程。")
    for scope in model.scopes:
        if scope.depth == MAX_DEPTH + 1:
            message = f"子流程套了 {MAX_DEPTH} 层以上。"
            yield found("too-deep", scope.element, message, "请把内层移到外层,或改用调用活动。")


def _is_diagram(child: xml.Element) -> bool:
    """Tell whether this is the drawing, which has no say in what is executed."""
    return child.tag == "{http://www.omg.org/spec/BPMN/20100524/DI}BPMNDiagram"


def _inside(parent: xml.Element, child: xml.Element) -> Iterator[Finding]:
    name, owner = xml.kind(child), xml.kind(parent)
    if name not in INSIDE.get(owner, ()):
        yield found("element-refused", child, f"{owner} 中的 {name} 不会被执行。", _remedy(name))
        return
    yield from _attributes(child, ALLOWED[name])
    if name == "extensionElements":
        yield from _extensions(parent, child)
    elif name not in ("documentation", "text", "script"):
        for grandchild in child:
            yield from _inside(child, grandchild)


def _remedy(name: str) -> str:
    row = TABLE.get(name)
    if row is None or row.verdict == "abstract":
        return REMEDIES["delete"][0]
    if row.verdict == "refused":
        return row.zh
    if name in ("standardLoopCharacteristics", "multiInstanceLoopCharacteristics"):
        return "多人办理请用 decide 属性(all、any、quorum);重复办理请用排他网关画出循环。"
    return f"它只能写在 {'、'.join(row.inside)} 中,请移过去或删去。"


def _attributes(element: xml.Element, allowed: frozenset[str]) -> Iterator[Finding]:
    if len(element.attrib) > MAX_ATTRIBUTES:
        remedy = f"一个元素最多 {MAX_ATTRIBUTES} 个属性,请删去多余的。"
        yield found("attribute-refused", element, "属性太多。", remedy)
        return
    for name, value in element.attrib.items():
        if name not in allowed:
            space, local = etree.QName(name).namespace, etree.QName(name).localname
            if space not in HARMLESS:
                code = "foreign" if space else "attribute-refused"
                yield found(code, element, f"属性 {local} 不会被执行。", "请删去这个属性。")
        elif name in FIXED and value.strip() not in FIXED[name]:
            words = [word for word in FIXED[name] if word not in BITS or name in COUNTED]
            remedy = f"请改为 {'、'.join(words)}。"
            yield found("attribute-fixed", element, f"属性 {name} 不能是 {value[:60]}。", remedy)


def _extensions(owner: xml.Element, extensions: xml.Element) -> Iterator[Finding]:
    for group in extensions:
        name = etree.QName(group)
        if name.namespace in HARMLESS:
            continue
        if group.tag != f"{xml.OURS}properties":
            message = f"扩展 {name.localname} 不会被执行。"
            yield found("foreign", owner, message, "请删去,或改用 spiffworkflow:properties。")
            continue
        for entry in group:
            if entry.tag != f"{xml.OURS}property" or set(entry.attrib) != {"name", "value"}:
                yield found(
                    "foreign",
                    owner,
                    "spiffworkflow:properties 中有无法识别的内容。",
                    "其中只能有带 name 和 value 的 spiffworkflow:property。",
                )
