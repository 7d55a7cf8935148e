"""The table of BPMN elements: which are executed and where, which are only drawn, which refused.

It is data: the lint walks a model along it, and the author guide is generated from it. Every
element of the BPMN schema stands here, so that none is accepted or forgotten by accident.
"""

from dataclasses import dataclass
from typing import Literal

from bpmn.rules.refused import ABSTRACT, REFUSED, REMEDIES

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


def _executed(inside: tuple[str, ...], attributes: tuple[str, ...], zh: str, en: str) -> Row:
    return Row("executed", zh, en, inside, attributes)


def _drawn(inside: tuple[str, ...], attributes: tuple[str, ...], zh: str, en: str) -> Row:
    return Row("drawn", zh, en, inside, attributes)


ACCEPTED: dict[str, Row] = {
    "definitions": _executed((), (), "文件的根元素。", "The root of the file."),
    "process": _executed(
        ("definitions",),
        (*NAMED, "isExecutable", "processType", "isClosed"),
        "一个文件一个主流程,另可有被调用活动调用的流程;isExecutable 不能是 false。",
        "One main process a file, and those it calls; isExecutable must not be false.",
    ),
    "startEvent": _executed(
        SCOPE,
        (*CATCHING, "isInterrupting"),
        "主流程:至多一个无触发的开始,另可有定时、消息开始;子流程和被调用的流程:只有一个无触发的开始。",
        "Main process: at most one plain start, any number of timer and message starts; "
        "subprocess and called process: exactly one plain start.",
    ),
    "intermediateCatchEvent": _executed(
        SCOPE,
        CATCHING,
        "等待定时、消息、信号、条件,或作为链接的入口。",
        "Waits for a timer, message, signal or condition, or is the target of a link.",
    ),
    "intermediateThrowEvent": _executed(
        SCOPE,
        NAMED,
        "无触发,或发出消息、信号、升级,或作为链接的出口。",
        "Plain, or throws a message, signal or escalation, or is the source of a link.",
    ),
    "boundaryEvent": _executed(
        SCOPE,
        (*CATCHING, "attachedToRef", "cancelActivity"),
        "附在用户任务、接收任务、子流程、调用活动上:定时、消息、信号、条件(中断或不中断);"
        "错误(只中断)、升级只附在子流程和调用活动上。",
        "On user task, receive task, subprocess and call activity: timer, message, signal, "
        "condition, interrupting or not; error (interrupting) and escalation on subprocess and "
        "call activity only.",
    ),
    "endEvent": _executed(
        SCOPE,
        NAMED,
        "无触发、终止、错误、升级、消息、信号。",
        "Plain, terminate, error, escalation, message, signal.",
    ),
    "userTask": _executed(
        SCOPE,
        (*FLOWING, "implementation"),
        "由 assign 所写的人办理。",
        "Done by the people `assign` names.",
    ),
    "serviceTask": _executed(
        SCOPE,
        (*FLOWING, "implementation"),
        "执行 operation 所写的操作。",
        "Runs the operation `operation` names.",
    ),
    "scriptTask": _executed(
        SCOPE,
        (*FLOWING, "scriptFormat"),
        "逐行赋值:名称 = 表达式。",
        "Assignments, one a line: name = expression.",
    ),
    "sendTask": _executed(
        SCOPE,
        (*FLOWING, "implementation", "messageRef"),
        "发出 messageRef 所指的消息。",
        "Sends the message of messageRef.",
    ),
    "receiveTask": _executed(
        SCOPE,
        (*FLOWING, "implementation", "messageRef", "instantiate"),
        "等待 messageRef 所指的消息;不能用来开始流程。",
        "Waits for the message of messageRef; never starts a process.",
    ),
    "subProcess": _executed(
        SCOPE,
        (*FLOWING, "triggeredByEvent"),
        "嵌入的子流程,与外层共用变量,最多八层;不能由事件触发。",
        "Embedded; shares the variables of its parent; eight levels at most; no event subprocess.",
    ),
    "callActivity": _executed(
        SCOPE,
        (*FLOWING, "calledElement"),
        "调用同一文件中的另一个流程,变量由 in、out 交接;不能循环调用。",
        "Calls another process of the file; variables go by `in` and `out`; no recursion.",
    ),
    "exclusiveGateway": _executed(
        SCOPE,
        (*NAMED, "gatewayDirection", "default"),
        "按文件中的次序走第一条成立的连线,都不成立时走默认流向。",
        "Takes the first flow that holds, in the order of the file, else the default.",
    ),
    "inclusiveGateway": _executed(
        SCOPE,
        (*NAMED, "gatewayDirection", "default"),
        "走每一条成立的连线;汇合时等到不会再有人来。",
        "Takes every flow that holds; as a join it waits for all that can still come.",
    ),
    "parallelGateway": _executed(
        SCOPE,
        (*NAMED, "gatewayDirection"),
        "同时走每一条连线;汇合时每条连线各等一个。",
        "Takes every flow; as a join it waits for one token of each.",
    ),
    "eventBasedGateway": _executed(
        SCOPE,
        (*NAMED, "gatewayDirection", "instantiate", "eventGatewayType"),
        "走先发生的那一个:其后只接捕获事件(定时、消息、信号、条件)或接收任务。",
        "Takes what happens first: followed by catching events (timer, message, signal, "
        "condition) or receive tasks only.",
    ),
    "sequenceFlow": _executed(
        SCOPE,
        (*NAMED, "sourceRef", "targetRef", "isImmediate"),
        "连接同一层的两个节点。",
        "Joins two nodes of one level.",
    ),
    "conditionExpression": _executed(
        ("sequenceFlow",),
        EXPRESSION,
        "只在排他、包容网关或有几条出线的活动之后。",
        "Behind exclusive and inclusive gateways, and activities with several flows out.",
    ),
    **dict.fromkeys(
        ("incoming", "outgoing"),
        _executed(NODES, (), "与连线一致。", "Must agree with the flows."),
    ),
    "script": _executed(("scriptTask",), (), "脚本的内容。", "The text of the script."),
    "standardLoopCharacteristics": _executed(
        LOOPABLE,
        ("id", "testBefore", "loopMaximum"),
        "循环:脚本、服务、发送任务,以及不需要人和等待的子流程、调用活动。",
        "Loop on script, service and send tasks, and on subprocesses and call activities that "
        "need neither people nor waiting.",
    ),
    "multiInstanceLoopCharacteristics": _executed(
        LOOPABLE,
        ("id", "isSequential", "behavior"),
        "多实例(behavior 只能是 All),范围与循环相同;多人办理用 decide 属性。",
        "Multi-instance (behavior All only), on the same activities; for several people use "
        "`decide`.",
    ),
    "loopCondition": _executed(
        ("standardLoopCharacteristics",), EXPRESSION, "成立时再做一遍。", "Goes on while it holds."
    ),
    "loopCardinality": _executed(
        ("multiInstanceLoopCharacteristics",), EXPRESSION, "实例的个数。", "How many instances."
    ),
    "completionCondition": _executed(
        ("multiInstanceLoopCharacteristics",),
        EXPRESSION,
        "成立时取消其余的实例。",
        "Cancels the rest when it holds.",
    ),
    "loopDataInputRef": _executed(
        ("multiInstanceLoopCharacteristics",), (), "逐项处理的列表变量。", "The list to work on."
    ),
    "loopDataOutputRef": _executed(
        ("multiInstanceLoopCharacteristics",), (), "收集结果的列表变量。", "The list of results."
    ),
    "inputDataItem": _executed(
        ("multiInstanceLoopCharacteristics",), NAMED, "当前一项的变量。", "The variable of an item."
    ),
    "outputDataItem": _executed(
        ("multiInstanceLoopCharacteristics",),
        NAMED,
        "每个实例的结果变量。",
        "The variable of a result.",
    ),
    "timerEventDefinition": _executed(
        IN_EVENTS,
        ("id",),
        "timeDuration、timeDate;timeCycle 只用于不中断的边界事件和定时开始。",
        "timeDuration, timeDate; timeCycle only on non-interrupting boundary events and timer "
        "starts.",
    ),
    **{
        name: _executed(
            ("timerEventDefinition",), EXPRESSION, f"如 {example}。", f"Such as {example}."
        )
        for name, example in (
            ("timeDuration", "P3D"),
            ("timeDate", "2026-12-01T09:00:00+08:00"),
            ("timeCycle", "R3/PT10M"),
        )
    },
    "messageEventDefinition": _executed(
        IN_EVENTS,
        ("id", "messageRef"),
        "开始、捕获、边界、抛出、结束事件。",
        "Start, catch, boundary, throw and end events.",
    ),
    "signalEventDefinition": _executed(
        IN_EVENTS,
        ("id", "signalRef"),
        "捕获、边界、抛出、结束事件。",
        "Catch, boundary, throw and end events.",
    ),
    "conditionalEventDefinition": _executed(
        IN_EVENTS, ("id",), "捕获、边界事件。", "Catch and boundary events."
    ),
    "condition": _executed(
        ("conditionalEventDefinition",), EXPRESSION, "条件事件的条件。", "What it waits for."
    ),
    "errorEventDefinition": _executed(
        IN_EVENTS,
        ("id", "errorRef"),
        "结束事件,以及子流程、调用活动的边界事件。",
        "End events; boundary events of subprocess and call activity.",
    ),
    "escalationEventDefinition": _executed(
        IN_EVENTS,
        ("id", "escalationRef"),
        "抛出、结束事件,以及子流程、调用活动的边界事件。",
        "Throw and end events; boundary events of subprocess and call activity.",
    ),
    "terminateEventDefinition": _executed(
        IN_EVENTS, ("id",), "结束事件:结束它所在的一层。", "End events: ends its own level."
    ),
    "linkEventDefinition": _executed(
        IN_EVENTS,
        NAMED,
        "抛出、捕获事件:跳到同一层同名的入口。",
        "Throw and catch events: jumps to the one of the same name on the same level.",
    ),
    "eventDefinitionRef": _executed(
        EVENTS,
        (),
        "引用写在 definitions 下的事件定义。",
        "Refers to an event definition below definitions.",
    ),
    "message": _executed(("definitions",), NAMED, "声明消息的名称。", "Declares a message."),
    "signal": _executed(("definitions",), NAMED, "声明信号的名称。", "Declares a signal."),
    "error": _executed(
        ("definitions",), (*NAMED, "errorCode"), "声明错误代码。", "Declares an error code."
    ),
    "escalation": _executed(
        ("definitions",),
        (*NAMED, "escalationCode"),
        "声明升级代码。",
        "Declares an escalation code.",
    ),
    "extensionElements": _executed(
        ("*",), (), "只读 spiffworkflow:properties。", "Only spiffworkflow:properties is read."
    ),
    "collaboration": _drawn(("definitions",), (*NAMED, "isClosed"), "泳池的图。", "Pools."),
    "participant": _drawn(
        ("collaboration",),
        (*NAMED, "processRef"),
        "泳池,每个流程至多一个。",
        "A pool, one a process at most.",
    ),
    "laneSet": _drawn(SCOPE, NAMED, "泳道只有一层。", "One level of lanes."),
    "lane": _drawn(
        ("laneSet",),
        NAMED,
        "显示在办理进度中,由谁办理只看 assign。",
        "Shown; `assign` decides who.",
    ),
    "flowNodeRef": _drawn(("lane",), (), "泳道中的节点。", "The nodes of a lane."),
    "textAnnotation": _drawn(
        NOTE_PARENTS, (*NAMED, "textFormat"), "给人看的说明。", "A note to readers."
    ),
    "text": _drawn(("textAnnotation",), (), "说明的文字。", "The words of a note."),
    "association": _drawn(
        NOTE_PARENTS,
        (*NAMED, "sourceRef", "targetRef", "associationDirection"),
        "说明与元素之间的虚线。",
        "The dotted line to a note.",
    ),
    "group": _drawn(NOTE_PARENTS, (*NAMED, "categoryValueRef"), "给人看的框。", "A frame."),
    "category": _drawn(("definitions",), NAMED, "框的分类。", "The category of a frame."),
    "categoryValue": _drawn(("category",), ("id", "value"), "框的名称。", "The name of a frame."),
    "documentation": _drawn(("*",), ("id", "textFormat"), "给人看的文字。", "Words to readers."),
}
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
    "isExecutable": ("true", "1"),
    "isImmediate": ("true", "1"),
    "parallelMultiple": ("false", "0"),
    "triggeredByEvent": ("false", "0"),
    "instantiate": ("false", "0"),
    "eventGatewayType": ("Exclusive",),
    "behavior": ("All",),
    "processType": ("None", "Private"),
    "implementation": ("##unspecified", "##WebService"),
}
