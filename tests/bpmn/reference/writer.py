"""From a reference model to the BPMN file the engine gets."""

from collections.abc import Iterable
from datetime import timedelta
from xml.sax.saxutils import escape

from tests.bpmn.models import HEAD, NOW, element, properties
from tests.bpmn.reference.model import Clock, Loop, Model, Node, Scope, Trigger
from tests.bpmn.reference.terms import Term

REFERENCE = "bpmn:eventDefinitionRef"
CODES = {"error": "errorCode", "escalation": "escalationCode"}


def write(model: Model) -> bytes:
    """Return the file: names of messages and the like first, then every process."""
    parts = [*_names(model), _process(model.main, "true")]
    parts += [_process(scope, "false") for scope in model.called]
    return f"{HEAD}{''.join(parts)}</bpmn:definitions>".encode()


def _names(model: Model) -> Iterable[str]:
    used = {
        (node.trigger.kind, node.trigger.name)
        for node in model.all_nodes.values()
        if node.trigger and node.trigger.name and node.trigger.kind != "link"
    }
    for kind, name in sorted(used):
        code = f' {CODES[kind]}="{name}"' if kind in CODES else ""
        yield f'<bpmn:{kind} id="{kind}_{name}" name="{name}"{code}/>'
    for node in model.all_nodes.values():
        if node.by_reference:
            yield _definition(node.trigger, f"def_{node.id}")


def _process(scope: Scope, executable: str) -> str:
    return element("process", scope.id, _inside(scope), f'isExecutable="{executable}"')


def _inside(scope: Scope) -> str:
    return "".join([*map(_node, scope.nodes), *(_flow(f) for f in scope.flows)])


def _flow(flow: object) -> str:
    condition = _formal("conditionExpression", flow.condition)
    ends = f'sourceRef="{flow.source}" targetRef="{flow.target}"'
    return element("sequenceFlow", flow.id, condition, ends)


def _formal(tag: str, term: Term | str | None) -> str:
    if term is None:
        return ""
    return f'<bpmn:{tag} xsi:type="bpmn:tFormalExpression">{escape(str(term))}</bpmn:{tag}>'


def _node(node: Node) -> str:
    given = _properties(node)
    inside = properties(**given) if given else ""
    if node.trigger and node.element not in {"receiveTask", "sendTask"}:
        inside += f"<{REFERENCE}>def_{node.id}</{REFERENCE}>" * node.by_reference
        inside += _definition(node.trigger) * (not node.by_reference)
    if node.loop:
        inside += _loop(node.loop)
    if node.script:
        lines = "\n".join(f"{name} = {term}" for name, term in node.script)
        inside += f"<bpmn:script>{escape(lines)}</bpmn:script>"
    if node.inside:
        inside += _inside(node.inside)
    return element(node.element, node.id, inside, _attributes(node))


def _properties(node: Node) -> dict[str, str]:
    given = {}
    if node.element == "userTask":
        given["assign"] = "person:requester"
    if node.operation:
        given["operation"] = node.operation
    if node.trigger and node.trigger.correlation:
        given["correlation"] = str(node.trigger.correlation)
    for name, pairs in (("in", node.into), ("out", node.back)):
        if pairs:
            given[name] = "; ".join(_pair(target, term) for target, term in pairs)
    return given


def _pair(target: str, term: Term) -> str:
    return target if str(term) == target else f"{target}={term}"


def _attributes(node: Node) -> str:
    given = {
        "default": node.default,
        "attachedToRef": node.attached,
        "calledElement": node.called,
        "cancelActivity": "" if node.interrupting else "false",
    }
    if node.element in {"receiveTask", "sendTask"} and node.trigger:
        given["messageRef"] = f"message_{node.trigger.name}"
    return " ".join(f'{name}="{value}"' for name, value in given.items() if value)


def _definition(trigger: Trigger, name: str = "") -> str:
    """Return an event definition; a `name` is its id, for events that refer to it."""
    tag = f"bpmn:{trigger.kind}EventDefinition"
    begin = f'{tag} id="{name}"' if name else tag
    if trigger.kind == "timer":
        return f"<{begin}>{_clock(trigger.clock)}</{tag}>"
    if trigger.kind == "conditional":
        return f"<{begin}>{_formal('condition', trigger.condition)}</{tag}>"
    if trigger.kind == "link":
        return f'<{tag} name="{trigger.name}"/>'
    reference = f' {trigger.kind}Ref="{trigger.kind}_{trigger.name}"' if trigger.name else ""
    return f"<{begin}{reference}/>"


def _clock(clock: Clock) -> str:
    if clock.kind == "date":
        return _formal("timeDate", (NOW + timedelta(seconds=clock.seconds)).isoformat())
    if clock.kind == "cycle":
        return _formal("timeCycle", f"R{clock.times or ''}/PT{clock.seconds}S")
    return _formal("timeDuration", f"PT{clock.seconds}S")


def _loop(loop: Loop) -> str:
    if not loop.multi:
        maximum = f' loopMaximum="{loop.maximum}"' if loop.maximum is not None else ""
        before = f' testBefore="{str(loop.test_before).lower()}"'
        tag = "bpmn:standardLoopCharacteristics"
        return f"<{tag}{before}{maximum}>{_formal('loopCondition', loop.condition)}</{tag}>"
    inside = _formal("loopCardinality", loop.cardinality)
    inside += f"<bpmn:loopDataInputRef>{loop.items}</bpmn:loopDataInputRef>" if loop.items else ""
    inside += f"<bpmn:loopDataOutputRef>{loop.output}</bpmn:loopDataOutputRef>" * bool(loop.output)
    inside += f'<bpmn:inputDataItem id="{loop.item}" name="{loop.item}"/>' * bool(loop.item)
    inside += f'<bpmn:outputDataItem id="{loop.output_item}" name="{loop.output_item}"/>' * bool(
        loop.output_item
    )
    inside += _formal("completionCondition", loop.condition)
    tag = "bpmn:multiInstanceLoopCharacteristics"
    return f'<{tag} isSequential="{str(loop.sequential).lower()}">{inside}</{tag}>'
