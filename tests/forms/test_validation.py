"""One judge: what it accepts, what it refuses, and in which words."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms import (
    CheckInput,
    Context,
    DefinitionError,
    DraftRefused,
    FieldError,
    Form,
    check_draft,
    describe,
    load,
    validate,
    without_readonly,
)

Make = Callable[..., dict[str, Any]]

CAST = [
    ("覃志明", "422899197803151118", "15400000101"),
    ("向晓梅", "42289919850722222X", "15400000102"),
    ("田大勇", "422899199001013337", "15400000103"),
    ("冉启国", "42289919691203555X", "15400000104"),
    ("谭丽华", "422899198806094440", "15400000105"),
    ("吴一鸣", "422899199705201512", "15400000106"),
    ("彭秀英", "422899197102142622", "15400000107"),
    ("姚海洋", "422899198906113733", "15400000108"),
    ("龙金花", "422899199403034843", "15400000109"),
    ("文斌", "42289919831017595X", "15400000110"),
    ("黄䶮", "422899199502287774", "15400000111"),
    ("杨𬱖", "422899199309109992", "15400000112"),
    ("阿卜杜拉·麦麦提", "422899199208011312", "15400000113"),
    ("宋海燕", "371099198704172664", "15400000201"),
    ("于建波", "371099197511083775", "15400000202"),
    ("毕淑芬", "371099198609304884", "15400000203"),
    ("丛培军", "371099198212315999", "15400000204"),
    ("周文静", "371099199108266466", "15400000205"),
    ("鞠晓东", "37109919790505757X", "15400000206"),
]


def codes(errors: tuple[FieldError, ...]) -> dict[str, str]:
    return {error.path: error.code for error in errors}


@pytest.mark.parametrize(("name", "id_number", "phone"), CAST)
def test_every_invented_person_is_accepted(
    apply_form: Form,
    context: Context,
    make_answers: Make,
    make_row: Make,
    name: str,
    id_number: str,
    phone: str,
) -> None:
    """Rare characters, other prefectures' and unallocated area codes are no mistakes."""
    row = make_row(name=name, id_number=id_number, phone=phone)
    result = validate(apply_form, make_answers(people=[row]), context)
    assert result.errors == ()
    assert result.answers["people"] == [row]


def test_read_only_values_come_from_the_context(
    apply_form: Form, context: Context, make_answers: Make
) -> None:
    result = validate(apply_form, make_answers(), context)
    assert result.answers["department"] == "来凤县人社局就业股"
    assert result.answers["applied_on"] == "2026-11-21"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("422899197803151117", "id_check_digit"),
        ("422899199013013330", "id_date"),
        ("422899202611221234", "id_date"),
        ("42289919780315111", "id_length"),
        ("422899780315111", "id_length"),
        ("4.22899E+17", "id_length"),
        ("42289919780315111A", "pattern"),
        ("４２２８９９197803151117", "id_check_digit"),
        ("", "required"),
        (None, "required"),
        (422899197803151118, "wrong_type"),
        (["422899197803151118"], "wrong_type"),
    ],
)
def test_a_bad_id_number_is_refused(
    apply_form: Form, context: Context, make_answers: Make, make_row: Make, typed: Any, code: str
) -> None:
    answers = make_answers(people=[make_row(id_number=typed)])
    result = validate(apply_form, answers, context)
    assert codes(result.errors) == {"people.0.id_number": code}


@pytest.mark.parametrize(
    "typed",
    [
        "42289919850722222x",
        " 422899 19850722 222X ",
        "４２２８９９１９８５０７２２２２２ｘ",
        "'42289919850722222X",
    ],
)
def test_an_id_number_is_brought_into_its_written_form(
    apply_form: Form, context: Context, make_answers: Make, make_row: Make, typed: str
) -> None:
    result = validate(apply_form, make_answers(people=[make_row(id_number=typed)]), context)
    assert result.errors == ()
    assert result.answers["people"][0]["id_number"] == "42289919850722222X"


def test_the_message_says_where_and_how_to_mend(
    apply_form: Form, context: Context, make_answers: Make, make_row: Make
) -> None:
    row = make_row(name="唐小兰", id_number="422899199209172646")
    (error,) = validate(apply_form, make_answers(people=[row]), context).errors
    assert error.message == "第 1 行 唐小兰：身份证号校验不对，请逐位核对证件。"
    assert error.hint == "校验不对，请逐位核对证件"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("+86 154 0000 0109", "15400000109"),
        ("0086-15400000109", "15400000109"),
        ("8615400000109", "15400000109"),
        ("１５４０００００１０９", "15400000109"),
        ("154-0000-0109", "15400000109"),
        ("07188200000", "0718-8200000"),
        ("0718 8200000", "0718-8200000"),
        ("(0718)8200000", "0718-8200000"),
        ("0718－8200000-12", "0718-8200000-12"),
        ("010-62000000", "010-62000000"),
    ],
)
def test_a_phone_is_brought_into_its_written_form(
    apply_form: Form, context: Context, make_answers: Make, typed: str, stored: str
) -> None:
    result = validate(apply_form, make_answers(contact_phone=typed), context)
    assert result.errors == ()
    assert result.answers["contact_phone"] == stored


@pytest.mark.parametrize("typed", ["12400000109", "1540000010", "154000001099", "0718-82", "电话"])
def test_a_wrong_phone_is_refused(
    apply_form: Form, context: Context, make_answers: Make, typed: str
) -> None:
    result = validate(apply_form, make_answers(contact_phone=typed), context)
    assert codes(result.errors) == {"contact_phone": "phone"}


def test_people_give_a_mobile_number(
    apply_form: Form, context: Context, make_answers: Make, make_row: Make
) -> None:
    row = make_row(phone="0718-8200000")
    result = validate(apply_form, make_answers(people=[row]), context)
    assert codes(result.errors) == {"people.0.phone": "phone"}


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("阿卜杜拉•麦麦提", "阿卜杜拉·麦麦提"),
        ("阿卜杜拉・麦麦提", "阿卜杜拉·麦麦提"),
        ("阿卜杜拉.麦麦提", "阿卜杜拉·麦麦提"),
        ("阿卜杜拉 · 麦麦提", "阿卜杜拉·麦麦提"),
        ("张　三", "张三"),
        ("黄䶮\u200b", "黄䶮"),
        ("J. Smith", "J. Smith"),
        ("\ufa11山", "\ufa11山"),
    ],
)
def test_a_name_keeps_its_characters_and_gets_one_dot(
    apply_form: Form, context: Context, make_answers: Make, make_row: Make, typed: str, stored: str
) -> None:
    result = validate(apply_form, make_answers(people=[make_row(name=typed)]), context)
    assert result.answers["people"][0]["name"] == stored
    assert result.errors == ()


@pytest.mark.parametrize("typed", ["张三（女）", "李4", "王_五", "·", "=HYPERLINK", "😀"])
def test_a_name_with_other_signs_is_refused(
    apply_form: Form, context: Context, make_answers: Make, make_row: Make, typed: str
) -> None:
    result = validate(apply_form, make_answers(people=[make_row(name=typed)]), context)
    assert codes(result.errors) == {"people.0.name": "pattern"}


def test_a_name_has_at_most_50_characters(
    apply_form: Form, context: Context, make_answers: Make, make_row: Make
) -> None:
    fits, over = make_row(name="𬱖" * 50), make_row(name="𬱖" * 51)
    result = validate(apply_form, make_answers(people=[fits, over]), context)
    assert codes(result.errors) == {"people.1.name": "too_long"}


def test_long_text_is_refused_with_its_length(
    apply_form: Form, context: Context, make_answers: Make, make_row: Make
) -> None:
    row = make_row(requirement="请" * 5000)
    (error,) = validate(apply_form, make_answers(people=[row]), context).errors
    assert (error.path, error.code) == ("people.0.requirement", "too_long")
    assert "现在 5 000 个字，最多 200 个字" in error.message


def test_rows_are_counted(
    apply_form: Form, context: Context, make_answers: Make, make_row: Make
) -> None:
    full = make_answers(people=[make_row()] * 60)
    assert validate(apply_form, full, context).errors == ()
    over = make_answers(people=[make_row()] * 61)
    assert codes(validate(apply_form, over, context).errors) == {"people": "too_many_rows"}
    none = make_answers() | {"people": []}
    assert codes(validate(apply_form, none, context).errors) == {"people": "too_few_rows"}
    del none["people"]
    assert codes(validate(apply_form, none, context).errors) == {"people": "too_few_rows"}


def test_unknown_and_read_only_fields_are_refused(
    apply_form: Form, context: Context, make_answers: Make, make_row: Make
) -> None:
    """Not ignored silently: whoever sends them believes they count."""
    people = [make_row(salary=1)]
    answers = make_answers(department="别的部门", approved=True, people=people)
    assert codes(validate(apply_form, answers, context).errors) == {
        "department": "read_only",
        "approved": "unknown_field",
        "people.0.salary": "unknown_field",
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"subsystem": ["lgyz"]}, {"subsystem": "wrong_type"}),
        ({"subsystem": "零工驿站子系统"}, {"subsystem": "not_a_choice"}),
        ({"subsystem": None}, {"subsystem": "required"}),
        ({"contact_phone": ["15400000109"]}, {"contact_phone": "wrong_type"}),
        ({"people": "all of them"}, {"people": "wrong_type"}),
        ({"people": {"0": {}}}, {"people": "wrong_type"}),
        ({"people": ["姚海洋"]}, {"people.0": "wrong_type"}),
    ],
)
def test_a_wrong_shape_is_an_error_with_its_path(
    apply_form: Form,
    context: Context,
    make_answers: Make,
    changes: dict[str, Any],
    expected: dict[str, str],
) -> None:
    result = validate(apply_form, make_answers(**changes), context)
    assert codes(result.errors) == expected


@pytest.mark.parametrize("answers", [None, [], "x", 3, True])
def test_answers_that_are_no_object_are_an_error(
    apply_form: Form, context: Context, answers: Any
) -> None:
    assert codes(validate(apply_form, answers, context).errors) == {"": "wrong_type"}


def test_a_row_without_its_post_is_named(
    apply_form: Form, context: Context, make_answers: Make, make_row: Make
) -> None:
    rows = [make_row(), make_row(name="向宏伟", post="")]
    (error,) = validate(apply_form, make_answers(people=rows), context).errors
    assert error.message == "第 2 行 向宏伟：岗位角色名称还没有选，请选一项。"


def test_named_checks_see_clean_answers_only(
    apply_form: Form, context: Context, make_answers: Make, make_row: Make
) -> None:
    seen: list[CheckInput] = []

    def no_example_text(given: CheckInput) -> list[FieldError]:
        seen.append(given)
        return [FieldError(given.path, "example_text", "示例没有删去。")]

    checks = {**context.checks, "access.no_example_text": no_example_text}
    strict = replace(context, checks=checks)
    result = validate(apply_form, make_answers(), strict)
    assert codes(result.errors) == {"people.0.requirement": "example_text"}
    assert [given.path for given in seen] == ["people.0.requirement"]
    validate(apply_form, make_answers(people=[make_row(id_number="1")]), strict)
    assert len(seen) == 1


def test_a_check_that_nobody_registered_is_no_pass(
    apply_form: Form, context: Context, make_answers: Make
) -> None:
    with pytest.raises(DefinitionError, match="没有登记检查"):
        validate(apply_form, make_answers(), replace(context, checks={}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
ROW_KEYS = st.sampled_from(
    ["kind", "name", "id_number", "phone", "post", "requirement", "\ud800", "x" * 500]
)
TOP_KEYS = st.sampled_from(["subsystem", "department", "applied_on", "contact_phone", "people"])
ROWS = st.lists(st.dictionaries(ROW_KEYS, JSON, max_size=6) | JSON, max_size=3)
quick = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@quick
@given(answers=JSON | st.dictionaries(TOP_KEYS | st.text(), JSON | ROWS))
def test_any_json_is_answered_with_errors(apply_form: Form, context: Context, answers: Any) -> None:
    """The judge never raises, and what it says can be sent as UTF-8."""
    result = validate(apply_form, answers, context)
    assert result.errors
    for error in result.errors:
        assert (error.path + error.message).encode()
        assert error.code.isidentifier()
        assert error.message.endswith("。")


@quick
@given(
    name=st.text(st.characters(categories=["L"]), min_size=1, max_size=50),
    requirement=st.text(max_size=200),
)
def test_valid_answers_stay_as_they_are_when_judged_again(
    apply_form: Form,
    context: Context,
    make_answers: Make,
    make_row: Make,
    name: str,
    requirement: str,
) -> None:
    row = make_row(name=name, requirement=requirement)
    first = validate(apply_form, make_answers(people=[row]), context)
    assert first.errors == ()
    again = validate(apply_form, without_readonly(apply_form, first.answers, context), context)
    assert again == first


def test_a_condition_that_fails_hides_nothing(context: Context) -> None:
    component = {"type": "textfield", "key": "x", "conditional": {"hide": "=unknown > 3"}}
    form = load({"key": "t/x", "title": "t", "components": [component]})
    assert validate(form, {"x": "1"}, context).is_valid


def test_a_day_is_asked_for_as_something_to_fill_in(context: Context) -> None:
    """A list has items to choose from; a day has none."""
    required = {"required": True}
    form = load(
        {
            "key": "t/day",
            "title": "t",
            "components": [
                {
                    "type": "datetime",
                    "subtype": "date",
                    "key": "day",
                    "label": "完成日期",
                    "validate": required,
                },
                {
                    "type": "radio",
                    "key": "urgent",
                    "label": "急不急",
                    "values": [{"value": "y"}],
                    "validate": required,
                },
            ],
        }
    )
    messages = [one.message for one in validate(form, {}, context).errors]
    assert messages == ["完成日期还没有填，请补上。", "急不急还没有选，请选一项。"]


def test_hidden_fields_are_not_asked_and_not_taken(context: Context) -> None:
    form = load(
        {
            "key": "t/hide",
            "title": "t",
            "components": [
                {"type": "radio", "key": "urgent", "values": [{"value": "y"}, {"value": "n"}]},
                {
                    "type": "textarea",
                    "key": "reason",
                    "validate": {"required": True},
                    "conditional": {"hide": "urgent != 'y'"},
                },
                {
                    "type": "number",
                    "key": "days",
                    "validate": {"required": True},
                    "conditional": {"hide": "not reason"},
                },
            ],
        }
    )
    assert validate(form, {"urgent": "n"}, context).answers == {"urgent": "n"}
    assert codes(validate(form, {"urgent": "y"}, context).errors) == {"reason": "required"}
    assert codes(validate(form, {"urgent": "n", "reason": "x"}, context).errors) == {
        "reason": "hidden"
    }
    full = {"urgent": "y", "reason": "x", "days": 3}
    assert validate(form, full, context).errors == ()


def test_rights_of_a_field_depend_on_node_and_reader(context: Context) -> None:
    form = load(
        {
            "key": "t/rights",
            "title": "t",
            "components": [
                {"type": "textfield", "key": "plan", "editable_at": ["evaluate"]},
                {"type": "textfield", "key": "secret", "visible_to": ["auditor"]},
            ],
        }
    )
    assert codes(validate(form, {"plan": "x", "secret": "y"}, context).errors) == {
        "plan": "read_only",
        "secret": "unknown_field",
    }
    there = replace(context, node="evaluate", positions=frozenset({"auditor"}))
    assert validate(form, {"plan": "x", "secret": "y"}, there).errors == ()
    kept = replace(context, prefilled={"plan": "old", "secret": "old"})
    assert validate(form, {}, kept).answers == {"plan": "old", "secret": "old"}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (["龙金花", "姚海洋"], {}),
        (["龙金花", "姚海洋", " 龙金花 ", "龙金花"], {"rows.2.name": "1", "rows.3.name": "1"}),
        (["", "", "龙金花"], {}),
        (["龙@", "龙@"], {}),
        ([None, 7, "龙金花", "龙金花"], {"rows.3.name": "3"}),
    ],
)
def test_no_two_rows_say_the_same_where_each_must_differ(
    rows: list[Any], told: dict[str, str], context: Context
) -> None:
    """Compared as they are kept; what is empty or wrong by itself is told as that alone."""
    name = {"type": "textfield", "key": "name", "label": "姓名", "subtype": "person_name"}
    listed = {
        "type": "dynamiclist",
        "key": "rows",
        "components": [{**name, "validate": {"unique": True}}],
    }
    form = load({"key": "t/a", "title": "试验", "components": [listed]})
    given = [{"name": one} if isinstance(one, str) else one for one in rows]
    errors = validate(form, {"rows": given}, context).errors
    assert {e.path: e.message for e in errors if e.code == "twice"} == {
        path: f"第 {int(path[5]) + 1} 行：姓名和第 {row} 行重复，每一行要不同。"
        for path, row in told.items()
    }
    row = describe(form, context)["components"][0]["components"][0]
    assert row["validate"]["unique"] is True


@quick
@given(answers=JSON | st.dictionaries(TOP_KEYS | st.text(), JSON | ROWS))
def test_any_json_as_a_draft_is_kept_or_refused(
    apply_form: Form, context: Context, answers: Any
) -> None:
    try:
        kept = check_draft(apply_form, answers, context)
    except DraftRefused:
        return
    assert check_draft(apply_form, kept, context) == kept
    assert str(kept).encode()
