"""A process of the tests: a form with files, also in rows, and a node that asks for one."""

from typing import Any

from tests.bpmn.models import element, model, properties

KEY = "trial"
FORMS: dict[str, Any] = {
    "trial/apply": {
        "key": "trial/apply",
        "title": "带附件的申请",
        "components": [
            {
                "type": "textfield",
                "key": "subject",
                "label": "事由",
                "validate": {"required": True},
            },
            {
                "type": "filepicker",
                "key": "papers",
                "label": "证明材料",
                "description": "单位开具的证明，扫描成 PDF 或照片。",
                "multiple": True,
                "accept": ".pdf,.png,.jpg,.jpeg",
                "validate": {"required": True, "max": 3},
            },
            {
                "type": "dynamiclist",
                "key": "rows",
                "label": "附表",
                "components": [
                    {"type": "textfield", "key": "title", "label": "名称"},
                    {"type": "filepicker", "key": "file", "label": "文件"},
                ],
            },
        ],
    },
    "trial/look": {
        "key": "trial/look",
        "title": "核对",
        "components": [{"type": "filepicker", "key": "proof", "label": "核对记录"}],
    },
}
_HEAD = properties(
    title="带附件的申请",
    category="试验",
    start_positions="clerk",
    title_pattern="带附件的申请（{subject}）",
)
MODEL = model(
    _HEAD
    + element("startEvent", "apply", properties(form="trial/apply"), 'name="填写申请"')
    + element(
        "userTask",
        "look",
        properties(
            assign="position:dept_head@requester.unit",
            form="trial/look",
            outcomes="approve=同意;reject=不予办理",
            actions="return",
        ),
        'name="部门核对"',
    )
    + element("endEvent", "done", attributes='name="办结"'),
    "apply->look\nlook->done",
    attributes='isExecutable="true"',
)
