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


def service(name: str, operation: str = "room.act") -> str:
    return element("serviceTask", name, properties(operation=operation))


def script(name: str, text: str) -> str:
    return element("scriptTask", name, f"<bpmn:script>{escape(text)}</bpmn:script>")


def choice(name: str, default: str = "") -> str:
    return element("exclusiveGateway", name, attributes=f'default="{default}"' if default else "")


def parallel(*names: str) -> str:
    return "".join(element("parallelGateway", name) for name in names)


def timer(name: str, text: str, kind: str = "timeDuration") -> str:
    inside = f"<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}>"
    return element("intermediateCatchEvent", name, f"{inside}</bpmn:timerEventDefinition>")


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


def model(parts: str, flows: str, *, beside: str = "", attributes: str = "") -> bytes:
    """Return the bytes of a model; flows stand one a line."""
    lines = "".join(flow(line) for line in flows.strip().splitlines())
    process = f'<bpmn:process id="trial" name="试验" {attributes}>{parts}{lines}</bpmn:process>'
    return f"{HEAD}{process}{beside}</bpmn:definitions>".encode()


def refuse_operation(operation: str, node: str, variables: Mapping[str, object]) -> dict[str, str]:
    raise AssertionError((operation, node, variables))
