"""A process that books what it hands out, and goes on for one more signature afterwards."""

from typing import Any

from app.processes.service.publishing import Bundle

KEY = "handing-out"
COLUMNS = (
    "things.thing=物品,search;things.count=数量;note=说明;owner_id=证件号,masked;"
    "check.place=地点;check.signer=核对人"
)
MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" targetNamespace="urn:test">
 <bpmn:process id="handing-out" isExecutable="true">{process}
  <bpmn:startEvent id="apply">{apply}</bpmn:startEvent>
  <bpmn:userTask id="check" name="核对">{check}</bpmn:userTask>
  <bpmn:serviceTask id="book" name="登记">{book}</bpmn:serviceTask>
  <bpmn:userTask id="confirm" name="确认">{confirm}</bpmn:userTask>
  <bpmn:exclusiveGateway id="agreed" default="no" />
  <bpmn:endEvent id="done" />
  <bpmn:endEvent id="refused">{refused}</bpmn:endEvent>
  <bpmn:sequenceFlow id="f1" sourceRef="apply" targetRef="check" />
  <bpmn:sequenceFlow id="f2" sourceRef="check" targetRef="book" />
  <bpmn:sequenceFlow id="f3" sourceRef="book" targetRef="confirm" />
  <bpmn:sequenceFlow id="f4" sourceRef="confirm" targetRef="agreed" />
  <bpmn:sequenceFlow id="yes" sourceRef="agreed" targetRef="done">
   <bpmn:conditionExpression>confirm_outcome == "approve"</bpmn:conditionExpression>
  </bpmn:sequenceFlow>
  <bpmn:sequenceFlow id="no" sourceRef="agreed" targetRef="refused" />
 </bpmn:process>
</bpmn:definitions>"""
PARTS = {
    "process": {
        "title": "物品领用",
        "category": "综合事务",
        "numbering": "WP-{year}-{serial:4}",
        "start_positions": "clerk",
        "title_pattern": "物品领用",
    },
    "apply": {"form": "handing-out/apply"},
    "check": {
        "form": "handing-out/check",
        "assign": "position:dept_head@requester.unit",
        "outcomes": "approve=同意",
        "actions": "return",
    },
    "book": {
        "operation": "ledgers.append",
        "ledger": KEY,
        "ledger_title": "物品领用台账",
        "ledger_rows": "things",
        "ledger_columns": COLUMNS,
        "ledger_keepers": "seal_custodian",
    },
    "confirm": {
        "assign": "position:unit_leader@requester.unit",
        "empty": "up",
        "outcomes": "approve=同意;reject=不予办理",
        "actions": "return",
    },
    "refused": {"result": "refused"},
}
APPLY: dict[str, Any] = {
    "key": "handing-out/apply",
    "title": "物品领用申请表",
    "components": [
        {"type": "textarea", "key": "note", "label": "说明"},
        {"type": "id_number", "key": "owner_id", "label": "证件号", "purpose": "核对"},
        {"type": "filepicker", "key": "papers", "label": "材料"},
        {"type": "textfield", "key": "secret", "label": "内部", "visible_to": ["auditor"]},
        {
            "type": "dynamiclist",
            "key": "things",
            "label": "物品",
            "components": [
                {"type": "textfield", "key": "thing", "label": "物品"},
                {"type": "number", "key": "count", "label": "数量"},
            ],
        },
    ],
}
CHECK: dict[str, Any] = {
    "key": "handing-out/check",
    "title": "核对",
    "components": [{"type": "textfield", "key": "place", "label": "地点"}],
}


def bundle(book: dict[str, str] | None = None, **changed: dict[str, str]) -> Bundle:
    """`book` replaces the properties of the service task; others are added to their element."""
    parts = {name: {**own, **changed.get(name, {})} for name, own in PARTS.items()}
    if book is not None:
        parts["book"] = book
    model = MODEL
    for name, own in parts.items():
        model = model.replace(f"{{{name}}}", _written(own))
    return Bundle(model.encode(), {form["key"]: form for form in (APPLY, CHECK)})


def _written(own: dict[str, str]) -> str:
    lines = "".join(
        f'<spiffworkflow:property name="{name}" value="{value.replace(chr(34), "&quot;")}" />'
        for name, value in own.items()
    )
    inner = f"<spiffworkflow:properties>{lines}</spiffworkflow:properties>"
    return f"<bpmn:extensionElements>{inner}</bpmn:extensionElements>"
