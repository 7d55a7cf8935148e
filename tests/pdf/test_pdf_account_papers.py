"""The papers of accounts and permissions: which boxes they have, and how they take long words."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from pdf.client import PdfClient
from pdf.types import Mode
from tests.pdf.support import LONG, ROOT, box
from tests.pdf.test_pdf_documents import pages_of

EMPTY = {"opinion": "", "name": "", "signature": "", "date": "", "seal": False}

Print = Callable[..., list[str]]


@pytest.fixture
def printed(client: PdfClient) -> Print:
    """The text of each page of a paper filled with answers, boxes and results."""

    def make(
        name: str,
        answers: Mapping[str, Any],
        boxes: Mapping[str, Any],
        results: Mapping[str, Any] | None = None,
        mode: Mode = "final",
    ) -> list[str]:
        template = (ROOT / f"pdf/documents/{name}.html").read_text(encoding="utf-8")
        data = {
            "title": "恩施州劳动力资源信息平台账户停用通知单",
            "number": "QX-2026-00001",
            "submission": 1,
            "check_code": "8F3A-91C2",
            "verify_url": "",
            "demo": True,
            "seal_text": "样章",
            "answers": answers,
            "results": results or {},
            "boxes": boxes,
        }
        return pages_of(client.render(template, data, mode=mode))

    return make


@pytest.mark.parametrize("mode", ["wet", "draft"])
@pytest.mark.parametrize(
    ("measure", "signing"),
    [("停用", ("提出人签字：", "分管领导签字/盖章：")), ("解除停用", ("分管领导签字/盖章：",))],
)
def test_freeze_has_the_boxes_of_what_is_asked_and_no_other(
    printed: Print, measure: str, signing: tuple[str, ...], mode: Mode
) -> None:
    boxes = dict.fromkeys(("file_form", "leader_confirmation", "leader_release"), EMPTY)
    (page,) = printed("emergency-freeze", {"measure": measure}, boxes, mode=mode)
    assert page.count("签字") == len(signing)
    assert all(label in page for label in signing)


def test_change_of_a_name_is_not_called_one_of_the_phone(printed: Print) -> None:
    people = [
        {"no": 1, "name": "向小兰", "id_number": "", "new_name": "向兰", "phone": ""},
        {"no": 2, "name": "向小兰", "id_number": "", "new_name": "", "phone": "15400000002"},
        {"no": 3, "name": "向小兰", "id_number": "", "new_name": "向兰", "phone": "15400000003"},
    ]
    (page,) = printed("contact-change", {"people": people}, {"account_execution": EMPTY})
    for words in ("修改姓名信息", "修改联系方式信息", "修改姓名和联系方式信息"):
        assert page.count(words) == 1
    assert page.count("不变") == 3  # a phone, a name, and once in the notes


def test_settled_dispute_of_a_handover_is_on_its_paper(printed: Print) -> None:
    names = ("leave", "accept", "settle", "confirm", "witness")
    boxes = dict.fromkeys(names, EMPTY) | {
        "settle": EMPTY | {"opinion": "补齐三份"},
        "confirm": box("已补齐", 4),
    }
    (page,) = printed("admin-handover", {"items": []}, boxes)
    assert "异议的处理补齐三份" in page
    assert page.count("接收人签字：") == 2
    (page,) = printed("admin-handover", {"items": []}, dict.fromkeys(names, EMPTY))
    assert "异议的处理" not in page
    assert page.count("接收人签字：") == 1
    (page,) = printed("admin-handover", {"items": []}, {}, mode="wet")
    assert page.count("接收人签字：") == 2


def test_long_story_begins_under_its_question(printed: Print) -> None:
    boxes = {"leader_handling": box("同意。", 1), "prefecture_handling": EMPTY}
    first, *others = printed("problem-report", {"facts": LONG * 11 + "完"}, boxes)
    assert "事实经过" + LONG in first
    assert len(others) == 1
    (page,) = printed("problem-report", {"facts": "短"}, {}, mode="wet")
    assert "局分管领导签字：" in page


def test_review_without_findings_says_so(printed: Print) -> None:
    review = {"period": "2026年10月", "findings": []}
    boxes = {"review": box("没有异常。", 1)}
    (page,) = printed("permission-log-review", {}, boxes, {"review": review})
    assert "没有列出可疑情况" in page
    (page,) = printed("permission-log-review", {"month": "2026-10"}, {}, mode="wet")
    assert "没有列出可疑情况" not in page
    assert "2026-10" in page


def test_department_that_kept_silent_has_no_box_to_sign(printed: Print) -> None:
    names = ("answer", "leader_confirmation", "permission_execution", "account_execution")
    boxes = dict.fromkeys(names, EMPTY) | {"leader_confirmation": box("不同意清理。", 1)}
    rows = [
        {"no": 1, "name": "向小兰", "id_number": "4228**********0001", "login_on": "2026-03-12"}
    ]
    results = {"leader_confirmation": {"rows": rows}}
    (page,) = printed("dormant-review", {"as_of": "2026-11-02"}, boxes, results)
    assert "到期没有答复" in page
    assert "部门负责人签字" not in page
    assert "办理结果" not in page
    for whole in ("4228**********0001", "2026-03-12", "2026年11月2日"):
        assert whole in page
    (page,) = printed("dormant-review", {}, {}, mode="wet")
    assert "部门负责人签字：" in page
