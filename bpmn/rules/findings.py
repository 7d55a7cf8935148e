"""How a rule says what it found."""

from bpmn import xml
from bpmn.types import Finding


def error(element: xml.Element, message: str, remedy: str) -> Finding:
    return Finding(xml.label(element), "error", message, remedy)
