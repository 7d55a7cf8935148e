"""What stands in nodes or beside them: loops, event definitions, declarations, drawings."""

from bpmn.rules.rows import (
    EVENTS,
    EXPRESSION,
    IN_EVENTS,
    LOOPABLE,
    NAMED,
    NOTE_PARENTS,
    SCOPE,
    Row,
    drawn,
    executed,
)

PART_ROWS: dict[str, Row] = {
    "standardLoopCharacteristics": executed(
        LOOPABLE,
        ("id", "testBefore", "loopMaximum"),
        "循环:脚本、服务、发送任务,以及不需要人和等待的子流程、调用活动。",
        "Loop on script, service and send tasks, and on subprocesses and call activities that "
        "need neither people nor waiting.",
    ),
    "multiInstanceLoopCharacteristics": executed(
        LOOPABLE,
        ("id", "isSequential", "behavior"),
        "多实例(behavior 只能是 All),范围与循环相同;多人办理用 decide 属性。",
        "Multi-instance (behavior All only), on the same activities; for several people use "
        "`decide`.",
    ),
    "loopCondition": executed(
        ("standardLoopCharacteristics",), EXPRESSION, "成立时再做一遍。", "Goes on while it holds."
    ),
    "loopCardinality": executed(
        ("multiInstanceLoopCharacteristics",), EXPRESSION, "实例的个数。", "How many instances."
    ),
    "completionCondition": executed(
        ("multiInstanceLoopCharacteristics",),
        EXPRESSION,
        "成立时取消其余的实例。",
        "Cancels the rest when it holds.",
    ),
    "loopDataInputRef": executed(
        ("multiInstanceLoopCharacteristics",), (), "逐项处理的列表变量。", "The list to work on."
    ),
    "loopDataOutputRef": executed(
        ("multiInstanceLoopCharacteristics",), (), "收集结果的列表变量。", "The list of results."
    ),
    "inputDataItem": executed(
        ("multiInstanceLoopCharacteristics",), NAMED, "当前一项的变量。", "The variable of an item."
    ),
    "outputDataItem": executed(
        ("multiInstanceLoopCharacteristics",),
        NAMED,
        "每个实例的结果变量。",
        "The variable of a result.",
    ),
    "timerEventDefinition": executed(
        IN_EVENTS,
        ("id",),
        "timeDuration、timeDate;timeCycle 只用于不中断的边界事件和定时开始。",
        "timeDuration, timeDate; timeCycle only on non-interrupting boundary events and timer "
        "starts.",
    ),
    **{
        name: executed(
            ("timerEventDefinition",), EXPRESSION, f"如 {example}。", f"Such as {example}."
        )
        for name, example in (
            ("timeDuration", "P3D"),
            ("timeDate", "2026-12-01T09:00:00+08:00"),
            ("timeCycle", "R3/PT10M"),
        )
    },
    "messageEventDefinition": executed(
        IN_EVENTS,
        ("id", "messageRef"),
        "开始、捕获、边界、抛出、结束事件。",
        "Start, catch, boundary, throw and end events.",
    ),
    "signalEventDefinition": executed(
        IN_EVENTS,
        ("id", "signalRef"),
        "捕获、边界、抛出、结束事件。",
        "Catch, boundary, throw and end events.",
    ),
    "conditionalEventDefinition": executed(
        IN_EVENTS, ("id",), "捕获、边界事件。", "Catch and boundary events."
    ),
    "condition": executed(
        ("conditionalEventDefinition",), EXPRESSION, "条件事件的条件。", "What it waits for."
    ),
    "errorEventDefinition": executed(
        IN_EVENTS,
        ("id", "errorRef"),
        "结束事件,以及子流程、调用活动的边界事件。",
        "End events; boundary events of subprocess and call activity.",
    ),
    "escalationEventDefinition": executed(
        IN_EVENTS,
        ("id", "escalationRef"),
        "抛出、结束事件,以及子流程、调用活动的边界事件。",
        "Throw and end events; boundary events of subprocess and call activity.",
    ),
    "terminateEventDefinition": executed(
        IN_EVENTS, ("id",), "结束事件:结束它所在的一层。", "End events: ends its own level."
    ),
    "linkEventDefinition": executed(
        IN_EVENTS,
        NAMED,
        "抛出、捕获事件:跳到同一层同名的入口。",
        "Throw and catch events: jumps to the one of the same name on the same level.",
    ),
    "eventDefinitionRef": executed(
        EVENTS,
        (),
        "引用写在 definitions 下的事件定义。",
        "Refers to an event definition below definitions.",
    ),
    "message": executed(("definitions",), NAMED, "声明消息的名称。", "Declares a message."),
    "signal": executed(("definitions",), NAMED, "声明信号的名称。", "Declares a signal."),
    "error": executed(
        ("definitions",), (*NAMED, "errorCode"), "声明错误代码。", "Declares an error code."
    ),
    "escalation": executed(
        ("definitions",),
        (*NAMED, "escalationCode"),
        "声明升级代码。",
        "Declares an escalation code.",
    ),
    "extensionElements": executed(
        ("*",), (), "只读 spiffworkflow:properties。", "Only spiffworkflow:properties is read."
    ),
    "collaboration": drawn(("definitions",), (*NAMED, "isClosed"), "泳池的图。", "Pools."),
    "participant": drawn(
        ("collaboration",),
        (*NAMED, "processRef"),
        "泳池,每个流程至多一个。",
        "A pool, one a process at most.",
    ),
    "laneSet": drawn(SCOPE, NAMED, "泳道只有一层。", "One level of lanes."),
    "lane": drawn(
        ("laneSet",),
        NAMED,
        "显示在办理进度中,由谁办理只看 assign。",
        "Shown; `assign` decides who.",
    ),
    "flowNodeRef": drawn(("lane",), (), "泳道中的节点。", "The nodes of a lane."),
    "textAnnotation": drawn(
        NOTE_PARENTS, (*NAMED, "textFormat"), "给人看的说明。", "A note to readers."
    ),
    "text": drawn(("textAnnotation",), (), "说明的文字。", "The words of a note."),
    "association": drawn(
        NOTE_PARENTS,
        (*NAMED, "sourceRef", "targetRef", "associationDirection"),
        "说明与元素之间的虚线。",
        "The dotted line to a note.",
    ),
    "group": drawn(NOTE_PARENTS, (*NAMED, "categoryValueRef"), "给人看的框。", "A frame."),
    "category": drawn(("definitions",), NAMED, "框的分类。", "The category of a frame."),
    "categoryValue": drawn(("category",), ("id", "value"), "框的名称。", "The name of a frame."),
    "documentation": drawn(("*",), ("id", "textFormat"), "给人看的文字。", "Words to readers."),
}
