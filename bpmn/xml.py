"""Reading a model: safe XML, and the few words for its elements that lint and parser share."""

from collections.abc import Iterator

from lxml import etree

from bpmn.types import Finding, Refused

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMN = f"{{{MODEL}}}"
OURS = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"
MAX_BYTES, MAX_NODES = 1024 * 1024, 500

KINDS = {
    "startEvent": "start",
    "userTask": "user",
    "serviceTask": "service",
    "scriptTask": "script",
    "sendTask": "send",
    "receiveTask": "receive",
    "subProcess": "subprocess",
    "callActivity": "call",
    "exclusiveGateway": "gateway",
    "inclusiveGateway": "gateway",
    "parallelGateway": "gateway",
    "eventBasedGateway": "gateway",
    "intermediateCatchEvent": "event",
    "intermediateThrowEvent": "event",
    "boundaryEvent": "event",
    "endEvent": "end",
}
ACTIVITIES = (
    *("userTask", "serviceTask", "scriptTask", "sendTask", "receiveTask"),
    *("subProcess", "callActivity"),
)
GATEWAYS = ("exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway")
SCOPES = ("process", "subProcess")
LOOPS = ("standardLoopCharacteristics", "multiInstanceLoopCharacteristics")
TIMERS = ("timeDuration", "timeDate", "timeCycle")
Element = etree._Element  # noqa: SLF001 -- lxml's public name for it is this one


def read(model: bytes) -> Element:
    """Return the root of a model that is safe to look at.

    Raises: Refused.
    """
    if len(model) > MAX_BYTES:
        raise _refused("文件超过 1 MiB。", "请拆分流程,或删去图中的图片等多余内容。")
    try:
        text = model.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused("文件不是 UTF-8 编码。", "请以 UTF-8 编码另存后再上传。") from error
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise _refused("文件含有 DOCTYPE 或实体声明。", "请删去 <!DOCTYPE …> 一段。")
    # The encoding is given, so a declaration in the file cannot make lxml read it otherwise.
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise _refused(f"不是完整的 XML:{error}", "请用流程设计器重新导出。") from error
    if root.tag != f"{BPMN}definitions":
        raise _refused("不是 BPMN 2.0 文件。", "根元素应为 BPMN 2.0 的 definitions。")
    return root


def _refused(message: str, remedy: str) -> Refused:
    return Refused([Finding("", "error", message, remedy)])


def kind(element: Element) -> str:
    """Return the BPMN name of an element, or its full name when it is none of BPMN's."""
    name = etree.QName(element)
    return str(name.localname if name.namespace == MODEL else name.text)


def children(element: Element, *kinds: str) -> list[Element]:
    return [child for child in element if kind(child) in kinds]


def find(root: Element, *kinds: str) -> Iterator[Element]:
    return root.iter(*(f"{BPMN}{name}" for name in kinds))


def label(element: Element) -> str:
    """Return what a finding names: the nearest id, so that it can be shown on the diagram."""
    owner: Element | None = element
    while owner is not None and not owner.get("id"):
        owner = owner.getparent()
    return kind(element) if owner is None else str(owner.get("id"))


def reference(element: Element) -> str:
    """Return the id in the text of a reference like `<incoming>bpmn:flow</incoming>`."""
    return (element.text or "").strip().rpartition(":")[2]


def properties(element: Element) -> dict[str, str]:
    """Return our properties of an element."""
    path = f"{BPMN}extensionElements/{OURS}properties/{OURS}property"
    return {p.get("name", ""): p.get("value", "").strip() for p in element.iterfind(path)}


def script(element: Element) -> str:
    return "\n".join(part.text or "" for part in children(element, "script"))


def condition(flow: Element) -> str | None:
    """Return the text of a flow's condition, None when it has none."""
    found = children(flow, "conditionExpression")
    return (found[0].text or "").strip() if found else None


def definition(event: Element) -> Element | None:
    """Return the event definition of an event that the lint accepted, a reference resolved."""
    for child in event:
        if kind(child) == "eventDefinitionRef":
            return by_id(event, reference(child))
        if kind(child).endswith("EventDefinition"):
            return child
    return None


def by_id(anywhere: Element, name: str) -> Element | None:
    """Return what stands under this id directly below the definitions: a message, a process."""
    root = anywhere.getroottree().getroot()
    return next((child for child in root if child.get("id") == name), None)


def local(name: str | None) -> str:
    """Return a reference in an attribute without its prefix: `bpmn:order` -> order."""
    return (name or "").strip().rpartition(":")[2]


def text(element: Element, *kinds: str) -> str | None:
    """Return the text of the first child of these kinds, None without one."""
    found = children(element, *kinds)
    return (found[0].text or "").strip() if found else None


def loop(activity: Element) -> Element | None:
    """Return how an activity is repeated, None when it is not."""
    return next(iter(children(activity, *LOOPS)), None)


def processes(root: Element) -> tuple[Element, tuple[Element, ...]]:
    """Return the main process of a file that the lint accepted, and those it calls."""
    found = children(root, "process")
    called = {local(call.get("calledElement")) for call in find(root, "callActivity")}
    main = next(p for p in found if p.get("id") not in called and p.get("isExecutable") != "false")
    return main, tuple(p for p in found if p.get("id") in called)
