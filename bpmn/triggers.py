"""What an event waits for or throws, read from its event definition."""

from dataclasses import dataclass, replace
from typing import Any

from bpmn import xml
from bpmn.expressions import Expression, compile_expression
from bpmn.properties import values
from bpmn.types import EventKind

MESSAGES = {"sendTask", "receiveTask"}


@dataclass(frozen=True)
class Trigger:
    """One event. `name` of a signal, message or link; `code` of an error or escalation.

    `code` None catches any. `timer` is the kind of the timer (timeDuration) and its text. With
    `payload` only these names are taken from what comes, or sent along.
    """

    kind: EventKind = "none"
    name: str = ""
    code: str | None = None
    timer: tuple[str, str] = ("", "")
    condition: Expression | None = None
    correlation: Expression | None = None
    payload: tuple[str, ...] | None = None
    interrupting: bool = True


def read(element: xml.Element) -> Trigger:
    """Return the trigger of an event, a send or a receive task that the lint accepted."""
    given = xml.properties(element)
    correlation, payload = given.get("correlation"), given.get("payload")
    trigger = Trigger(
        kind=kind_of(element),
        correlation=compile_expression(correlation) if correlation else None,
        payload=values(payload) if payload is not None else None,
        interrupting=element.get("cancelActivity", "true") not in ("false", "0"),
    )
    found = [element] if xml.kind(element) in MESSAGES else xml.event_definitions(element)
    return replace(trigger, **_details(trigger.kind, found[0])) if found else trigger


def kind_of(element: xml.Element) -> EventKind:
    if xml.kind(element) in MESSAGES:
        return "message"
    kind: EventKind = xml.trigger(element) or "none"  # type: ignore[assignment]
    return kind


def _details(kind: EventKind, found: xml.Element) -> dict[str, Any]:
    match kind:
        case "timer":
            part = xml.children(found, *xml.TIMERS)[0]
            return {"timer": (xml.kind(part), part.text or "")}
        case "conditional":
            return {"condition": compile_expression(xml.text(found, "condition") or "")}
        case "link":
            return {"name": found.get("name") or ""}
        case "message" | "signal":
            declared = xml.declared(xml.top(found), kind, found.get(f"{kind}Ref"))
            return {"name": "" if declared is None else declared.get("name") or ""}
        case "error" | "escalation":
            declared = xml.declared(xml.top(found), kind, found.get(f"{kind}Ref"))
            return {} if declared is None else {"code": declared.get(f"{kind}Code")}
        case _:
            return {}
