"""The table of BPMN elements: which are executed and where, which are only drawn, which refused.

It is data: the lint walks a model along it, and the author guide is generated from it. Every
element of the BPMN schema stands here, so that none is accepted or forgotten by accident.
"""

from bpmn.rules.nodes import NODE_ROWS
from bpmn.rules.parts import PART_ROWS
from bpmn.rules.refused import ABSTRACT, REFUSED, REMEDIES
from bpmn.rules.rows import Row

ACCEPTED: dict[str, Row] = {**NODE_ROWS, **PART_ROWS}
NEVER = Row("abstract", "规范中的上级概念,不会出现在文件里。", "A superclass; never in a file.")
TABLE: dict[str, Row] = {
    **ACCEPTED,
    **{name: Row("refused", *REMEDIES[key]) for key, names in REFUSED.items() for name in names},
    **dict.fromkeys(ABSTRACT, NEVER),
}
# Which event may stand where; "" is an event without definition.
AT: dict[str, tuple[str, ...]] = {
    "main start": ("", "timer", "message"),
    "inner start": ("",),
    "intermediateCatchEvent": ("timer", "message", "signal", "conditional", "link"),
    "intermediateThrowEvent": ("", "message", "signal", "escalation", "link"),
    "boundary of a task": ("timer", "message", "signal", "conditional"),
    "boundary of a scope": (
        *("timer", "message", "signal", "conditional"),
        *("error", "escalation"),
    ),
    "endEvent": ("", "terminate", "error", "escalation", "message", "signal"),
}
# What an attribute may say, where the schema would let it say more.
FIXED: dict[str, tuple[str, ...]] = {
    "startQuantity": ("1",),
    "completionQuantity": ("1",),
    "isForCompensation": ("false", "0"),
    "isInterrupting": ("true", "1"),
    "isImmediate": ("true", "1"),
    "parallelMultiple": ("false", "0"),
    "triggeredByEvent": ("false", "0"),
    "instantiate": ("false", "0"),
    "eventGatewayType": ("Exclusive",),
    "behavior": ("All",),
    "processType": ("None", "Private"),
    "implementation": ("##unspecified", "##WebService"),
}
