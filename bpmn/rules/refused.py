"""What is refused, and how to draw it instead; `table` puts it beside what is accepted."""

REMEDIES: dict[str, tuple[str, str]] = {
    "delete": ("系统不执行它,请删去。", "Not executed: delete it."),
    "task": (
        "请改为用户任务(由人办理)、服务任务(系统执行)或脚本任务(计算变量)。",
        "Draw a user task (people), service task (system) or script task (variables).",
    ),
    "manual": (
        "请改为用户任务,由办理人在系统中确认完成。",
        "Draw a user task that somebody confirms.",
    ),
    "decision": (
        "请改为排他网关加条件,或脚本任务。",
        "Draw an exclusive gateway with conditions, or a script task.",
    ),
    "transaction": (
        "请改为子流程,异常情况用错误结束事件和错误边界事件画出。",
        "Draw a subprocess, and the failure as an error end event with an error boundary event.",
    ),
    "adhoc": (
        "请改为子流程,其中用包容或并行网关分出各项任务。",
        "Draw a subprocess in which an inclusive or parallel gateway leads to the tasks.",
    ),
    "complex": (
        "请改为排他、包容、并行网关的组合。",
        "Draw a combination of exclusive, inclusive and parallel gateways.",
    ),
    "compensation": (
        "请改为普通的任务,用网关画出需要撤销时的路。",
        "Draw ordinary tasks, and a gateway to the way on which things are undone.",
    ),
    "data": (
        "请删去;资料填写在表单中,由系统保存。",
        "Delete it: data are asked in forms and kept by the system.",
    ),
    "store": (
        "请删去;台账由服务任务登记。",
        "Delete it: ledgers are written by service tasks.",
    ),
    "role": (
        "请删去,由谁办理写在用户任务的 assign 属性中。",
        "Delete it and name the people in `assign` of the user task.",
    ),
    "correlation": (
        "请删去,改用消息事件或任务的 correlation 属性。",
        "Delete it and use the property `correlation` of the message event or task.",
    ),
    "interface": (
        "请删去;服务任务用 operation 属性,消息用 messageRef。",
        "Delete it: service tasks use the property `operation`, messages messageRef.",
    ),
    "flow": (
        "请删去消息流;消息由发送、接收消息的事件和任务表示。",
        "Delete it: messages are shown by the events and tasks that send and catch them.",
    ),
    "pools": (
        "请删去;一个文件画一个流程,不同的人画成泳道。",
        "Delete it: a file is one process, people are lanes.",
    ),
    "lanes": (
        "泳道只能有一层,请把内层泳道移到外层。",
        "One level of lanes: move the inner ones out.",
    ),
    "global": (
        "请在流程中画出任务,或画成同一文件中的流程,由调用活动调用。",
        "Draw the task in the process, or as a process of the file that is called.",
    ),
    "import": (
        "请把用到的内容画在同一个文件中。",
        "Draw what is used in the same file.",
    ),
    "instances": (
        "请改用 completionCondition,或在其后用网关判断。",
        "Use completionCondition, or a gateway behind it.",
    ),
}
REFUSED: dict[str, tuple[str, ...]] = {
    "task": ("task",),
    "manual": ("manualTask",),
    "decision": ("businessRuleTask",),
    "transaction": ("transaction", "cancelEventDefinition"),
    "adhoc": ("adHocSubProcess",),
    "complex": ("complexGateway", "activationCondition"),
    "compensation": ("compensateEventDefinition",),
    "data": (
        *("dataObject", "dataObjectReference", "dataInput", "dataOutput", "dataState"),
        *("dataAssociation", "dataInputAssociation", "dataOutputAssociation", "ioSpecification"),
        *("inputSet", "outputSet", "property", "itemDefinition", "assignment", "from", "to"),
        *("transformation", "sourceRef", "targetRef", "dataInputRefs", "dataOutputRefs"),
        *("optionalInputRefs", "optionalOutputRefs", "whileExecutingInputRefs"),
        *("whileExecutingOutputRefs", "inputSetRefs", "outputSetRefs"),
    ),
    "store": ("dataStore", "dataStoreReference"),
    "role": (
        *("resourceRole", "performer", "humanPerformer", "potentialOwner", "resource"),
        *("resourceRef", "resourceParameter", "resourceParameterBinding"),
        "resourceAssignmentExpression",
    ),
    "correlation": (
        *("correlationKey", "correlationProperty", "correlationPropertyBinding"),
        *("correlationPropertyRetrievalExpression", "correlationSubscription"),
        *("correlationPropertyRef", "messagePath", "dataPath"),
    ),
    "interface": (
        *("interface", "operation", "ioBinding", "operationRef", "inMessageRef", "outMessageRef"),
        *("errorRef", "interfaceRef", "supportedInterfaceRef", "endPoint", "endPointRef"),
    ),
    "flow": ("messageFlow", "messageFlowAssociation", "messageFlowRef"),
    "pools": (
        *("choreography", "choreographyTask", "callChoreography", "subChoreography"),
        *("globalChoreographyTask", "choreographyRef", "conversation", "callConversation"),
        *("subConversation", "globalConversation", "conversationLink", "conversationAssociation"),
        *("participantAssociation", "participantMultiplicity", "participantRef"),
        *("innerParticipantRef", "outerParticipantRef", "partnerEntity", "partnerRole"),
    ),
    "lanes": ("childLaneSet", "partitionElement"),
    "global": (
        *("globalTask", "globalUserTask", "globalManualTask", "globalScriptTask"),
        *("globalBusinessRuleTask", "callableElement", "supports"),
    ),
    "import": ("import",),
    "instances": ("complexBehaviorDefinition", "implicitThrowEvent"),
    "delete": (
        *("auditing", "monitoring", "rendering", "relationship", "extension", "categoryValueRef"),
        *("expression", "formalExpression", "source", "target"),
    ),
}
ABSTRACT = (
    *("activity", "artifact", "baseElement", "baseElementWithMixedContent", "catchEvent", "event"),
    *("choreographyActivity", "conversationNode", "eventDefinition", "flowElement", "flowNode"),
    *("gateway", "loopCharacteristics", "rootElement", "throwEvent"),
)
