"""How a rule says what it found: by its code, which the catalogue knows."""

from bpmn import xml
from bpmn.rules.catalogue import RULES
from bpmn.types import Finding


def found(code: str, element: xml.Element | str, message: str, remedy: str) -> Finding:
    """Name the element, or the nearest one above it that has an id."""
    name = element if isinstance(element, str) else xml.label(element)
    return Finding(name, RULES[code].severity, message, remedy, code)
