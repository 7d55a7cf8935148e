"""A line of the table of elements, and the groups of elements its lines speak of."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["executed", "drawn", "refused", "abstract"]


@dataclass(frozen=True)
class Row:
    """One element of the schema; `inside` and `attributes` only count when it is accepted.

    `zh` and `en` say what is executed, or how to draw it instead.
    """

    verdict: Verdict
    zh: str
    en: str
    inside: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()


SCOPE = ("process", "subProcess")
EVENTS = (
    *("startEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"),
    "endEvent",
)
TASKS = ("userTask", "serviceTask", "scriptTask", "sendTask", "receiveTask")
ACTIVITIES = (*TASKS, "subProcess", "callActivity")
GATEWAYS = ("exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway")
NODES = (*EVENTS, *ACTIVITIES, *GATEWAYS)
LOOPABLE = ("scriptTask", "serviceTask", "sendTask", "subProcess", "callActivity")
NAMED = ("id", "name")
FLOWING = (*NAMED, "startQuantity", "completionQuantity", "isForCompensation", "default")
CATCHING = (*NAMED, "parallelMultiple")
EXPRESSION = ("id", "language", "{http://www.w3.org/2001/XMLSchema-instance}type")
IN_EVENTS = (*EVENTS, "definitions")
NOTE_PARENTS = ("process", "subProcess", "collaboration")


def executed(inside: tuple[str, ...], attributes: tuple[str, ...], zh: str, en: str) -> Row:
    return Row("executed", zh, en, inside, attributes)


def drawn(inside: tuple[str, ...], attributes: tuple[str, ...], zh: str, en: str) -> Row:
    return Row("drawn", zh, en, inside, attributes)
