"""The verdict on a model: every finding names the element, says why and what to draw instead."""

from bpmn import xml
from bpmn.rules import (
    blocking,
    declared,
    elements,
    events,
    gateways,
    loops,
    outcomes,
    people,
    properties,
    schema,
    scopes,
    structure,
    texts,
    variables,
)
from bpmn.rules.model import Model
from bpmn.types import Finding, Known, Refused


def lint(model: bytes, known: Known | None = None) -> tuple[Finding, ...]:
    """Return all findings; without errors the model is executed as BPMN 2.0 says.

    With `known`, names of forms, operations and positions are checked, too.
    """
    try:
        root = xml.read(model)
    except Refused as refused:
        return refused.findings
    found = check(root, known)
    if any(finding.severity == "error" for finding in found):
        return found
    return (*found, *blocking.warnings(Model(root)))


def check(root: xml.Element, known: Known | None = None) -> tuple[Finding, ...]:
    """Return what a parsed file is refused for, and the warnings that cost nothing."""
    if too_many := [*elements.many(root)]:
        return tuple(too_many)
    model = Model(root)
    shape = [
        *elements.check(model),
        *structure.check(model),
        *scopes.check(model),
        *gateways.check(model),
        *events.check(model),
    ]
    found = [
        *shape,
        *([] if shape else blocking.check(model)),  # the token game needs a well-formed diagram
        *declared.check(model),
        *loops.check(model),
        *texts.check(model),
        *outcomes.check(model),
        *variables.check(model, known),
        *properties.check(model, known),
        *people.check(model, known),
    ]
    told = {finding.element for finding in found if finding.severity == "error"}
    # Whoever has read our sentence about an element needs none of the schema's.
    found += [finding for finding in schema.check(root) if finding.element not in told]
    return tuple(dict.fromkeys(found))
