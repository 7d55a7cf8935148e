"""Where flows part and meet: conditions, defaults, directions, what follows an event gateway."""

from collections.abc import Iterator

from bpmn import xml
from bpmn.rules.findings import found
from bpmn.rules.model import Flow, Model, Node
from bpmn.types import Finding

CHOOSING = ("exclusiveGateway", "inclusiveGateway")
AFTER_EVENTS = ("timer", "message", "signal", "conditional")


def check(model: Model) -> Iterator[Finding]:
    for node in model.nodes:
        if node.kind in xml.GATEWAYS:
            yield from _direction(node)
        if node.kind in CHOOSING:
            yield from _choice(node)
        elif node.kind in xml.ACTIVITIES:
            yield from _activity(node)
        else:
            yield from _unconditional(node)
        if node.kind == "eventBasedGateway":
            yield from _event_gateway(node)
        if node.kind in CHOOSING or node.kind in xml.ACTIVITIES:
            yield from _default(node)


def _direction(node: Node) -> Iterator[Finding]:
    into, out = len(node.scope.into[node.id]), len(node.scope.out[node.id])
    fits = {
        "Converging": out <= 1,
        "Diverging": into <= 1,
        "Mixed": into > 1 and out > 1,
    }
    if not fits.get(node.element.get("gatewayDirection", ""), True):
        remedy = "请改 gatewayDirection,或改连线。"
        message = "网关的方向与连线的条数不符。"
        yield found("gateway-direction", node.element, message, remedy)


def _default(node: Node) -> Iterator[Finding]:
    default = node.element.get("default")
    if default is None:
        return
    chosen = next((flow for flow in node.scope.out[node.id] if flow.id == default), None)
    if chosen is None:
        message = "默认流向不是从这里出来的连线。"
        yield found("default-elsewhere", node.element, message, "请重新指定默认流向。")
    elif chosen.condition is not None:
        remedy = "请删去条件,或另选默认流向。"
        yield found("default-condition", chosen.element, "默认流向不能有条件。", remedy)


def _choice(node: Node) -> Iterator[Finding]:
    out = node.scope.out[node.id]
    for flow in out:
        plain = flow.condition is None and flow.id != node.element.get("default")
        if plain and len(out) > 1:
            message = "这条连线没有条件。"
            yield found("condition-missing", flow.element, message, "请填写条件,或设为默认流向。")


def _activity(node: Node) -> Iterator[Finding]:
    out = node.scope.out[node.id]
    conditional = [flow for flow in out if flow.condition is not None]
    if len(out) == 1 and conditional:
        yield _misplaced(conditional[0], "这是唯一的出路,条件不成立时就走不下去。")
    if node.element.get("default") and not conditional:
        message = "其他连线没有条件,默认流向没有意义。"
        remedy = "请删去 default,或给其他连线写条件。"
        yield found("default-pointless", node.element, message, remedy)


def _unconditional(node: Node) -> Iterator[Finding]:
    why = {
        "parallelGateway": "并行网关的每条连线都会走,不能有条件。",
        "eventBasedGateway": "事件网关之后由先发生的事件决定,不能有条件。",
    }
    for flow in node.scope.out[node.id]:
        if flow.condition is not None:
            yield _misplaced(flow, why.get(node.kind, "事件之后的连线不能有条件。"))


def _misplaced(flow: Flow, message: str) -> Finding:
    remedy = "请画一个排他网关,把条件写在网关出来的连线上。"
    return found("condition-misplaced", flow.element, message, remedy)


def _event_gateway(node: Node) -> Iterator[Finding]:
    scope = node.scope
    following = [scope.nodes[f.target] for f in scope.out[node.id] if f.target in scope.nodes]
    if len(following) < 2:
        message = "事件网关之后少于两个事件。"
        yield found("event-gateway", node.element, message, "请接上第二个事件,或删去网关。")
    receiving = [other for other in following if other.kind == "receiveTask"]
    for other in following:
        catches = other.kind == "intermediateCatchEvent" and other.trigger in AFTER_EVENTS
        if not catches and other.kind != "receiveTask":
            message = "事件网关之后只能是捕获事件或接收任务。"
            remedy = "请先接定时、消息、信号或条件捕获事件,再接到这里。"
            yield found("event-gateway", other.element, message, remedy)
        elif len(scope.into[other.id]) > 1:
            message = "事件网关之后的事件还有别的连线通到。"
            yield found("event-gateway", other.element, message, "请给别的连线另画一个事件。")
        elif scope.boundaries.get(other.id):
            message = "事件网关之后的接收任务不能有边界事件。"
            remedy = "请把边界事件改成网关之后的捕获事件。"
            yield found("event-gateway", other.element, message, remedy)
        elif catches and other.trigger == "message" and receiving:
            message = "事件网关之后不能既有消息事件又有接收任务。"
            yield found("event-gateway", other.element, message, "请都用消息事件,或都用接收任务。")
