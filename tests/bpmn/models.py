"""Small models in a few words: elements by short tag, flows as `a->b`, a condition after `?`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="file">'
)
NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


def properties(**given: str) -> str:
    rows = "".join(
        f"<spiffworkflow:property name={quoteattr(name)} value={quoteattr(value)}/>"
        for name, value in given.items()
    )
    return (
        "<bpmn:extensionElements><spiffworkflow:properties>"
        f"{rows}</spiffworkflow:properties></bpmn:extensionElements>"
    )


def element(tag: str, name: str, inside: str = "", attributes: str = "") -> str:
    return f'<bpmn:{tag} id="{name}" {attributes}>{inside}</bpmn:{tag}>'


def user(name: str, **given: str) -> str:
    return element("userTask", name, properties(**{"assign": "person:requester", **given}))


def service(name: str, operation: str = "room.act", loop: str = "") -> str:
    return element("serviceTask", name, properties(operation=operation) + loop)


def script(name: str, text: str, loop: str = "", default: str = "") -> str:
    inside = f"{loop}<bpmn:script>{escape(text)}</bpmn:script>"
    return element("scriptTask", name, inside, f'default="{default}"' if default else "")


def choice(name: str, default: str = "") -> str:
    return element("exclusiveGateway", name, attributes=f'default="{default}"' if default else "")


def parallel(*names: str) -> str:
    return "".join(element("parallelGateway", name) for name in names)


def timer(name: str, text: str, kind: str = "timeDuration") -> str:
    inside = f"<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}>"
    return element("intermediateCatchEvent", name, f"{inside}</bpmn:timerEventDefinition>")


def inclusive(name: str, default: str = "") -> str:
    return element("inclusiveGateway", name, attributes=f'default="{default}"' if default else "")


def first_event(name: str) -> str:
    return element("eventBasedGateway", name)


def defined(event: str) -> str:
    """Return the event definition for a short text.

    `timer PT1H`, `cycle R3/PT1H`, `date 2026-…`, `condition n > 1`, `signal go`, `message reply`,
    `error broken`, `error` for any, `escalation late`, `link there`, `terminate`, or nothing.
    """
    kind, _, text = event.partition(" ")
    text = escape(text)
    match kind:
        case "":
            return ""
        case "timer" | "cycle" | "date":
            part = {"timer": "timeDuration", "cycle": "timeCycle", "date": "timeDate"}[kind]
            inside = f'<bpmn:{part} xsi:type="bpmn:tFormalExpression">{text}</bpmn:{part}>'
            return f"<bpmn:timerEventDefinition>{inside}</bpmn:timerEventDefinition>"
        case "condition":
            inside = f'<bpmn:condition xsi:type="bpmn:tFormalExpression">{text}</bpmn:condition>'
            return f"<bpmn:conditionalEventDefinition>{inside}</bpmn:conditionalEventDefinition>"
        case "link":
            return f'<bpmn:linkEventDefinition name="{text}"/>'
        case _:
            reference = f'{kind}Ref="{kind}_{text}"' if text else ""
            return f"<bpmn:{kind}EventDefinition {reference}/>"


def declared(*events: str) -> str:
    """Return the root elements for `signal go`, `message reply`, `error broken`, ..."""
    found = []
    for event in events:
        kind, _, name = event.partition(" ")
        code = f'{kind}Code="{name}"' if kind in ("error", "escalation") else ""
        found.append(f'<bpmn:{kind} id="{kind}_{name}" name="{name}" {code}/>')
    return "".join(found)


def catch(name: str, event: str, **given: str) -> str:
    inside = (properties(**given) if given else "") + defined(event)
    return element("intermediateCatchEvent", name, inside)


def throw(name: str, event: str = "", **given: str) -> str:
    inside = (properties(**given) if given else "") + defined(event)
    return element("intermediateThrowEvent", name, inside)


def ends(name: str, event: str, **given: str) -> str:
    inside = (properties(**given) if given else "") + defined(event)
    return element("endEvent", name, inside)


def starts(name: str, event: str) -> str:
    return element("startEvent", name, defined(event))


def boundary(name: str, on: str, event: str, *, interrupting: bool = True) -> str:
    cancel = "true" if interrupting else "false"
    attributes = f'attachedToRef="{on}" cancelActivity="{cancel}"'
    return element("boundaryEvent", name, defined(event), attributes)


def receive(name: str, message: str, **given: str) -> str:
    inside = properties(**given) if given else ""
    return element("receiveTask", name, inside, f'messageRef="message_{message}"')


def send(name: str, message: str, **given: str) -> str:
    inside = properties(**given) if given else ""
    return element("sendTask", name, inside, f'messageRef="message_{message}"')


def subprocess(name: str, parts: str, flows: str, loop: str = "") -> str:
    return element("subProcess", name, loop + parts + lines(flows))


def call(name: str, process: str, loop: str = "", **given: str) -> str:
    inside = (properties(**given) if given else "") + loop
    return element("callActivity", name, inside, f'calledElement="{process}"')


def called(name: str, parts: str, flows: str) -> str:
    """Return a process beside the main one."""
    return f'<bpmn:process id="{name}" isExecutable="false">{parts}{lines(flows)}</bpmn:process>'


def loop(condition: str = "", *, before: bool = False, most: int | None = None) -> str:
    attributes = f'testBefore="{"true" if before else "false"}"'
    if most is not None:
        attributes += f' loopMaximum="{most}"'
    inside = ""
    if condition:
        inside = (
            '<bpmn:loopCondition xsi:type="bpmn:tFormalExpression">'
            f"{escape(condition)}</bpmn:loopCondition>"
        )
    return (
        f"<bpmn:standardLoopCharacteristics {attributes}>{inside}"
        "</bpmn:standardLoopCharacteristics>"
    )


def multi(
    *,
    count: str = "",
    items: str = "",
    item: str = "",
    results: str = "",
    result: str = "",
    until: str = "",
    sequential: bool = False,
) -> str:
    formal = 'xsi:type="bpmn:tFormalExpression"'
    parts = [
        f"<bpmn:loopCardinality {formal}>{escape(count)}</bpmn:loopCardinality>" if count else "",
        f"<bpmn:loopDataInputRef>{items}</bpmn:loopDataInputRef>" if items else "",
        f"<bpmn:loopDataOutputRef>{results}</bpmn:loopDataOutputRef>" if results else "",
        f'<bpmn:inputDataItem id="in_{item}" name="{item}"/>' if item else "",
        f'<bpmn:outputDataItem id="out_{result}" name="{result}"/>' if result else "",
        f"<bpmn:completionCondition {formal}>{escape(until)}</bpmn:completionCondition>"
        if until
        else "",
    ]
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
        f"{''.join(parts)}</bpmn:multiInstanceLoopCharacteristics>"
    )


def end(name: str = "end") -> str:
    return element("endEvent", name)


def terminate(name: str) -> str:
    return element("endEvent", name, "<bpmn:terminateEventDefinition/>")


def start(**given: str) -> str:
    return element("startEvent", "start", properties(**given) if given else "")


def flow(text: str) -> str:
    """Turn `a->b ? condition` into a sequence flow with the id `a-b`."""
    road, _, condition = text.partition("?")
    source, target = (name.strip() for name in road.split("->"))
    inside = (
        '<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">'
        f"{escape(condition.strip())}</bpmn:conditionExpression>"
        if condition
        else ""
    )
    return (
        f'<bpmn:sequenceFlow id="{source}-{target}" sourceRef="{source}" targetRef="{target}">'
        f"{inside}</bpmn:sequenceFlow>"
    )


def lines(flows: str) -> str:
    return "".join(flow(line) for line in flows.strip().splitlines() if line.strip())


def model(parts: str, flows: str, *, beside: str = "", attributes: str = "") -> bytes:
    """Return the bytes of a model; flows stand one a line."""
    process = (
        f'<bpmn:process id="trial" name="试验" {attributes}>{parts}{lines(flows)}</bpmn:process>'
    )
    return f"{HEAD}{process}{beside}</bpmn:definitions>".encode()


def refuse_operation(operation: str, node: str, variables: Mapping[str, object]) -> dict[str, str]:
    raise AssertionError((operation, node, variables))
