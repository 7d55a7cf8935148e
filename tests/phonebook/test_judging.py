"""What may stand in the address book, whoever writes it."""

from datetime import date

import pytest

from app.messaging.audience.types import Areas
from app.messaging.types import Operator
from app.phonebook.judging import judge
from app.phonebook.types import Kind, Source, Verification

TODAY = date(2027, 1, 18)
KNOWN = {"荣成市": "371082", "荣成": "371082", "文登区": "371003", "371082": "371082"}
COUNTY = Areas(KNOWN, frozenset({"371082"}))
CITY = Areas(KNOWN, frozenset({"371082", "371003"}))
GIVEN = {
    "kind": "个人",
    "name": "毕淑芬",
    "phone": "154 0010 0001",
    "source": "定点医药机构",
    "collected_on": "2027/1/5",
}


def test_a_row_is_read_by_labels_or_by_codes() -> None:
    draft = judge(GIVEN, COUNTY, TODAY).draft
    assert draft is not None
    assert (draft.kind, draft.phone, draft.area) == (Kind.PERSON, "15400100001", "371082")
    assert (draft.source, draft.collected_on) == (Source.MEDICAL, date(2027, 1, 5))
    assert (draft.operator, draft.verification) == (None, Verification.NONE)
    coded = {
        **GIVEN,
        "kind": "employer",
        "source": "medical",
        "operator": "unicom",
        "verification": "in_person",
        "verified_on": "2027-01-06",
        "group_name": " 重点 企业 ",
    }
    other = judge(coded, COUNTY, TODAY).draft
    assert other is not None
    assert (other.operator, other.verified_on) == (Operator.UNICOM, date(2027, 1, 6))
    assert other.group_name == "重点 企业"


def test_the_operator_is_never_taken_from_the_number() -> None:
    """People keep their number when they change the operator."""
    for word in ("", "不详", "unknown"):
        found = judge({**GIVEN, "phone": "13800138000", "operator": word}, COUNTY, TODAY)
        assert found.draft is not None
        assert found.draft.operator is None


@pytest.mark.parametrize(
    ("changed", "path", "code"),
    [
        ({"kind": ""}, "kind", "required"),
        ({"kind": "参保"}, "kind", "choice"),
        ({"name": " "}, "name", "required"),
        ({"name": "名" * 101}, "name", "too_long"),
        ({"phone": ""}, "phone", "required"),
        ({"phone": "0631-5200000"}, "phone", "phone"),
        ({"operator": "铁通"}, "operator", "choice"),
        ({"area": "文登区"}, "area", "foreign"),
        ({"area": "青岛市"}, "area", "unknown_area"),
        ({"source": ""}, "source", "required"),
        ({"collected_on": ""}, "collected_on", "required"),
        ({"collected_on": "去年"}, "collected_on", "date"),
        ({"collected_on": "99999999999999999999-1-1"}, "collected_on", "date"),
        ({"collected_on": "2027-1"}, "collected_on", "date"),
        ({"collected_on": "2027-02-30"}, "collected_on", "date"),
        ({"collected_on": "2027-01-19"}, "collected_on", "date"),
        ({"verification": "当面核实"}, "verified_on", "required"),
        ({"verified_on": "2027-01-06"}, "verification", "required"),
        ({"group_name": "组" * 41}, "group_name", "too_long"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(changed: dict[str, str], path: str, code: str) -> None:
    found = judge(GIVEN | changed, COUNTY, TODAY)
    assert [(one.path, one.code) for one in found.faults] == [(path, code)]


def test_who_has_several_areas_says_which() -> None:
    assert [one.path for one in judge(GIVEN, CITY, TODAY).faults] == ["area"]
    draft = judge({**GIVEN, "area": "荣成"}, CITY, TODAY).draft
    assert draft is not None
    assert draft.area == "371082"
