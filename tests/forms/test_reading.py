"""Values of each type, their masks and their labels."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from forms import Choice, Context, Form, describe, label_of, labelled, load, mask, validate
from forms.definition import Component

PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADU"
    "lEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
VALUES = [{"value": "a", "label": "甲"}, {"value": "b", "label": "乙"}]


def one(**properties: Any) -> Form:
    return load(
        {"key": "t/x", "title": "t", "components": [{"key": "x", "label": "栏目", **properties}]}
    )


@pytest.mark.parametrize(
    ("properties", "value", "code"),
    [
        ({"type": "number"}, 3, None),
        ({"type": "number"}, "3", "number"),
        ({"type": "number"}, True, "wrong_type"),
        ({"type": "number"}, float("nan"), "number"),
        ({"type": "number"}, 10**400, "number"),
        ({"type": "number", "validate": {"min": 1}}, 0, "too_small"),
        ({"type": "number", "validate": {"max": 5}}, 6, "too_large"),
        ({"type": "number", "validate": {"required": True}}, 0, None),
        ({"type": "datetime", "subtype": "date"}, "2026-11-21", None),
        ({"type": "datetime", "subtype": "date"}, "2026-02-30", "date"),
        ({"type": "datetime", "subtype": "date"}, "20261121", "date"),
        ({"type": "datetime", "subtype": "date"}, "2026-W47-6", "date"),
        ({"type": "datetime", "subtype": "date", "validate": {"min": "today"}}, "2026-11-20",
         "too_early"),
        ({"type": "datetime", "subtype": "date", "validate": {"max": "2026-11-30"}}, "2026-12-01",
         "too_late"),
        ({"type": "datetime"}, "2026-11-21T10:24:00+08:00", None),
        ({"type": "datetime"}, "2026-11-21T10:24:00Z", None),
        ({"type": "datetime"}, "2026-11-21T10:24:00", "date"),
        ({"type": "datetime"}, 20261121, "wrong_type"),
        ({"type": "datetime", "subtype": "time"}, "23:59", None),
        ({"type": "datetime", "subtype": "time"}, "24:00", "date"),
        ({"type": "checkbox"}, "true", "wrong_type"),
        ({"type": "checkbox", "validate": {"required": True}}, False, "required"),
        ({"type": "checklist", "values": VALUES}, ["a", "b"], None),
        ({"type": "checklist", "values": VALUES}, ["a", "a"], "duplicate"),
        ({"type": "checklist", "values": VALUES}, "a", "wrong_type"),
        ({"type": "taglist", "values": VALUES, "validate": {"max": 1}}, ["a", "b"],
         "too_many_items"),
        ({"type": "taglist", "values": VALUES, "validate": {"min": 2}}, ["a"], "too_few_items"),
        ({"type": "filepicker", "multiple": True}, [1, "f-2"], None),
        ({"type": "filepicker"}, [1, 2], "too_many_items"),
        ({"type": "filepicker", "validate": {"required": True}}, [], "required"),
        ({"type": "person"}, "yaohaiyang", None),
        ({"type": "unit"}, "nowhere", "not_a_choice"),
        ({"type": "opinion"}, "同意。", None),
        ({"type": "signature"}, {"kind": "stored"}, None),
        ({"type": "signature"}, {"kind": "drawn", "image": PNG}, None),
        ({"type": "signature"}, {"kind": "drawn", "image": "data:image/png;base64," + PNG}, None),
        ({"type": "signature"}, {"kind": "drawn", "image": "PHN2Zz4="}, "pattern"),
        ({"type": "signature"}, {"kind": "drawn", "image": "A" * 400_000}, "too_long"),
        ({"type": "signature"}, {"kind": "drawn"}, "wrong_type"),
        ({"type": "signature"}, "stored", "wrong_type"),
        ({"type": "signature"}, {"kind": "drawn", "image": "?"}, "pattern"),
        ({"type": "phone"}, 15400000101, "wrong_type"),
        ({"type": "person"}, 7, "wrong_type"),
        ({"type": "filepicker"}, "12", "wrong_type"),
        ({"type": "datetime"}, "2026-13-01T00:00:00Z", "date"),
        ({"type": "datetime"}, " ", None),
        ({"type": "signature", "validate": {"required": True}}, None, "required"),
        ({"type": "textfield", "validate": {"pattern": "[A-Z]{2}[0-9]+"}}, "AB12", None),
        ({"type": "textfield", "validate": {"pattern": "[A-Z]{2}[0-9]+"}}, "AB12x", "pattern"),
        ({"type": "textfield", "validate": {"minLength": 3}}, "ab", "too_short"),
    ],
)  # fmt: skip
def test_a_value_is_judged_by_its_type(
    context: Context, properties: dict[str, Any], value: Any, code: str | None
) -> None:
    units = {"422826": Choice("422826", "咸丰县")}
    result = validate(one(**properties), {"x": value}, replace(context, find_unit=units.get))
    assert [error.code for error in result.errors] == ([code] if code else [])
    assert all(error.message.startswith("栏目") for error in result.errors)


@pytest.mark.parametrize(
    ("properties", "value", "code"),
    [
        ({"type": "checklist", "values": VALUES}, ["a", "c"], "not_a_choice"),
        ({"type": "taglist", "values": VALUES}, [1], "wrong_type"),
        ({"type": "filepicker", "multiple": True}, ["../etc"], "wrong_type"),
        ({"type": "filepicker", "multiple": True}, ["9"], "not_a_choice"),
    ],
)
def test_the_path_leads_to_the_item(
    context: Context, properties: dict[str, Any], value: list[Any], code: str
) -> None:
    (error,) = validate(
        one(**properties), {"x": value}, replace(context, find_file=lambda _key: None)
    ).errors
    assert (error.path, error.code) == (f"x.{len(value) - 1}", code)


def test_invisible_characters_go_and_lines_stay(context: Context) -> None:
    """A direction override would let a text read otherwise than it is stored."""
    result = validate(one(type="textarea"), {"x": " 一\r\n\u202e二\x00\ud800\u2028三 "}, context)
    assert result.answers == {"x": "一\n二\n三"}
    result = validate(one(type="textfield"), {"x": "一\t\n 二"}, context)
    assert result.answers == {"x": "一 二"}


def test_only_the_ends_of_numbers_are_shown(apply_form: Form) -> None:
    answers = {
        "contact_phone": "15400000109",
        "people": [{"name": "姚海洋", "id_number": "42289919850722222X", "phone": "15400000111"}],
        "dropped": "422899198507222228",
    }
    assert mask(apply_form, answers) == {
        "contact_phone": "154****0109",
        "people": [{"name": "姚海洋", "id_number": "422899********222X", "phone": "154****0111"}],
    }


@pytest.mark.parametrize("value", ["4228991985072222", "x" * 500, 422899198507222228, ["a"]])
def test_an_unfinished_number_hides_wholly(apply_form: Form, value: Any) -> None:
    masked = mask(apply_form, {"people": [{"id_number": value}]})
    assert set(masked["people"][0]["id_number"]) == {"*"}
    assert len(masked["people"][0]["id_number"]) <= 8


def test_paper_shows_labels_and_row_numbers(apply_form: Form, context: Context) -> None:
    answers = {
        "subsystem": "lgyz",
        "applied_on": "2026-10-09",
        "people": [{"kind": "add", "name": "黄䶮", "post": "gone"}],
    }
    assert labelled(apply_form, answers, context) == {
        "subsystem": "零工驿站子系统",
        "department": "",
        "applied_on": "2026年10月9日",
        "contact_name": "",
        "contact_phone": "",
        "people": [
            {
                "no": 1,
                "kind": "新增",
                "name": "黄䶮",
                "id_number": "",
                "phone": "",
                "post": "gone",
                "requirement": "",
            }
        ],
    }


@pytest.mark.parametrize(
    ("component", "value", "label"),
    [
        (Component("checkbox", "x"), True, "是"),
        (Component("checkbox", "x"), False, "否"),
        (Component("checklist", "x", values=(Choice("a", "甲"),)), ["a", "z"], "甲、z"),
        (Component("datetime", "x"), "2026-11-21T02:24:00+00:00", "2026年11月21日 10:24"),
        (Component("datetime", "x"), "soon", "soon"),
        (Component("person", "x"), "yaohaiyang", "姚海洋"),
        (Component("unit", "x"), "422826", "422826"),
        (Component("number", "x"), 3, 3),
        (Component("number", "x"), 2.5, "2.5"),
        (Component("number", "x"), 3.0, "3"),
        (Component("number", "x"), 1e-7, "0.0000001"),
    ],
)
def test_a_value_reads_as_people_say_it(
    context: Context, component: Component, value: Any, label: Any
) -> None:
    staff = {"yaohaiyang": Choice("yaohaiyang", "姚海洋")}
    assert label_of(component, value, replace(context, find_person=staff.get)) == label


def test_a_newborn_day_is_in_time(context: Context) -> None:
    """Born today is real, born tomorrow is not."""
    number = "422899202611210019"
    form = one(type="id_number", purpose="t")
    tomorrow = replace(context, today=date(2026, 11, 20))
    assert [e.code for e in validate(form, {"x": number}, tomorrow).errors] == ["id_date"]
    assert "id_date" not in [e.code for e in validate(form, {"x": number}, context).errors]
    assert describe(form, context)["components"][0]["sensitive"] is True
