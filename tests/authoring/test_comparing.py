"""What changed between two versions: each kind of change has its line, in words."""

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from app.authoring.comparing import Change, Way, changes
from app.processes import engine
from app.processes.models import ProcessVersion
from app.processes.service import publishing
from tests.books.process import APPLY, bundle
from tests.support.office import NOW, Office


def deployed(session: Session, made: publishing.Bundle) -> tuple[ProcessVersion, engine.Loaded]:
    version = publishing.deploy(session, now=NOW, bundle=made)
    return version, engine.load(session, version.id)


def compared(office: Office, changed: publishing.Bundle) -> list[Change]:
    old = deployed(office.session, bundle())
    return changes(*old, *deployed(office.session, changed))


def told(found: list[Change]) -> dict[str, tuple[str, ...]]:
    return {f"{one.label} {one.what}": one.details for one in found}


def test_properties_of_nodes_and_of_the_process(office: Office) -> None:
    found = compared(
        office, bundle(process={"title": "物品发放"}, check={"outcomes": "approve=可以"})
    )
    assert told(found) == {
        "改动 流程本身": ("名称：物品领用 → 物品发放",),
        "改动 环节“核对”": ("办理结果：approve=同意 → approve=可以",),
    }
    assert [one.element for one in found] == ["", "check"]


def test_nodes_and_flows_come_and_go(office: Office) -> None:
    made = bundle()
    model = made.model.replace(
        b'<bpmn:endEvent id="done" />',
        b'<bpmn:endEvent id="done" /><bpmn:scriptTask id="note" name="\xe8\xae\xb0\xe4\xb8\x8b">'
        b"<bpmn:script>noted = 1</bpmn:script></bpmn:scriptTask>"
        b'<bpmn:sequenceFlow id="f9" sourceRef="note" targetRef="confirm" />',
    ).replace(
        b'id="f3" sourceRef="book" targetRef="confirm"',
        b'id="f3" sourceRef="book" targetRef="note"',
    )
    there = told(compared(office, replace(made, model=model)))
    assert there == {
        "新增 计算“记下”": (),
        "新增 连线：“登记” → “记下”": (),
        "新增 连线：“记下” → “确认”": (),
        "去掉 连线：“登记” → “确认”": (),
    }


def test_a_condition_that_changed(office: Office) -> None:
    made = bundle()
    model = made.model.replace(b'confirm_outcome == "approve"', b'confirm_outcome != "reject"')
    (only,) = compared(office, replace(made, model=model))
    assert only.way is Way.CHANGED
    assert only.details == ('条件：confirm_outcome == "approve" → confirm_outcome != "reject"',)


def test_forms_field_by_field(office: Office) -> None:
    parts: list[Any] = [dict(one) for one in APPLY["components"]]
    parts[0]["label"] = "事由"
    parts[3] = {"type": "textfield", "key": "place", "label": "地点"}
    made = bundle()
    changed = {**APPLY, "components": parts}
    found = compared(office, replace(made, forms={**made.forms, APPLY["key"]: changed}))
    assert told(found) == {
        "改动 表单 handing-out/apply": (
            "栏目“说明”改了，现在叫“事由”",
            "新增栏目“地点”",
            "去掉栏目“内部”",
        )
    }
