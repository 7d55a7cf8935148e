"""The file, what may stand in it, and ids."""

from itertools import pairwise

from tests.bpmn.bad.ground import Cases, around, process_with, task
from tests.bpmn.drawing import definition, sub
from tests.bpmn.models import HEAD, element, end, model, properties, start, user

LONG = ["start", *(f"n{n}" for n in range(500)), "end"]


def _nested(levels: int) -> bytes:
    inner = user("u")
    for level in range(levels, 0, -1):
        first, last = f"b{level}", f"z{level}"
        middle = f"s{level + 1}" if level < levels else "u"
        parts = element("startEvent", first) + inner + end(last)
        inner = sub(f"s{level}", parts, f"{first}->{middle}\n{middle}->{last}")
    return model(start() + inner + end(), "start->s1\ns1->end")


def _extended(text: str) -> bytes:
    extension = f"<bpmn:extensionElements>{text}</bpmn:extensionElements>"
    return around(element("serviceTask", "a", extension))


def sub_with(attribute: str) -> str:
    loop = f"<bpmn:standardLoopCharacteristics {attribute}><bpmn:loopCondition>true"
    inside = f"{loop}</bpmn:loopCondition></bpmn:standardLoopCharacteristics>"
    return sub("a", element("startEvent", "b") + end("z"), "b->z", inside)


def _ended(kind: str) -> bytes:
    return model(start() + element("endEvent", "end", definition(kind)), "start->end")


BAD: Cases = {
    "file": {
        "doctype": (b"<!DOCTYPE x>" + around(user("a")), ""),
        "entity bomb": (
            b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + around(user("a")),
            "",
        ),
        "too large": (around(user("a")) + b" " * 1024 * 1024, ""),
        "other encoding": (around(user("a")).decode().encode("utf-16"), ""),
        "broken": (around(user("a"))[:-9], ""),
        "deeply nested": (f"{HEAD}{'<a>' * 2000}".encode(), ""),
        "not bpmn": (b"<svg/>", ""),
    },
    "schema": {
        "words behind the extensions": (task("<bpmn:documentation/>"), "a"),
        "a flag that is none": (around(sub_with('testBefore="maybe"')), "a"),
        "a script twice": (
            around(element("scriptTask", "a", "<bpmn:script>x = 1</bpmn:script>" * 2)),
            "a",
        ),
        "no prefixes": (
            process_with("", after='<bpmn:association id="n"/>')
            .replace(b"bpmn:", b"")
            .replace(b"xmlns:bpmn=", b"xmlns="),
            "n",
        ),
        "a dotted line to nowhere": (process_with("", after='<bpmn:association id="n"/>'), "n"),
        "text between nodes": (process_with("hello"), "trial"),
    },
    "too-many-nodes": {
        "501 nodes": (
            model(
                start() + "".join(user(name) for name in LONG[1:-1]) + end(),
                "\n".join(f"{a}->{b}" for a, b in pairwise(LONG)),
            ),
            "file",
        ),
    },
    "too-many-declarations": {
        "1,001 signals": (
            around(
                user("a"),
                beside="".join(f'<bpmn:signal id="s{n}" name="n{n}"/>' for n in range(1001)),
            ),
            "file",
        ),
    },
    "too-deep": {"nine levels": (_nested(9), "s9"), "a hundred levels": (_nested(100), "s9")},
    "element-refused": {
        **{
            tag: (around(element(tag, "a")), "a")
            for tag in (
                *("task", "manualTask", "businessRuleTask", "transaction", "adHocSubProcess"),
                "complexGateway",
            )
        },
        **{f"end with {kind}": (_ended(kind), "end") for kind in ("cancel", "compensate")},
        "people in a loop": (task("<bpmn:multiInstanceLoopCharacteristics/>"), "a"),
        "people again and again": (task("<bpmn:standardLoopCharacteristics/>"), "a"),
        "data object": (process_with('<bpmn:dataObject id="d"/>'), "d"),
        "data input": (task("<bpmn:ioSpecification/>"), "a"),
        "message flow": (
            model(
                start() + end(),
                "start->end",
                beside='<bpmn:collaboration id="c"><bpmn:messageFlow id="m" sourceRef="start" '
                'targetRef="end"/></bpmn:collaboration>',
            ),
            "m",
        ),
        "nested lanes": (
            process_with(
                '<bpmn:laneSet id="s"><bpmn:lane id="l"><bpmn:childLaneSet id="c"/></bpmn:lane>'
                "</bpmn:laneSet>"
            ),
            "c",
        ),
        "foreign element": (task('<x:y xmlns:x="urn:x"/>'), "a"),
        "foreign element beside": (around(user("a"), beside='<x:y xmlns:x="urn:x"/>'), "file"),
        "a behaviour of its own": (
            around(
                element(
                    "scriptTask",
                    "a",
                    "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2"
                    "</bpmn:loopCardinality><bpmn:complexBehaviorDefinition/>"
                    "</bpmn:multiInstanceLoopCharacteristics><bpmn:script>x = 1</bpmn:script>",
                )
            ),
            "a",
        ),
        "operation of a message": (
            around(
                element(
                    "intermediateCatchEvent",
                    "a",
                    '<bpmn:messageEventDefinition messageRef="m"><bpmn:operationRef>o'
                    "</bpmn:operationRef></bpmn:messageEventDefinition>",
                )
            ),
            "a",
        ),
    },
    "attribute-refused": {
        "unknown attribute": (task(attributes='priority="1"'), "a"),
        "an item of a message": (
            around(user("a"), beside='<bpmn:message id="m" name="n" itemRef="i"/>'),
            "m",
        ),
        "a great many": (task(attributes=" ".join(f'a{n}="x"' for n in range(60))), "a"),
    },
    "attribute-fixed": {
        "start quantity": (task(attributes='startQuantity="2"'), "a"),
        "compensation": (task(attributes='isForCompensation="true"'), "a"),
        "event subprocess": (
            process_with(
                sub(
                    "p",
                    element("startEvent", "b") + end("z"),
                    "b->z",
                    attributes='triggeredByEvent="true"',
                )
            ),
            "p",
        ),
        "instantiating receive": (
            around(element("receiveTask", "a", attributes='messageRef="m" instantiate="true"')),
            "a",
        ),
        "parallel event gateway": (
            around(element("eventBasedGateway", "a", attributes='eventGatewayType="Parallel"')),
            "a",
        ),
        "behaviour of instances": (
            around(
                element(
                    "scriptTask",
                    "a",
                    '<bpmn:multiInstanceLoopCharacteristics behavior="One"><bpmn:loopCardinality>2'
                    "</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
                    "<bpmn:script>x = 1</bpmn:script>",
                )
            ),
            "a",
        ),
    },
    "foreign": {
        "attribute": (task(attributes='xmlns:c="urn:c" c:assignee="me"'), "a"),
        "extension": (_extended('<x:y xmlns:x="urn:x"/>'), "a"),
        "odd property": (
            task(properties(form="trial/apply").replace(' value="trial/apply"', "")),
            "a",
        ),
    },
    "id-missing": {
        "node": (around(user("a").replace('id="a"', "")), "trial"),
        "message": (around(user("a"), beside='<bpmn:message name="n"/>'), "file"),
    },
    "id-form": {
        "dot in front": (around(user("a")).replace(b'"start"', b'".root"'), ".root"),
        "blank": (around(user("a")).replace(b'"start"', b'"st art"'), "st art"),
    },
    "id-twice": {
        "two nodes": (process_with(end("a")), "a"),
        "node and flow": (
            model(start() + user("a") + end(), "start->a\na->end").replace(
                b'id="a-end"', b'id="a"'
            ),
            "a",
        ),
        "in two levels": (
            process_with(sub("p", element("startEvent", "a") + end("z"), "a->z")),
            "a",
        ),
    },
}
