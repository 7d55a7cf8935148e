"""The verdict on a model: every finding names the element, says why and what to draw instead."""

from bpmn import xml
from bpmn.rules import elements, properties, structure, texts
from bpmn.types import Finding, Known, Refused


def lint(model: bytes, known: Known | None = None) -> tuple[Finding, ...]:
    """Return all findings; without errors the model is executed as BPMN 2.0 says.

    With `known`, names of forms, operations and positions are checked, too.
    """
    try:
        root = xml.read(model)
    except Refused as refused:
        return refused.findings
    return check(root, known)


def check(root: xml.Element, known: Known | None = None) -> tuple[Finding, ...]:
    found = [
        *elements.check(root),
        *structure.check(root),
        *texts.check(root),
        *properties.check(root, known),
    ]
    return tuple(dict.fromkeys(found))
