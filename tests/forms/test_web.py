"""The browser's side: what is bound, sent, changed by buttons and said beside the fields."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from forms import Context, FieldError, Form, load, validate
from forms.web import build

Make = Callable[..., dict[str, Any]]
LINE = "新增\t姚海洋\t422899198906113733\t15400000108\t信息维护岗\t新增用户"


def sent(answers: dict[str, Any], **more: str) -> MultiDict[str, str]:
    """What a browser posts when a person types these answers."""
    data: MultiDict[str, str] = MultiDict()
    for key, value in answers.items():
        for n, row in enumerate(value if isinstance(value, list) else ()):
            for inner, text in row.items():
                data.add(f"{key}-{n}-{inner}", text)
        if isinstance(value, str):
            data.add(key, value)
    for key, value in more.items():
        data.add(key.replace("paste_", "paste-"), value)
    return data


def test_a_new_form_shows_one_blank_row_and_what_the_system_fills_in(
    apply_form: Form, context: Context
) -> None:
    page = build(apply_form, context)
    assert page["department"].readonly
    assert page["department"].shown == "来凤县人社局就业股"
    assert page["applied_on"].shown == "2026年11月21日"
    (row,) = page["people"].rows
    assert row["id_number"].name == "people-0-id_number"
    assert row["id_number"].spoken_label == "第 1 行身份证号"
    assert [cell.label for cell in row.fields] == [
        "申请类别", "姓名", "身份证号", "联系方式", "岗位角色名称", "具体要求", "子系统"
    ]  # fmt: skip


def test_what_is_typed_reaches_the_judge_in_the_shape_of_json(
    apply_form: Form, context: Context, make_answers: Make, make_row: Make
) -> None:
    answers = make_answers(people=[make_row(), make_row(name="杨𬱖")])
    page = build(apply_form, context, formdata=sent(answers))
    assert page.answers() == answers
    assert not page.changed
    assert validate(apply_form, page.answers(), context).errors == ()


PASTED = "422899198906113733\t15400000199"


def test_a_block_goes_over_the_cells_from_where_it_is_put(
    apply_form: Form, context: Context, make_answers: Make, make_row: Make
) -> None:
    rows = [make_row(name="唐小兰"), make_row(name="向宏伟")]
    data = sent(make_answers(people=rows), paste_people=f"{PASTED}\n{PASTED}")
    data["paste-at"] = "people-1-id_number"
    page = build(apply_form, context, formdata=data)
    people = page.answers()["people"]
    assert page.changed
    assert people[0] == rows[0]
    assert people[1] == rows[1] | {"id_number": "422899198906113733", "phone": "15400000199"}
    assert people[2]["phone"] == "15400000199"
    assert (page["people"].rows[2].number, len(people)) == (3, 3)


def test_errors_of_a_block_stand_where_it_was_put(
    apply_form: Form, context: Context, make_answers: Make, make_row: Make
) -> None:
    data = sent(make_answers(people=[make_row(), make_row()]), paste_people="110\t没有的岗")
    data["paste-at"] = "people-1-phone"
    page = build(apply_form, context, formdata=data)
    wrong = page["people"].rows[1]
    assert wrong["phone"].errors
    assert wrong["post"].errors == ["“没有的岗”不在选项里，请重新选"]
    assert not any(cell.errors for cell in page["people"].rows[0].fields)


@pytest.mark.parametrize("place", ["people-7-phone", "others-0-phone", "people-0", "x" * 300, ""])
def test_a_block_for_a_cell_that_is_not_there_goes_to_the_end(
    apply_form: Form, context: Context, make_answers: Make, make_row: Make, place: str
) -> None:
    data = sent(make_answers(people=[make_row()]), paste_people=LINE)
    data["paste-at"] = place
    page = build(apply_form, context, formdata=data)
    assert [row["name"] for row in page.answers()["people"]][1:] == ["姚海洋"]


def test_a_block_is_cut_where_the_table_ends(
    apply_form: Form, context: Context, make_answers: Make, make_row: Make
) -> None:
    data = sent(make_answers(people=[make_row()] * 59), paste_people="\n".join([LINE] * 5))
    data["paste-at"] = "people-58-kind"
    page = build(apply_form, context, formdata=data)
    assert len(page.answers()["people"]) == 60
    assert [error.code for error in page.errors] == ["too_many_rows"]


def test_stored_answers_come_back_into_the_controls(
    apply_form: Form, context: Context, make_answers: Make
) -> None:
    page = build(apply_form, context, make_answers())
    html = str(page["people"].rows[0]["kind"].render())
    assert '<option selected value="add">新增</option>' in html
    assert 'value="15400000109"' in str(page["contact_phone"].render(class_="input"))


def test_nothing_is_preselected(apply_form: Form, context: Context) -> None:
    html = str(build(apply_form, context)["subsystem"].render())
    assert '<option value="">请选择</option>' in html
    assert "selected" not in html


def test_errors_stand_beside_their_fields(
    apply_form: Form, context: Context, make_answers: Make, make_row: Make
) -> None:
    rows = [make_row(), make_row(name="唐小兰", id_number="422899199209172646")]
    page = build(apply_form, context, formdata=sent(make_answers(people=rows)))
    page.attach(validate(apply_form, page.answers(), context).errors)
    cell = page["people"].rows[1]["id_number"]
    assert cell.errors == ["校验不对，请逐位核对证件"]
    html = str(cell.render(class_="input"))
    assert 'aria-describedby="people-1-id_number-error"' in html
    assert 'class="input is-wrong"' in html
    assert page.summary == [
        ("people-1-id_number", "第 2 行 唐小兰：身份证号校验不对，请逐位核对证件。")
    ]


def test_a_row_is_added_and_nothing_typed_is_lost(
    apply_form: Form, context: Context, make_answers: Make
) -> None:
    page = build(apply_form, context, formdata=sent(make_answers(), add_row="people"))
    assert page.changed
    assert len(page["people"].rows) == 2
    assert page["people"].rows[0]["name"].control.data == "姚海洋"
    assert page.answers() == make_answers()


def test_the_named_row_is_removed(
    apply_form: Form, context: Context, make_answers: Make, make_row: Make
) -> None:
    rows = [make_row(name=name) for name in ("甲", "乙", "丙")]
    data = sent(make_answers(people=rows), remove_row="people-1")
    page = build(apply_form, context, formdata=data)
    assert page.changed
    assert [row["name"] for row in page.answers()["people"]] == ["甲", "丙"]
    assert [row.remove_value for row in page["people"].rows] == ["people-0", "people-1"]


def test_gaps_in_row_numbers_are_closed(apply_form: Form, context: Context, make_row: Make) -> None:
    """A script removed rows on the page; the judge's paths must meet what is shown."""
    data = sent({"people": [make_row(name="甲"), {}, make_row(name="乙")]})
    data.add("people-²-name", "x")
    page = build(apply_form, context, formdata=data)
    assert [row["name"] for row in page.answers()["people"]] == ["甲", "乙"]
    assert page["people"].rows[1]["name"].control.name == "people-1-name"


def test_blank_rows_are_left_out(
    apply_form: Form, context: Context, make_answers: Make, make_row: Make
) -> None:
    blank = dict.fromkeys(make_row(), " ")
    data = sent(make_answers(people=[blank, make_row(), blank]))
    page = build(apply_form, context, formdata=data)
    assert page.answers()["people"] == [make_row()]
    assert len(page["people"].rows) == 1


def test_pasted_lines_become_rows_to_look_at(
    apply_form: Form, context: Context, make_answers: Make
) -> None:
    text = f"{LINE}\n新建\t龙金花\t1\n"
    page = build(apply_form, context, formdata=sent(make_answers(), paste_people=text))
    assert page.changed
    assert len(page.answers()["people"]) == 3
    assert page["people"].rows[2]["id_number"].errors
    assert page["people"].rows[2]["kind"].errors[0].startswith("“新建”不在选项里")


def test_forged_fields_reach_the_judge(
    apply_form: Form, context: Context, make_answers: Make
) -> None:
    data = sent(make_answers(), department="别的部门")
    data.add("people-0-approved", "1")
    page = build(apply_form, context, formdata=data)
    result = validate(apply_form, page.answers(), context)
    assert {error.path: error.code for error in result.errors} == {
        "department": "read_only",
        "people.0.approved": "unknown_field",
    }


def test_a_closed_field_may_come_back_as_it_was_shown(
    apply_form: Form, context: Context, make_answers: Make
) -> None:
    """Read-only inputs are sent by browsers; only another value is a forgery."""
    data = sent(make_answers(), department="来凤县人社局就业股", applied_on="2026年11月21日")
    page = build(apply_form, context, formdata=data)
    assert page.answers() == make_answers()


def test_an_error_of_a_whole_row_stands_at_the_row(
    apply_form: Form, context: Context, make_answers: Make
) -> None:
    page = build(apply_form, context, formdata=sent(make_answers()))
    page.attach(
        [FieldError("people.0", "already_open", "第 1 行：已有账户。"), FieldError("", "x", "y")]
    )
    assert page["people"].rows[0].errors == ["第 1 行：已有账户。"]
    assert page.summary == [("people-0-kind", "第 1 行：已有账户。"), ("", "y")]
    with pytest.raises(KeyError):
        page["nothing"]


def test_conditions_hold_within_a_row(context: Context) -> None:
    cells = [
        {"type": "textfield", "key": "a"},
        {"type": "textfield", "key": "b", "conditional": {"hide": "a == 'x'"}},
    ]
    listed = {"type": "dynamiclist", "key": "l", "components": cells}
    form = load({"key": "t/rows", "title": "t", "components": [listed]})
    data = sent({"l": [{"a": "x", "b": "1"}, {"a": "y", "b": "2"}]})
    page = build(form, context, formdata=data)
    assert [row["b"].hidden for row in page["l"].rows] == [True, False]
    assert page.answers() == {"l": [{"a": "x"}, {"a": "y", "b": "2"}]}
    assert page.answers(data) == page.answers()
    judged = validate(form, {"l": [{"a": "x", "b": "1"}]}, context)
    assert [(e.path, e.code) for e in judged.errors] == [("l.0.b", "hidden")]


def test_pasted_cells_of_every_type_reach_their_controls(context: Context) -> None:
    values = [{"value": "a", "label": "甲"}, {"value": "b", "label": "乙"}]
    cells = [
        {"type": "checkbox", "key": "ok", "label": "同意"},
        {"type": "checklist", "key": "many", "label": "范围", "values": values},
        {"type": "number", "key": "days", "label": "天数"},
        {"type": "datetime", "subtype": "date", "key": "due_on", "label": "日期"},
    ]
    listed = {"type": "dynamiclist", "key": "l", "components": cells}
    form = load({"key": "t/paste", "title": "t", "components": [listed]})
    text = "是\t甲、乙\t1,200\t2026年1月9日\n\t\tmany\t2026-13-01\textra"
    page = build(form, context, formdata=sent({}, paste_l=text))
    assert page.answers()["l"] == [
        {"ok": True, "many": ["a", "b"], "days": 1200, "due_on": "2026-01-09"},
        {"ok": False, "many": [], "days": "many", "due_on": "2026-13-01"},
    ]
    assert [error.code for error in page.errors] == ["number", "date", "too_many_columns"]


def test_a_full_table_takes_no_further_row(
    apply_form: Form, context: Context, make_answers: Make, make_row: Make
) -> None:
    data = sent(make_answers(people=[make_row()] * 60), add_row="people")
    page = build(apply_form, context, formdata=data)
    assert len(page["people"].rows) == 60
    assert page["people"].errors


def test_a_closed_list_is_shown_and_not_taken(
    apply_form: Form, context: Context, make_row: Make
) -> None:
    people = replace(
        next(leaf for leaf in apply_form.components if leaf.key == "people"), readonly=True
    )
    form = replace(apply_form, components=(people,))
    later = replace(context, prefilled={"people": [make_row()]})
    page = build(form, later, formdata=MultiDict({"add_row": "people"}))
    (row,) = page["people"].rows
    assert (row["kind"].shown, row["kind"].readonly) == ("新增", True)
    assert page.answers() == {}
    assert not page.changed
    echo = build(form, later, formdata=MultiDict({"people-0-kind": "新增"}))
    assert echo.answers() == {}
    forged = build(form, later, formdata=MultiDict({"people-0-kind": "注销"}))
    result = validate(form, forged.answers(), replace(later, checks=context.checks))
    assert [error.code for error in result.errors] == ["read_only"]


@pytest.fixture
def every_type() -> Form:
    values = [{"value": "a", "label": "甲"}, {"value": "b", "label": "乙"}]
    return load(
        {
            "key": "t/all",
            "title": "全部类型",
            "components": [
                {"type": "text", "text": "说明"},
                {"type": "html", "content": "<p>说明</p>"},
                {"type": "separator"},
                {
                    "type": "group",
                    "label": "组",
                    "conditional": {"hide": "agreed"},
                    "components": [{"type": "number", "key": "days", "validate": {"min": 1}}],
                },
                {"type": "checkbox", "key": "agreed"},
                {"type": "checklist", "key": "scopes", "values": values},
                {"type": "taglist", "key": "tags", "values": values},
                {"type": "radio", "key": "urgency", "values": values},
                {"type": "datetime", "key": "starts_at"},
                {"type": "datetime", "subtype": "date", "key": "due_on"},
                {"type": "datetime", "subtype": "time", "key": "opens"},
                {"type": "filepicker", "key": "files", "multiple": True},
                {"type": "person", "key": "tester"},
                {"type": "unit", "key": "office"},
                {"type": "opinion", "key": "opinion"},
                {"type": "signature", "key": "signature"},
            ],
        }
    )


def test_every_type_goes_through_the_browser(every_type: Form, context: Context) -> None:
    data = MultiDict(
        [
            ("days", "2.5"),
            ("scopes", "a"),
            ("scopes", "b"),
            ("tags", "b"),
            ("urgency", "a"),
            ("starts_at", "2026-11-21T10:24"),
            ("due_on", "2026-11-30"),
            ("opens", "08:30"),
            ("files", "12"),
            ("files", "13"),
            ("tester", "yaohaiyang"),
            ("office", "422826-jyzx"),
            ("opinion", "同意"),
            ("signature", "stored"),
        ]
    )
    page = build(every_type, context, formdata=data)
    result = validate(every_type, page.answers(), context)
    assert result.errors == ()
    assert result.answers == {
        "days": 2.5,
        "agreed": False,
        "scopes": ["a", "b"],
        "tags": ["b"],
        "urgency": "a",
        "starts_at": "2026-11-21T10:24:00+08:00",
        "due_on": "2026-11-30",
        "opens": "08:30",
        "files": ["12", "13"],
        "tester": "yaohaiyang",
        "office": "422826-jyzx",
        "opinion": "同意",
        "signature": {"kind": "stored"},
    }
    again = build(every_type, context, result.answers)
    assert 'value="2026-11-21T10:24"' in str(again["starts_at"].render())
    assert str(again["files"].render()).count('type="hidden"') == 2
    assert [f.component.type for f in again.fields[:4]] == ["text", "html", "separator", "group"]


def test_what_a_choice_has_hidden_is_not_sent_on(every_type: Form, context: Context) -> None:
    data = MultiDict({"days": "3", "agreed": "y"})
    page = build(every_type, context, formdata=data)
    assert "days" not in page.answers()
    assert page["days"].hidden
    assert not build(every_type, context)["days"].hidden


NAMES = st.from_regex(r"people-[0-9²-]{0,3}-?(name|id_number|phone|\ud7ff)?", fullmatch=True)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    items=st.lists(
        st.tuples(
            NAMES | st.sampled_from(["add_row", "remove_row", "paste-people", "subsystem"]),
            st.text() | st.sampled_from(["people", "people-0", "people-²"]),
        ),
        max_size=8,
    )
)
def test_any_form_data_is_read_and_judged(
    apply_form: Form, context: Context, items: list[tuple[str, str]]
) -> None:
    page = build(apply_form, context, formdata=MultiDict(items))
    page.attach(validate(apply_form, page.answers(), context).errors)
    assert len(page.summary) == len(page.errors)


def test_a_date_in_prefilled_is_written_out(apply_form: Form, context: Context) -> None:
    later = replace(context, prefilled={"applied_on": date(2026, 10, 9)})
    assert build(apply_form, later)["applied_on"].shown == "2026年10月9日"


def test_what_is_no_date_stays_as_it_was_typed(every_type: Form, context: Context) -> None:
    drawn = "data:image/png;base64,AAAA"
    data = MultiDict({"starts_at": "soon", "days": "many", "signature": drawn})
    page = build(every_type, context, formdata=data)
    answers = page.answers()
    assert (answers["starts_at"], answers["days"]) == ("soon", "many")
    assert answers["signature"] == {"kind": "drawn", "image": drawn}
    again = build(every_type, context, answers)
    assert (again["starts_at"].control.data, again["days"].control.data) == ("soon", "many")
    assert again["signature"].control.data == ""


@pytest.mark.parametrize(
    ("required", "at", "may_be_left"),
    [(False, "", True), (True, "", False), (False, "rows", False), (False, "title", True)],
)
def test_what_a_rule_points_at_may_not_always_be_left(
    context: Context, *, required: bool, at: str, may_be_left: bool
) -> None:
    text = {"type": "textfield", "key": "title"}
    rows = {"type": "dynamiclist", "key": "rows", "components": [text]}
    rule = {"when": '=outcome == "fail"', "at": at, "message": "请写明。"}
    form = load(
        {
            "key": "t/a",
            "title": "试验",
            "refuse": [rule] if at else [],
            "components": [text, {**rows, "validate": {"required": required}}],
        }
    )
    page = build(form, context)
    assert page["rows"].may_be_left is may_be_left
    assert page["rows"].rows[0]["title"].may_be_left
