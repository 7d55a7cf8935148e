"""What events speak of: messages, signals, errors and escalations, declared once and caught."""

from collections.abc import Iterator

from bpmn import xml
from bpmn.rules.events import TITLES
from bpmn.rules.findings import found
from bpmn.rules.model import Model, Node, Scope
from bpmn.types import Finding

THROWING = ("endEvent", "intermediateThrowEvent")
OPTIONAL = ("error", "escalation")  # a boundary without a code catches all


def check(model: Model) -> Iterator[Finding]:
    yield from _declarations(model.root)
    for node in model.nodes:
        if node.kind in ("sendTask", "receiveTask"):
            yield from _reference(node, node.element, "message")
        elif node.trigger in xml.DECLARED:
            yield from _reference(node, node.definitions[0], node.trigger)
    yield from _errors(model)


def _declarations(root: xml.Element) -> Iterator[Finding]:
    for what, (_, tag, attribute) in xml.DECLARED.items():
        seen: set[str] = set()
        for element in xml.children(root, tag):
            name = (element.get(attribute) or "").strip()
            if not name:
                message = f"{TITLES[what]}没有 {attribute}。"
                yield found("name-empty", element, message, f"请填写 {attribute}。")
            elif name in seen:
                message = f"{TITLES[what]}“{name}”声明了两次。"
                yield found("name-twice", element, message, "请只留一个,各处引用同一个 id。")
            seen.add(name)


def _reference(node: Node, carrier: xml.Element, what: str) -> Iterator[Finding]:
    attribute = xml.DECLARED[what][0]
    reference = carrier.get(attribute)
    if reference is None:
        if what not in OPTIONAL or node.kind in THROWING:
            message = f"没有写明是哪个{TITLES[what]}。"
            remedy = f"请在 {attribute} 中写已声明的{TITLES[what]}的 id。"
            yield found("reference-missing", node.element, message, remedy)
    elif node.declared is None:
        message = f"没有声明{TITLES[what]} {xml.local(reference)[:60]}。"
        remedy = f"请在 definitions 下声明它,或改正 {attribute}。"
        yield found("reference-unknown", node.element, message, remedy)


def _errors(model: Model) -> Iterator[Finding]:
    thrown: set[str] = set()  # the boundary events that catch something
    for node in model.of("endEvent", "intermediateThrowEvent"):
        if node.trigger not in OPTIONAL:
            continue
        catchers, escapes = _catchers(model, node.scope, node.trigger, node.name)
        thrown |= {catcher.id for catcher in catchers}
        if node.trigger == "error" and escapes:
            message = f"错误“{node.name}”没有边界事件接住。"
            remedy = "请在外层的子流程或调用活动上附一个错误边界事件,或改为普通结束事件。"
            yield found("error-uncaught", node.element, message, remedy)
    for node in model.of("boundaryEvent"):
        if node.trigger in OPTIONAL and node.id not in thrown:
            message = f"里面没有抛出这个{TITLES[node.trigger]}的事件,这条路永远走不到。"
            remedy = f"请删去,或在里面画出抛出{TITLES[node.trigger]}的事件。"
            yield found("never-thrown", node.element, message, remedy)


def _catchers(model: Model, begun: Scope, what: str, code: str) -> tuple[list[Node], bool]:
    """Return who catches what is thrown in a scope, and whether some way outwards lets it pass."""
    catchers: list[Node] = []
    escapes = False
    outwards = [begun]
    for scope in outwards:  # grows while we walk
        hosts = [scope.host] if scope.host is not None else model.callers(scope)
        escapes = escapes or not hosts
        for host in hosts:
            around = [n for n in host.scope.boundaries.get(host.id, ()) if n.trigger == what]
            fitting = [n for n in around if n.name == code] or [n for n in around if not n.name]
            if fitting:
                catchers.append(fitting[0])
            elif host.scope not in outwards:
                outwards.append(host.scope)
    return catchers, escapes
