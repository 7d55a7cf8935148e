"""The allow-list: which element may stand in which, with which attributes. The rest is refused."""

from collections.abc import Iterator

from lxml import etree

from bpmn import xml
from bpmn.rules.findings import error
from bpmn.types import Finding

NOTES = {"textAnnotation", "association", "group"}  # drawn for readers, no meaning to the engine
TEXT = {"documentation", "extensionElements"}
PORTS = {"incoming", "outgoing"}
INSIDE: dict[str, set[str]] = {
    "definitions": {"process", "collaboration", "category"},
    "category": {"categoryValue"},
    "collaboration": {"participant", *NOTES},
    "process": {*xml.KINDS, "sequenceFlow", "laneSet", *NOTES},
    "laneSet": {"lane"},
    "lane": {"flowNodeRef"},
    **dict.fromkeys(xml.KINDS, PORTS),
    "scriptTask": PORTS | {"script"},
    "endEvent": PORTS | {"terminateEventDefinition"},
    "intermediateCatchEvent": PORTS | {"timerEventDefinition"},
    "timerEventDefinition": {"timeDuration", "timeDate"},
    "sequenceFlow": {"conditionExpression"},
    "textAnnotation": {"text"},
}
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
DRAWN = {"id", "name"}
FLOWING = {*DRAWN, "startQuantity", "completionQuantity", "isForCompensation"}
ATTRIBUTES: dict[str, set[str]] = {
    "process": {*DRAWN, "isExecutable", "processType", "isClosed"},
    "collaboration": {*DRAWN, "isClosed"},
    "participant": {*DRAWN, "processRef"},
    "startEvent": {*DRAWN, "isInterrupting"},
    "exclusiveGateway": {*DRAWN, "gatewayDirection", "default"},
    "parallelGateway": {*DRAWN, "gatewayDirection"},
    "userTask": FLOWING | {"implementation"},
    "serviceTask": FLOWING | {"implementation"},
    "scriptTask": FLOWING | {"scriptFormat"},
    "sequenceFlow": {*DRAWN, "sourceRef", "targetRef"},
    "conditionExpression": {"id", "language", TYPE},
    "timeDuration": {"id", TYPE},
    "timeDate": {"id", TYPE},
    "textAnnotation": {*DRAWN, "textFormat"},
    "association": {*DRAWN, "sourceRef", "targetRef", "associationDirection"},
    "group": {*DRAWN, "categoryValueRef"},
    "categoryValue": {"id", "value"},
    "documentation": {"id", "textFormat"},
    **{name: set() for name in (*PORTS, "flowNodeRef", "extensionElements", "text", "script")},
}
FIXED = {
    "startQuantity": {"1"},
    "completionQuantity": {"1"},
    "isForCompensation": {"false"},
    "isInterrupting": {"true"},
    "isExecutable": {"true"},
    "processType": {"None", "Private"},
    "implementation": {"##unspecified", "##WebService"},
    "gatewayDirection": {"Unspecified", "Converging", "Diverging", "Mixed"},
}
REMEDIES = {
    "task": "请改为用户任务(由人办理)、服务任务(系统执行)或脚本任务(计算变量)。",
    "manualTask": "请改为用户任务,由办理人在系统中确认完成。",
    "businessRuleTask": "请改为排他网关加条件,或脚本任务。",
    "sendTask": "请改为服务任务,并填写 operation。",
    "receiveTask": "请改为用户任务,由人确认收到。",
    "subProcess": "请把子流程中的节点直接画在主流程中。",
    "transaction": "请把其中的节点直接画在主流程中。",
    "adHocSubProcess": "请改为并行网关加用户任务。",
    "callActivity": "请把被调用流程的节点直接画在本流程中。",
    "inclusiveGateway": "请改为排他网关,或并行网关后各接一个排他网关。",
    "complexGateway": "请改为排他网关与并行网关的组合。",
    "eventBasedGateway": "请改为用户任务,由办理人选择结果。",
    "boundaryEvent": "请改用用户任务的 deadline 属性提醒,或由办理人退回。",
    "intermediateThrowEvent": "请删去,或改为服务任务。",
    "multiInstanceLoopCharacteristics": "多人办理请用 decide 属性(all、any、quorum)。",
    "standardLoopCharacteristics": "请用排他网关画出循环。",
    "messageFlow": "每个文件只能有一个流程;请删去消息流和其他泳池。",
    "childLaneSet": "泳道只能有一层,请把内层泳道移到外层。",
    "dataObject": "请删去数据对象;资料在表单中填写。",
    "dataObjectReference": "请删去数据对象;资料在表单中填写。",
    "dataStoreReference": "请删去数据存储;台账由服务任务登记。",
    "ioSpecification": "请删去;表单和变量由系统保存。",
    "messageEventDefinition": "请改为无事件定义的开始、结束事件,通知由系统自动发送。",
    "signalEventDefinition": "请删去信号定义。",
    "errorEventDefinition": "请改为普通结束事件,异常情况用排他网关画出。",
    "escalationEventDefinition": "请删去升级定义,改用 deadline 属性。",
    "conditionalEventDefinition": "请改为排他网关加条件。",
    "timeCycle": "请改为 timeDuration(如 P3D)或 timeDate。",
}
DELETE = "系统不执行它,请删去。"


# Telling each of tens of thousands apart would take seconds.
MAX_ATTRIBUTES = 50


def check(root: xml.Element) -> Iterator[Finding]:
    for child in root:
        if not _is_diagram(child):
            yield from _inside(root, child)
    processes = xml.children(root, "process")
    if len(processes) != 1:
        yield error(root, f"文件中有 {len(processes)} 个流程。", "每个文件画且只画一个流程。")
    drawn = sum(1 for _ in xml.find(root, *xml.KINDS))
    if drawn > xml.MAX_NODES:
        yield error(
            root, f"流程有 {drawn} 个节点,超过 {xml.MAX_NODES} 个。", "请拆成几个较小的流程。"
        )


def _is_diagram(child: xml.Element) -> bool:
    """Tell whether this is the drawing, which has no say in what is executed."""
    return child.tag == "{http://www.omg.org/spec/BPMN/20100524/DI}BPMNDiagram"


def _inside(parent: xml.Element, child: xml.Element) -> Iterator[Finding]:
    name = xml.kind(child)
    if name not in INSIDE.get(xml.kind(parent), set()) | TEXT:
        message = f"{xml.kind(parent)} 中的 {name} 不在可执行的范围内。"
        yield error(child, message, REMEDIES.get(name, DELETE))
        return
    yield from _attributes(child)
    if name == "extensionElements":
        yield from _extensions(parent, child)
        return
    for grandchild in child:
        yield from _inside(child, grandchild)


def _attributes(element: xml.Element) -> Iterator[Finding]:
    if len(element.attrib) > MAX_ATTRIBUTES:
        yield error(element, "属性太多。", f"一个元素最多 {MAX_ATTRIBUTES} 个属性，请删去多余的。")
        return
    allowed = ATTRIBUTES.get(xml.kind(element), DRAWN)
    for name, value in element.attrib.items():
        if name not in allowed:
            local = etree.QName(name).localname
            yield error(element, f"属性 {local} 不会被执行。", "请删去这个属性。")
        elif name in FIXED and value not in FIXED[name]:
            remedy = f"请改为 {'、'.join(sorted(FIXED[name]))}。"
            yield error(element, f"属性 {name} 不能是 {value}。", remedy)


def _extensions(owner: xml.Element, extensions: xml.Element) -> Iterator[Finding]:
    for group in extensions:
        if group.tag != f"{xml.OURS}properties":
            name = etree.QName(group).localname
            yield error(owner, f"扩展 {name} 不会被执行。", "请改用 spiffworkflow:properties。")
            continue
        for entry in group:
            if entry.tag != f"{xml.OURS}property" or set(entry.attrib) != {"name", "value"}:
                yield error(
                    owner,
                    "spiffworkflow:properties 中有无法识别的内容。",
                    "其中只能有带 name 和 value 的 spiffworkflow:property。",
                )
