"""The one door to the BPMN adapter: loads definitions, takes steps, writes what came of them."""

import bpmn
from app.processes.engine.acting import (
    Ahead,
    begin,
    cancel,
    complete,
    deliver,
    edit,
    fire_due,
    held,
    keeps,
    migrate,
    move,
    return_to,
    try_out,
)
from app.processes.engine.asking import (
    alarms,
    deadline,
    following,
    has_effect,
    lapsed,
    losses,
    message_starts,
    moments,
    return_targets,
    standing,
    undone,
    when,
)
from app.processes.engine.loading import (
    Loaded,
    forget,
    lint,
    load,
    nodes_with,
    parse,
    rehearse,
    split,
)

Node = bpmn.Node
Finding = bpmn.Finding
Event = bpmn.Event
Deadline = bpmn.Deadline
Moment = bpmn.Moment
Alarm = bpmn.Alarm
Undone = bpmn.Undone

__all__ = [
    "Ahead",
    "Alarm",
    "Deadline",
    "Event",
    "Finding",
    "Loaded",
    "Moment",
    "Node",
    "Undone",
    "alarms",
    "begin",
    "cancel",
    "complete",
    "deadline",
    "deliver",
    "edit",
    "fire_due",
    "following",
    "forget",
    "has_effect",
    "held",
    "keeps",
    "lapsed",
    "lint",
    "load",
    "losses",
    "message_starts",
    "migrate",
    "moments",
    "move",
    "nodes_with",
    "parse",
    "rehearse",
    "return_targets",
    "return_to",
    "split",
    "standing",
    "try_out",
    "undone",
    "when",
]
