"""What bad models are built on: a road start → a → end, and what a site knows."""

import bpmn
from tests.bpmn.drawing import DECLARATIONS
from tests.bpmn.models import element, end, model, properties, start, user

Cases = dict[str, dict[str, tuple[bytes, str]]]  # code: case: model, element named
ROAD = "start->a\na->end"
KNOWN = bpmn.Known(
    forms=frozenset({"trial/apply"}),
    operations=frozenset({"room.act"}),
    positions=frozenset({"clerk", "leader"}),
)
KNOWING = bpmn.Known(
    forms=frozenset({"trial/apply", "trial/strict", "trial/mixed", "trial/later", "trial/apart"}),
    operations=frozenset({"room.act"}),
    positions=frozenset({"clerk", "leader"}),
    fields={
        "trial/apply": frozenset({"days", "who", "left_on"}),
        "trial/later": frozenset({"later_on"}),
        "trial/apart": frozenset(),
    },
    people={"trial/apply": frozenset({"who"})},
    dates={"trial/apply": frozenset({"left_on"})},
    unmet={"trial/strict": frozenset({"room.nowhere"})},
    results={"room.act": frozenset({"booked"})},
    parameters={"signing": "wd", "answering": "h"},
    checks=frozenset({"room.rule"}),
    named={"trial/apply": frozenset({"who"})},
    splitting=frozenset({"trial/mixed"}),
    rules={
        "trial/later": frozenset({"agreed_on", "a_outcome"}),
        "trial/apart": frozenset({"left_on"}),
    },
)


def around(part: str, *, beside: str = "") -> bytes:
    """Put one element named `a` between start and end, with declarations beside the process."""
    return model(start() + part + end(), ROAD, beside=beside or DECLARATIONS)


def drawn(parts: str, flows: str, *, beside: str = "") -> bytes:
    """Nodes and flows as given, with the usual declarations."""
    return model(parts, flows, beside=DECLARATIONS + beside)


def task(inside: str = "", attributes: str = "") -> bytes:
    return around(
        element("userTask", "a", properties(assign="person:requester") + inside, attributes)
    )


def process_with(text: str, *, after: str = "") -> bytes:
    return model(text + start() + user("a") + end(), ROAD).replace(
        b"</bpmn:process>", f"{after}</bpmn:process>".encode()
    )
