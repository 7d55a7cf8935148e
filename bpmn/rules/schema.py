"""The BPMN schema in front of all other rules, told in Chinese sentences."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from threading import Lock

from lxml import etree

from bpmn import xml
from bpmn.rules.findings import found
from bpmn.types import Finding

MAX_FINDINGS = 20
ATTRIBUTE = re.compile(r"[Aa]ttribute '([^']+)'")
STEP = re.compile(r"([^/\[]+)(?:\[(\d+)\])?")
_one_at_a_time = Lock()
SENTENCES = {  # what libxml2 calls it: what it means, what to do
    "SCHEMAV_ELEMENT_CONTENT": (
        "<E> 的内容、次序或个数不合 BPMN 规范。",
        "请用流程设计器重新保存,或按规范的次序排列。",
    ),
    "SCHEMAV_CVC_COMPLEX_TYPE_4": ("<E> 缺少属性 <A>。", "请补上 <A>。"),
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_2": (
        "<E> 没有 <A> 这个属性。",
        "请删去 <A>。",
    ),
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": ("<E> 的 <A> 写法不对。", "请写<T>。"),
    "SCHEMAV_CVC_ENUMERATION_VALID": (
        "<E> 的 <A> 不是规范中的值。",
        "请用流程设计器重新选择。",
    ),
    "SCHEMAV_CVC_TYPE_2": ("<E> 不能直接写在文件里。", "请换成具体的元素。"),
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": ("<E> 里不能有文字。", "请删去其中的文字。"),
}
TYPE = re.compile(r"type 'xs:(\w+)'")
TYPES = {
    "boolean": " true 或 false",
    "integer": "整数",
    "int": "整数",
    "anyURI": "网址,或照规范写",
}
IDENTIFIER = "以字母开头、不含空格、各不相同的 id"
OTHERWISE = ("<E> 不合 BPMN 规范。", "请用流程设计器重新保存。")
# Nothing refers to it, so a hand-written file without it means the same.
FORGIVEN = "The attribute 'targetNamespace' is required but missing."


@cache
def _schema() -> etree.XMLSchema:
    """Read the schema that SpiffWorkflow ships; it costs a tenth of a second, once."""
    path = files("SpiffWorkflow.bpmn.parser") / "schema" / "BPMN20.xsd"
    return etree.XMLSchema(file=str(path))


def check(root: xml.Element) -> Iterator[Finding]:
    schema = _schema()
    with _one_at_a_time:  # the log hangs on the schema
        entries = [] if schema.validate(root) else list(schema.error_log)
    counted = [entry for entry in entries if not entry.message.endswith(FORGIVEN)]
    yield from dict.fromkeys(_told(root, entry) for entry in counted[:MAX_FINDINGS])


def _told(root: xml.Element, entry: etree._LogEntry) -> Finding:
    element = _element(root, entry.path)
    attribute = ATTRIBUTE.search(entry.message)
    name = attribute[1][:80] if attribute else "内容"
    kind = TYPE.search(entry.message)
    wanted = TYPES.get(kind[1], IDENTIFIER) if kind else IDENTIFIER
    message, remedy = (
        text.replace("<E>", xml.kind(element)[:80]).replace("<A>", name).replace("<T>", wanted)
        for text in SENTENCES.get(entry.type_name, OTHERWISE)
    )
    return found("schema", element, message, remedy)


def _element(root: xml.Element, path: str | None) -> xml.Element:
    """Find the element of a path like /bpmn:definitions/bpmn:process/bpmn:task[2]."""
    here: xml.Element = root
    for name, number in STEP.findall((path or "").lstrip("/"))[1:]:
        same = [child for child in here if name in ("*", _qualified(child))]
        here = same[int(number or 1) - 1]
    return here


def _qualified(element: xml.Element) -> str:
    name = etree.QName(element).localname
    return f"{element.prefix}:{name}" if element.prefix else str(name)
