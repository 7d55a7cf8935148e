"""Elements beyond `models`: events, boundaries, subprocesses, calls, loops, declarations."""

from xml.sax.saxutils import escape

from tests.bpmn.models import element, flow, properties

DECLARATIONS = (
    '<bpmn:message id="m" name="news"/><bpmn:signal id="s" name="alarm"/>'
    '<bpmn:error id="e" errorCode="E1"/><bpmn:escalation id="x" escalationCode="X1"/>'
)
REFERENCES = {
    "message": 'messageRef="m"',
    "signal": 'signalRef="s"',
    "error": 'errorRef="e"',
    "escalation": 'escalationRef="x"',
    "link": 'name="there"',
}
TIMER = "<bpmn:timeDuration>PT1H</bpmn:timeDuration>"
INSIDE = {"timer": TIMER, "conditional": "<bpmn:condition>ready == true</bpmn:condition>"}


def definition(kind: str, reference: str | None = None, inside: str | None = None) -> str:
    """One event definition; "" is none at all."""
    if not kind:
        return ""
    given = REFERENCES.get(kind, "") if reference is None else reference
    content = INSIDE.get(kind, "") if inside is None else inside
    tag = f"bpmn:{kind}EventDefinition"
    return f"<{tag} {given}>{content}</{tag}>"


def catch(name: str, kind: str, **given: str) -> str:
    return element("intermediateCatchEvent", name, _properties(given) + definition(kind))


def throw(name: str, kind: str, **given: str) -> str:
    return element("intermediateThrowEvent", name, _properties(given) + definition(kind))


def end_with(kind: str, name: str = "end", **given: str) -> str:
    return element("endEvent", name, _properties(given) + definition(kind))


def start_with(kind: str, name: str = "start", **given: str) -> str:
    return element("startEvent", name, _properties(given) + definition(kind))


def boundary(
    name: str, host: str, kind: str, *, interrupts: bool = True, inside: str | None = None
) -> str:
    flag = "" if interrupts else ' cancelActivity="false"'
    content = definition(kind, inside=inside)
    return element("boundaryEvent", name, content, f'attachedToRef="{host}"{flag}')


def sub(name: str, parts: str, flows: str, inside: str = "", attributes: str = "") -> str:
    """A subprocess; `inside` stands before its nodes, as loop markers do."""
    lines = "".join(flow(line) for line in flows.strip().splitlines())
    return element("subProcess", name, f"{inside}{parts}{lines}", attributes)


def call(name: str, called: str, inside: str = "", **given: str) -> str:
    return element("callActivity", name, _properties(given) + inside, f'calledElement="{called}"')


def process(name: str, parts: str, flows: str) -> str:
    lines = "".join(flow(line) for line in flows.strip().splitlines())
    return f'<bpmn:process id="{name}">{parts}{lines}</bpmn:process>'


def send(name: str, inside: str = "", **given: str) -> str:
    return element("sendTask", name, _properties(given) + inside, 'messageRef="m"')


def receive(name: str, inside: str = "", **given: str) -> str:
    return element("receiveTask", name, _properties(given) + inside, 'messageRef="m"')


def inclusive(name: str, default: str = "") -> str:
    return element("inclusiveGateway", name, attributes=f'default="{default}"' if default else "")


def event_gateway(name: str) -> str:
    return element("eventBasedGateway", name)


def repeat(condition: str = "loopCounter &lt; 3", attributes: str = "") -> str:
    return (
        f"<bpmn:standardLoopCharacteristics {attributes}><bpmn:loopCondition>{condition}"
        "</bpmn:loopCondition></bpmn:standardLoopCharacteristics>"
    )


def each(inside: str, attributes: str = "") -> str:
    tag = "bpmn:multiInstanceLoopCharacteristics"
    return f"<{tag} {attributes}>{inside}</{tag}>"


def many(count: str = "3", until: str = "") -> str:
    done = f"<bpmn:completionCondition>{until}</bpmn:completionCondition>" if until else ""
    return each(f"<bpmn:loopCardinality>{count}</bpmn:loopCardinality>{done}")


def over(items: str = "rows", item: str = "row", results: str = "", result: str = "") -> str:
    collected = f"<bpmn:loopDataOutputRef>{results}</bpmn:loopDataOutputRef>" if results else ""
    one = f'<bpmn:outputDataItem id="{result}_of" name="{result}"/>' if result else ""
    return each(
        f"<bpmn:loopDataInputRef>{items}</bpmn:loopDataInputRef>{collected}"
        f'<bpmn:inputDataItem id="{item}_of" name="{item}"/>{one}'
    )


def script_with(name: str, text: str, inside: str) -> str:
    return element("scriptTask", name, f"{inside}<bpmn:script>{escape(text)}</bpmn:script>")


def _properties(given: dict[str, str]) -> str:
    return properties(**given) if given else ""
