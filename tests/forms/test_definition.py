"""Definitions: what is shipped holds, what is wrong is refused in words for its author."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms import Context, DefinitionError, Form, describe, load, validate

DEFINITIONS = Path(__file__).parents[2] / "forms" / "definitions"
Make = Callable[..., dict[str, Any]]
KEYS = sorted(
    path.relative_to(DEFINITIONS).with_suffix("").as_posix() for path in DEFINITIONS.rglob("*.json")
)


def form_of(*components: dict[str, Any]) -> dict[str, Any]:
    return {"key": "t/x", "title": "t", "components": list(components)}


@pytest.mark.parametrize("key", KEYS)
def test_a_shipped_definition_loads_and_is_described(key: str, context: Context) -> None:
    form = load(json.loads((DEFINITIONS / f"{key}.json").read_text(encoding="utf-8")))
    assert form.key == key
    assert describe(form, context)["components"]


@pytest.mark.parametrize("key", KEYS)
def test_telephones_are_masked_on_screens(key: str) -> None:
    """Also that of who asks: whoever only reads the ticket needs no number."""
    form = load(json.loads((DEFINITIONS / f"{key}.json").read_text()))
    fields = [one for leaf in form.leaves for one in (leaf, *leaf.leaves)]
    assert [one.key for one in fields if one.type == "phone" and not one.sensitive] == []


def test_the_labels_are_those_of_the_paper_form(apply_form: Form) -> None:
    labels = [leaf.label for leaf in apply_form.leaves]
    assert labels == ["子系统名称", "申请部门", "申请日期", "联系人姓名", "联系人电话", "申请内容"]
    columns = [leaf.label for leaf in apply_form.leaves[-1].in_print_order]
    assert columns == ["申请类别", "姓名", "身份证号", "联系方式", "岗位角色名称", "具体要求"]


def test_a_form_names_the_checks_and_values_it_needs(apply_form: Form) -> None:
    assert apply_form.values_keys == {"subsystems", "posts"}
    assert "access.no_example_text" in apply_form.check_names
    assert apply_form.prepare == ("access.row_kinds",)


def test_the_description_alone_suffices_for_valid_answers(
    apply_form: Form, context: Context
) -> None:
    described = describe(apply_form, context)
    by_key = {c["key"]: c for c in described["components"]}
    assert [key for key, c in by_key.items() if c.get("readonly")] == [
        "department",
        "applied_on",
        "contact_name",
    ]
    assert by_key["subsystem"]["values"][0] == {"value": "lgyz", "label": "零工驿站子系统"}
    assert "valuesKey" not in by_key["subsystem"]
    assert by_key["department"]["defaultValue"] == "来凤县人社局就业股"
    assert "defaultValue" not in by_key["contact_phone"]
    people = by_key["people"]
    assert people["validate"] == {"required": True, "min": 1, "max": 60}
    inner = {c["key"]: c for c in people["components"]}
    assert inner["name"]["validate"] == {"required": True, "maxLength": 50}
    assert inner["phone"]["validate"]["pattern"] == "^1[3-9][0-9]{9}$"
    row = {"name": "黄䶮", "id_number": "422899199502287774", "phone": "15400000111"}
    row |= {key: inner[key]["values"][0]["value"] for key in ("kind", "post")}
    answers = {
        "subsystem": by_key["subsystem"]["values"][0]["value"],
        "contact_phone": "0718-8200000",
        "people": [row],
    }
    assert validate(apply_form, answers, context).errors == ()


def test_what_a_reader_may_not_see_is_not_described(context: Context) -> None:
    form = load(form_of({"type": "textfield", "key": "secret", "visible_to": ["auditor"]}))
    assert describe(form, context)["components"] == []


def test_a_closed_list_is_described_as_read_only_to_its_cells(context: Context) -> None:
    inner = {"type": "textfield", "key": "a"}
    form = load(
        form_of({"type": "dynamiclist", "key": "l", "components": [inner], "readonly": True})
    )
    (listed,) = describe(form, context)["components"]
    assert listed["readonly"] is True
    assert listed["components"][0]["readonly"] is True
    assert "allowAddRemove" not in listed


TEXT = {"type": "textfield", "key": "a"}
LIST = {"type": "dynamiclist", "key": "l", "components": [TEXT]}


@pytest.mark.parametrize(
    ("component", "says"),
    [
        ({"type": "iframe", "key": "a"}, "不认识的类型"),
        ({"type": "textfield", "key": "A b"}, "小写字母"),
        ({"type": "textfield", "key": "data"}, "保留字"),
        (TEXT | {"labell": "x"}, "不认识的属性"),
        (TEXT | {"validate": {"mandatory": True}}, "不认识的属性"),
        (TEXT | {"validate": {"maxLength": "9"}}, "整数"),
        (TEXT | {"validate": {"check": "nope"}}, "check"),
        (TEXT | {"validate": {"pattern": "(a+)+$"}}, "重复"),
        (TEXT | {"validate": {"pattern": r"(a)\1"}}, "引用"),
        (TEXT | {"validate": {"pattern": "a*b*c*d*"}}, "太多"),
        (TEXT | {"validate": {"pattern": "(?i)a"}}, "内嵌"),
        (TEXT | {"validate": {"pattern": "["}}, "正则"),
        (TEXT | {"validate": {"pattern": "a", "maxLength": 9000}}, "maxLength"),
        (TEXT | {"conditional": {"hide": "__import__('os')"}}, "conditional.hide"),
        (TEXT | {"values": [{"value": "x"}]}, "没有选项"),
        (TEXT | {"sensitive": True}, "purpose"),
        (TEXT | {"path": "a"}, "path"),
        (TEXT | {"components": [TEXT]}, "不能再放组件"),
        (TEXT | {"columns": ["a"]}, "columns"),
        (TEXT | {"subtype": "secret"}, "subtype"),
        (TEXT | {"defaultValue": [1]}, "defaultValue"),
        (TEXT | {"readonly": "yes"}, "true"),
        ({"type": "id_number", "key": "a"}, "purpose"),
        ({"type": "select", "key": "a"}, "valuesKey"),
        ({"type": "select", "key": "a", "values": [{"value": "x"}] * 2}, "重复的值"),
        ({"type": "number", "key": "a", "validate": {"min": 3, "max": 2}}, "min"),
        ({"type": "number", "key": "a", "validate": {"min": "3"}}, "数字"),
        ({"type": "datetime", "key": "a", "validate": {"min": "2026-02-30"}}, "日期"),
        ({"type": "html", "content": "<p onclick='x'>"}, "html"),
        (LIST | {"components": []}, "要有组件"),
        (LIST | {"components": [LIST]}, "不能再放"),
        (LIST | {"columns": ["b"]}, "每一列"),
        (LIST | {"validate": {"max": 501}}, "500"),
        (LIST | {"components": [TEXT, TEXT]}, "两次"),
        (TEXT | {"validate": {"unique": True}}, "只写在 dynamiclist"),
        (
            LIST | {"components": [{"type": "checkbox", "key": "c", "validate": {"unique": True}}]},
            "checkbox 不能写 unique",
        ),
        ("x", "对象"),
    ],
)
def test_a_wrong_component_is_refused(component: Any, says: str) -> None:
    with pytest.raises(DefinitionError, match=says):
        load(form_of(component))


def test_a_key_stands_once() -> None:
    group = {"type": "group", "components": [TEXT]}
    with pytest.raises(DefinitionError, match="两次"):
        load(form_of(TEXT, group))


def test_groups_hand_down_rights_and_conditions() -> None:
    group = {
        "type": "group",
        "readonly": True,
        "conditional": {"hide": "x"},
        "components": [TEXT],
    }
    (leaf,) = load(form_of(group)).leaves
    assert leaf.readonly
    assert leaf.hide_texts == ("x",)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def broken(draw: st.DrawFn, whole: dict[str, Any]) -> Any:
    """A good definition with one value replaced by anything."""
    made = copy.deepcopy(whole)
    spot: Any = made
    while True:
        key = draw(st.sampled_from(sorted(spot) if isinstance(spot, dict) else range(len(spot))))
        if not isinstance(spot[key], dict | list) or not spot[key] or draw(st.booleans()):
            spot[key] = draw(JSON)
            return made
        spot = spot[key]


WHOLE = form_of(
    TEXT | {"validate": {"pattern": "a+", "maxLength": 5}, "layout": {"row": "r", "columns": 8}},
    {"type": "select", "key": "s", "values": [{"value": "x", "label": "y"}]},
    LIST | {"columns": ["a"], "visible_to": ["clerk"], "conditional": {"hide": "a"}},
    {"type": "datetime", "key": "d", "validate": {"min": "today", "max": "2026-12-31"}},
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=broken(WHOLE) | JSON)
def test_any_definition_loads_or_is_refused_in_words(data: Any) -> None:
    try:
        assert load(data).title
    except DefinitionError as error:
        refused = error
        assert refused.message
