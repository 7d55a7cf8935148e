"""Every rule of the lint by its code, which never changes; the author guide is made of this."""

from dataclasses import dataclass

from bpmn.types import Severity


@dataclass(frozen=True)
class Rule:
    """What a model must be like, in both languages of the guides."""

    zh: str
    en: str
    severity: Severity = "error"


RULES: dict[str, Rule] = {
    # --- the file ---
    "file": Rule(
        "文件是 UTF-8 的 BPMN 2.0,不超过 1 MiB,没有 DOCTYPE 和实体。",
        "The file is BPMN 2.0 in UTF-8, at most 1 MiB, without DOCTYPE and entities.",
    ),
    "schema": Rule("文件合 BPMN 2.0 的 XSD。", "The file fits the schema of BPMN 2.0."),
    "too-many-nodes": Rule("至多 500 个节点。", "At most 500 nodes."),
    "too-many-declarations": Rule(
        "最外层至多 1000 个元素。", "At most 1,000 elements at the top of the file."
    ),
    "too-deep": Rule("子流程至多套八层。", "Subprocesses are nested at most eight deep."),
    # --- what is executed ---
    "element-refused": Rule(
        "元素在可执行的范围内,写在该在的地方,见[元素表](elements.md)。",
        "An element is executed and stands where it may, see [the table](elements.en.md).",
    ),
    "attribute-refused": Rule("属性会被执行。", "An attribute is executed."),
    "attribute-fixed": Rule(
        "属性的值在支持的范围内。", "An attribute has one of the values that are executed."
    ),
    "foreign": Rule(
        "没有其他软件的属性和扩展;颜色和绘图工具的信息可以留着。",
        "No attributes or extensions of other engines; colours and notes of the modeler may stay.",
    ),
    # --- ids and flows ---
    "id-missing": Rule("节点、连线、流程都有 id。", "Nodes, flows and processes have ids."),
    "id-form": Rule("id 的写法正确。", "Ids are well written."),
    "id-twice": Rule("id 各不相同。", "No id is used twice."),
    "flow-dangling": Rule("连线两端都接到节点。", "Both ends of a flow are nodes."),
    "flow-crosses": Rule(
        "连线不穿过流程或子流程的边界。", "No flow crosses the border of a process or subprocess."
    ),
    "flow-into-first": Rule(
        "没有连线指向开始事件、边界事件、链接的入口。",
        "No flow leads into a start event, boundary event or catching link.",
    ),
    "flow-out-of-last": Rule(
        "没有连线从结束事件、链接的出口出来。", "No flow leaves an end event or throwing link."
    ),
    "no-way-in": Rule("每个节点都有连线通到。", "A flow leads to every node."),
    "no-way-out": Rule(
        "每个节点(边界事件也是)都有出路。", "A flow leaves every node, boundary events too."
    ),
    "ports-disagree": Rule(
        "incoming、outgoing 与连线一致。", "incoming and outgoing agree with the flows."
    ),
    "unreachable": Rule("每个节点都走得到。", "Every node can be reached."),
    "never-ends": Rule("从每个节点都走得到结束事件。", "An end can be reached from every node."),
    "lane": Rule("泳道列出的节点存在,只在一个泳道中。", "Lanes list nodes that exist, each once."),
    "pool": Rule("泳池属于本文件的流程,每个流程一个。", "Pools belong to processes of the file."),
    # --- processes and scopes ---
    "process-count": Rule(
        "文件只有一个主流程,其余的都被它调用。", "One main process; it calls all others."
    ),
    "main-not-executable": Rule(
        "主流程是可执行的。", "The main process is executable; one it calls need not say so."
    ),
    "start-missing": Rule("流程和子流程有开始事件。", "A process and subprocess has a start."),
    "start-twice": Rule(
        "没有触发条件的开始事件至多一个;子流程和被调用的流程正好一个。",
        "At most one plain start; exactly one in a subprocess or called process.",
    ),
    "start-same-message": Rule("一个消息只开始一处。", "A message starts a process in one place."),
    "end-missing": Rule("流程和子流程有结束事件。", "A process and subprocess has an end."),
    "inner-form": Rule(
        "子流程和被调用流程的开始事件没有表单。", "Only the start of the main process has a form."
    ),
    "call-unknown": Rule(
        "调用活动调用同一文件中的流程。", "A call activity calls a process of the file."
    ),
    "call-recursion": Rule("流程不循环调用。", "No process calls itself, nor through others."),
    # --- gateways and conditions ---
    "gateway-direction": Rule(
        "gatewayDirection 与连线的条数相符。", "gatewayDirection agrees with the flows."
    ),
    "condition-missing": Rule(
        "排他、包容网关的出线有条件,或是默认流向。",
        "Flows out of exclusive and inclusive gateways have a condition, or are the default.",
    ),
    "condition-misplaced": Rule(
        "条件只写在排他、包容网关或有几条出线的活动之后。",
        "Conditions stand behind exclusive and inclusive gateways and activities with several "
        "flows out.",
    ),
    "condition-twice": Rule("一条连线只有一个条件。", "A flow has one condition."),
    "condition-empty": Rule("条件事件有一个条件。", "A conditional event has one condition."),
    "condition-truth": Rule("条件的结果是“是”或“否”。", "A condition is true or false."),
    "default-elsewhere": Rule("默认流向从本节点出来。", "A default flow leaves its own node."),
    "default-condition": Rule("默认流向没有条件。", "A default flow has no condition."),
    "default-pointless": Rule(
        "活动有默认流向时,另有带条件的连线。",
        "An activity with a default flow has conditional ones, too.",
    ),
    "event-gateway": Rule(
        "事件网关之后是两个以上的捕获事件或接收任务,没有别的连线通到它们。",
        "An event-based gateway is followed by two or more catching events or receive tasks, which "
        "have no other flows in.",
    ),
    "join-blocks": Rule("汇合的网关等得齐。", "A join can always be filled."),
    "lack-of-synchronisation": Rule(
        "并行的路汇合以后再往下走。", "Parallel ways are joined before they go on.", "warning"
    ),
    "endless-loop": Rule("自动步骤的循环有出口。", "A cycle of automatic steps has a way out."),
    # --- events ---
    "definition-missing": Rule(
        "eventDefinitionRef 指向文件里的事件定义。",
        "eventDefinitionRef names an event definition of the file.",
    ),
    "definitions-several": Rule("一个事件只有一个事件定义。", "An event has one definition."),
    "event-misplaced": Rule(
        "事件定义写在可以用的地方。", "An event definition stands where it is executed."
    ),
    "boundary-host": Rule(
        "边界事件附在同一层的用户任务、接收任务、子流程或调用活动上。",
        "A boundary event hangs on a user task, receive task, subprocess or call activity of its "
        "level.",
    ),
    "boundary-error": Rule("错误边界事件总是中断。", "An error boundary event interrupts."),
    "boundary-twice": Rule(
        "一个活动上没有两个边界事件等同一件事。",
        "No two boundary events of an activity wait for the same thing.",
    ),
    "link": Rule(
        "链接有名称,同一层有一个同名的入口和至少一个出口。",
        "A link has a name, one catching and at least one throwing end on its level.",
    ),
    "timer": Rule(
        "时间按 ISO 8601 写,不用年、月。", "Times are ISO 8601 without years and months."
    ),
    "timer-cycle": Rule(
        "周期只用于不中断的边界事件和定时开始。",
        "Cycles stand on non-interrupting boundary events and timer starts only.",
    ),
    "name-empty": Rule(
        "消息、信号有名称,错误、升级有代码。",
        "Messages and signals have a name, errors and escalations a code.",
    ),
    "name-twice": Rule("名称和代码各声明一次。", "A name or code is declared once."),
    "reference-missing": Rule(
        "事件、发送和接收任务写明是哪个消息、信号、错误、升级。",
        "An event, send or receive task says which message, signal, error or escalation.",
    ),
    "reference-unknown": Rule("引用的都已声明。", "What is referred to is declared."),
    "error-uncaught": Rule(
        "抛出的错误在外层有边界事件接住。", "An error is caught by a boundary event outside."
    ),
    "never-thrown": Rule(
        "错误、升级边界事件等的事里面会发生。",
        "What an error or escalation boundary event waits for is thrown inside.",
        "warning",
    ),
    # --- loops ---
    "loop-twice": Rule("一个活动只有一个循环标记。", "An activity has one loop marker."),
    "loop-waits": Rule(
        "循环和多实例里没有需要人和等待的节点。", "Nothing in a loop needs people or waits."
    ),
    "loop-terminate": Rule(
        "循环和多实例的子流程不直接用终止结束。",
        "A repeated subprocess has no terminate end of its own.",
    ),
    "loop-endless": Rule("循环有条件或次数。", "A loop has a condition or a maximum."),
    "loop-maximum": Rule("loopMaximum 是大于零的整数。", "loopMaximum is a positive number."),
    "multi-instance": Rule(
        "多实例写明个数或列表,变量的名称可用。",
        "A multi-instance names a number or a list, and good variable names.",
    ),
    "multi-instance-writes": Rule(
        "多实例里只写结果变量。", "The body of a multi-instance writes its output item only."
    ),
    # --- expressions and variables ---
    "expression": Rule(
        "表达式只用允许的写法,见[条件与脚本](properties.md#条件与脚本)。",
        "Expressions keep to the allowed grammar, see [properties](properties.md).",
    ),
    "expression-language": Rule("不指定表达式的语言。", "No language is given for expressions."),
    "script": Rule("脚本每行是一个赋值。", "A script is assignments, one a line."),
    "name-reserved": Rule(
        "不改写 loopCounter 等系统的变量。", "Counters of loops are not assigned to."
    ),
    "counter-outside": Rule(
        "loopCounter 等只在循环和多实例里读。", "Counters of loops are read inside of loops."
    ),
    "outcome-unknown": Rule(
        "<节点 id>_outcome 中的节点是用户任务。", "`<node>_outcome` names a user task."
    ),
    "outcome-impossible": Rule(
        "比较的结果在该节点的 outcomes 中。", "An outcome that is compared can happen."
    ),
    "variable-unset": Rule(
        "读到的变量总有一处会赋值,表单的 refuse 读到的也是。",
        "Something can set each variable that is read, also by `refuse` of a form.",
    ),
    # --- our properties ---
    "property-misplaced": Rule(
        "属性写在有意义的元素上,见[流程图中的属性](properties.md)。",
        "A property stands where it means something, see [properties](properties.md).",
    ),
    "property-value": Rule("属性的值写法正确。", "The value of a property is well written."),
    "deadline-undated": Rule(
        "时限起算的栏目是开始表单里的日期。",
        "The answer that a deadline counts from is a date of the start form.",
    ),
    "parameter-unknown": Rule(
        "时限用到的参数存在,算法合适。",
        "A parameter that a deadline names exists, and fits how it is counted.",
    ),
    "bars-unknown": Rule(
        "bars 写的栏目在开始表单里,是身份证号或者人。",
        "The fields that `bars` names are in the start form and say who somebody is.",
    ),
    "progress-unknown": Rule(
        "progress 写的栏目在开始表单里。", "The field that `progress` names is in the start form."
    ),
    "again-unknown": Rule("again 写的环节是用户任务。", "The step that `again` names exists."),
    "lapse-unheard": Rule(
        "写了 lapse 的环节有时限,边界上有中断的信号事件接着走。",
        "A step that lapses has a deadline, and an interrupting signal event on its boundary.",
    ),
    "property-missing": Rule("必填的属性都写了。", "Required properties are there."),
    "form-unknown": Rule("表单存在。", "The form exists."),
    "check-unknown": Rule(
        "表单用到的检查和选项表存在。", "Checks and value lists that a form names exist."
    ),
    "split-misplaced": Rule(
        "会分成几件的表单只在开始事件上填。",
        "A form that becomes several tickets is filled in at the start alone.",
    ),
    "operation-unknown": Rule("操作存在。", "The operation exists."),
    "position-unknown": Rule("岗位存在。", "The position exists."),
    "nobody": Rule("每个用户任务都有人能办。", "Somebody can do every user task."),
    "self-approval": Rule(
        "申请人不决定自己的申请。", "Nobody decides on his own application.", "warning"
    ),
    "same-position": Rule(
        "决定的岗位不只是发起的岗位,除非可以交上一级。",
        "Who decides holds another position than who applies, unless it goes up a level.",
        "warning",
    ),
}
