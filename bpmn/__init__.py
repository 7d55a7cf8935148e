"""The engine, pure: models, state and variables in; findings and snapshots out."""

from bpmn.definition import Definition, parse
from bpmn.engine import cancel, complete, fire_due, return_targets, return_to, start
from bpmn.lint import lint
from bpmn.properties import pairs, values
from bpmn.types import (
    Finding,
    Known,
    Node,
    NodeEvent,
    NoSuchVisit,
    NotReturnable,
    Operate,
    Refused,
    Snapshot,
    StepFailed,
    Variables,
    WaitingVisit,
)

__all__ = [
    "Definition",
    "Finding",
    "Known",
    "NoSuchVisit",
    "Node",
    "NodeEvent",
    "NotReturnable",
    "Operate",
    "Refused",
    "Snapshot",
    "StepFailed",
    "Variables",
    "WaitingVisit",
    "cancel",
    "complete",
    "fire_due",
    "lint",
    "pairs",
    "parse",
    "return_targets",
    "return_to",
    "start",
    "values",
]
