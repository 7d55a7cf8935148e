"""The verdict on a model: every finding names the element, says why and what to draw instead."""

from bpmn import xml
from bpmn.rules import blocking, elements, outcomes, properties, structure, texts
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
    shape = [*elements.check(root), *structure.check(root)]
    found = [
        *shape,
        *([] if shape else blocking.check(root)),  # the token game needs a well-formed diagram
        *texts.check(root),
        *outcomes.check(root),
        *properties.check(root, known),
    ]
    return tuple(dict.fromkeys(found))
