"""What a token can stand on or go along: processes, nodes and flows that are executed."""

from bpmn.rules.rows import CATCHING, EXPRESSION, FLOWING, NAMED, NODES, SCOPE, Row, executed

NODE_ROWS: dict[str, Row] = {
    "definitions": executed((), (), "文件的根元素。", "The root of the file."),
    "process": executed(
        ("definitions",),
        (*NAMED, "isExecutable", "processType", "isClosed"),
        "一个文件一个主流程,另可有被调用活动调用的流程;主流程的 isExecutable 不能是 false。",
        "One main process, which must be executable, and those it calls.",
    ),
    "startEvent": executed(
        SCOPE,
        (*CATCHING, "isInterrupting"),
        "主流程:至多一个无触发的开始,另可有定时、消息开始;子流程和被调用的流程:只有一个无触发的开始。",
        "Main process: at most one plain start, any number of timer and message starts; "
        "subprocess and called process: exactly one plain start.",
    ),
    "intermediateCatchEvent": executed(
        SCOPE,
        CATCHING,
        "等待定时、消息、信号、条件,或作为链接的入口。",
        "Waits for a timer, message, signal or condition, or is the target of a link.",
    ),
    "intermediateThrowEvent": executed(
        SCOPE,
        NAMED,
        "无触发,或发出消息、信号、升级,或作为链接的出口。",
        "Plain, or throws a message, signal or escalation, or is the source of a link.",
    ),
    "boundaryEvent": executed(
        SCOPE,
        (*CATCHING, "attachedToRef", "cancelActivity"),
        "附在用户任务、接收任务、子流程、调用活动上:定时、消息、信号、条件(中断或不中断);"
        "错误(只中断)、升级只附在子流程和调用活动上。",
        "On user task, receive task, subprocess and call activity: timer, message, signal, "
        "condition, interrupting or not; error (interrupting) and escalation on subprocess and "
        "call activity only.",
    ),
    "endEvent": executed(
        SCOPE,
        NAMED,
        "无触发、终止、错误、升级、消息、信号。",
        "Plain, terminate, error, escalation, message, signal.",
    ),
    "userTask": executed(
        SCOPE,
        (*FLOWING, "implementation"),
        "由 assign 所写的人办理。",
        "Done by the people `assign` names.",
    ),
    "serviceTask": executed(
        SCOPE,
        (*FLOWING, "implementation"),
        "执行 operation 所写的操作。",
        "Runs the operation `operation` names.",
    ),
    "scriptTask": executed(
        SCOPE,
        (*FLOWING, "scriptFormat"),
        "逐行赋值:名称 = 表达式。",
        "Assignments, one a line: name = expression.",
    ),
    "sendTask": executed(
        SCOPE,
        (*FLOWING, "implementation", "messageRef"),
        "发出 messageRef 所指的消息。",
        "Sends the message of messageRef.",
    ),
    "receiveTask": executed(
        SCOPE,
        (*FLOWING, "implementation", "messageRef", "instantiate"),
        "等待 messageRef 所指的消息;不能用来开始流程。",
        "Waits for the message of messageRef; never starts a process.",
    ),
    "subProcess": executed(
        SCOPE,
        (*FLOWING, "triggeredByEvent"),
        "嵌入的子流程,与外层共用变量,最多八层;不能由事件触发。",
        "Embedded; shares the variables of its parent; eight levels at most; no event subprocess.",
    ),
    "callActivity": executed(
        SCOPE,
        (*FLOWING, "calledElement"),
        "调用同一文件中的另一个流程,变量由 in、out 交接;不能循环调用。",
        "Calls another process of the file; variables go by `in` and `out`; no recursion.",
    ),
    "exclusiveGateway": executed(
        SCOPE,
        (*NAMED, "gatewayDirection", "default"),
        "按文件中的次序走第一条成立的连线,都不成立时走默认流向。",
        "Takes the first flow that holds, in the order of the file, else the default.",
    ),
    "inclusiveGateway": executed(
        SCOPE,
        (*NAMED, "gatewayDirection", "default"),
        "走每一条成立的连线;汇合时等到不会再有人来。",
        "Takes every flow that holds; as a join it waits for all that can still come.",
    ),
    "parallelGateway": executed(
        SCOPE,
        (*NAMED, "gatewayDirection"),
        "同时走每一条连线;汇合时每条连线各等一个。",
        "Takes every flow; as a join it waits for one token of each.",
    ),
    "eventBasedGateway": executed(
        SCOPE,
        (*NAMED, "gatewayDirection", "instantiate", "eventGatewayType"),
        "走先发生的那一个:其后只接捕获事件(定时、消息、信号、条件)或接收任务。",
        "Takes what happens first: followed by catching events (timer, message, signal, "
        "condition) or receive tasks only.",
    ),
    "sequenceFlow": executed(
        SCOPE,
        (*NAMED, "sourceRef", "targetRef", "isImmediate"),
        "连接同一层的两个节点。",
        "Joins two nodes of one level.",
    ),
    "conditionExpression": executed(
        ("sequenceFlow",),
        EXPRESSION,
        "只在排他、包容网关或有几条出线的活动之后。",
        "Behind exclusive and inclusive gateways, and activities with several flows out.",
    ),
    **dict.fromkeys(
        ("incoming", "outgoing"),
        executed(NODES, (), "与连线一致。", "Must agree with the flows."),
    ),
    "script": executed(("scriptTask",), (), "脚本的内容。", "The text of the script."),
}
