"""Rows from a spreadsheet, with and without a heading, never an exception."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms import Component, Context, Form, rows_from_paste

Make = Callable[..., dict[str, Any]]
LINE = "新增\t姚海洋\t422899198906113733\t154 0000 0108\t信息维护岗\t新增用户"
HEAD = "申请类别\t姓名\t身份证号\t联系方式\t岗位角色名称\t具体要求"


@pytest.fixture
def people(apply_form: Form) -> Component:
    return next(leaf for leaf in apply_form.leaves if leaf.key == "people")


def test_lines_in_print_order_become_rows(people: Component, context: Context) -> None:
    rows, errors = rows_from_paste(people, f"{LINE}\r\n{LINE}\r\n", context)
    assert errors == []
    assert (
        rows
        == [
            {
                "kind": "add",
                "name": "姚海洋",
                "id_number": "422899198906113733",
                "phone": "15400000108",
                "post": "info",
                "requirement": "新增用户",
            }
        ]
        * 2
    )


def test_a_heading_decides_the_order(people: Component, context: Context) -> None:
    text = "序号\t*姓名：\t备注\t申请类别（新增/注销/修改）\n1\t黄䶮\tx\t注销\n"
    rows, errors = rows_from_paste(people, text, context)
    assert rows == [{"name": "黄䶮", "kind": "close"}]
    assert [(error.path, error.code) for error in errors] == [("people", "unknown_column")]
    assert "备注" in errors[0].message


def test_serial_numbers_in_front_are_passed_over(people: Component, context: Context) -> None:
    rows, errors = rows_from_paste(people, f"1\t{LINE}\n2\t{LINE}", context)
    assert [row["kind"] for row in rows] == ["add", "add"]
    assert errors == []


def test_an_empty_first_cell_keeps_its_column(people: Component, context: Context) -> None:
    rows, _ = rows_from_paste(people, "\t姚海洋\t422899198906113733", context)
    assert rows == [{"name": "姚海洋", "id_number": "422899198906113733"}]


def test_each_bad_cell_is_named(people: Component, context: Context) -> None:
    text = f"{HEAD}\n新建\t唐小兰\t4.22899E+17\t110\t信息维护岗\t"
    rows, errors = rows_from_paste(people, text, context, start=2)
    assert [(error.path, error.code) for error in errors] == [
        ("people.2.kind", "not_a_choice"),
        ("people.2.id_number", "id_length"),
        ("people.2.phone", "phone"),
    ]
    assert errors[0].message == ("第 3 行 唐小兰：申请类别“新建”不在选项里，请重新选。")
    assert "科学计数" in errors[1].message
    assert (rows[0]["kind"], rows[0]["phone"]) == ("", "110")


def test_a_quoted_cell_may_hold_lines(people: Component, context: Context) -> None:
    rows, _ = rows_from_paste(people, f'{HEAD}\n新增\t姚海洋\t\t\t\t"第一条\n第""二""条"', context)
    assert rows[0]["requirement"] == '第一条\n第"二"条'


def test_more_rows_than_fit_are_refused(people: Component, context: Context) -> None:
    rows, errors = rows_from_paste(people, "\n".join([LINE] * 10), context, start=55)
    assert len(rows) == 5
    assert [error.code for error in errors] == ["too_many_rows"]


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    text=st.text(st.characters() | st.sampled_from('\t\n\r"\x00')),
    head=st.sampled_from(["", f"{HEAD}\n"]),
)
def test_any_text_is_taken(people: Component, context: Context, text: str, head: str) -> None:
    rows, errors = rows_from_paste(people, head + text, context)
    assert str((rows, errors)).encode()
