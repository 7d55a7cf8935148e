"""Sheets as they come in: whatever stands in them, rows come out, or a sentence that says why."""

import io
import tracemalloc
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from app.administration import reporting
from app.administration.judging import PEOPLE, day_after, read, split_positions
from app.administration.sheets import lines_of
from app.attachments.archives import media_type_of
from app.attachments.types import FileRefused
from app.core.days import midnight
from app.core.sheets import XLSX
from app.core.tables import MOST_ROWS, SheetRefused
from app.identity.types import POSITION_LABELS, Position
from tests.support.office import NOW

HEAD = ["姓名", "单位", "用户名", "岗位", "电话", "身份证号", "登录到期日"]
TODAY = NOW.date()


def book(*rows: list[Any], head: list[str] | None = None) -> bytes:
    made = Workbook()
    page: Any = made.active
    page.append(HEAD if head is None else head)
    for row in rows:
        page.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def fields(data: bytes, kind: str = XLSX) -> list[dict[str, str]]:
    return [dict(line.fields) for line in lines_of(data, kind)]


def test_numbers_and_days_become_what_was_meant() -> None:
    """Excel keeps a phone as a number and a day as a date; a long number it has ruined says so."""
    (row,) = fields(book(["张三", "a", "zhang", "", 15400010001, 422899198507222221, NOW.date()]))
    assert row["phone"] == "15400010001"
    assert row["until"] == "2026-11-20"
    assert "科学计数" in read(row, TODAY).problems["id_number"]


def test_rows_keep_the_numbers_of_the_spreadsheet() -> None:
    data = book(["张三", "a", "z"], [], ["李四", "b", "l"], head=["序号", *HEAD][1:])
    assert [line.n for line in lines_of(data, XLSX)] == [2, 4]


def test_the_template_is_read_as_it_is_given() -> None:
    with pytest.raises(SheetRefused, match="表格里没有人"):
        fields(reporting.template())


@pytest.mark.parametrize("coding", ["utf-8-sig", "gb18030"])
def test_csv_in_either_coding(coding: str) -> None:
    text = f"{','.join(HEAD[:3])}\n覃志明,422826-rsj,qin\n"
    assert fields(text.encode(coding), "text/csv")[0]["name"] == "覃志明"


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (["姓名", "用户名"], "缺少这几列：单位"),
        ([*HEAD, "角色"], "不认得“角色”这一列"),
        ([*HEAD, "姓名"], "“姓名”有两列"),
        (["a", "b"], "没有找到标题行"),
        ([], "没有找到标题行"),
    ],
)
def test_a_head_that_is_wrong_says_how(head: list[str], words: str) -> None:
    with pytest.raises(SheetRefused, match=words):
        fields(book(["x"] * 9, head=head))


def test_more_people_than_fit_are_refused() -> None:
    rows = "".join(f"人,u,name{n}\n" for n in range(MOST_ROWS + 1))
    with pytest.raises(SheetRefused, match="最多导入 20000 行"):
        fields(f"姓名,单位,用户名\n{rows}".encode(), "text/csv")


def test_a_sheet_of_empty_rows_ends() -> None:
    with pytest.raises(SheetRefused, match="请删去空行"):
        fields(("姓名,单位,用户名\n" + "\n" * 70_000).encode(), "text/csv")


def test_formulas_are_not_calculated() -> None:
    """Their last value counts, and a file that was never calculated has none."""
    (row,) = fields(book(["=1+1", "a", "z"]))
    assert row["name"] == ""


def test_what_is_no_workbook_is_told() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(SheetRefused, match="打不开"):
        fields(out.getvalue())


def test_entities_never_reach_the_reader() -> None:
    """A DOCTYPE before the root of a part: refused with the archive."""
    whole = book(["张三", "a", "z"])
    out = io.BytesIO()
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>'
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, bomb + data if name.endswith("sheet1.xml") else data)
    assert media_type_of(whole) == XLSX
    with pytest.raises(FileRefused):
        media_type_of(out.getvalue())


def test_rows_are_read_as_a_stream() -> None:
    """What is held in memory does not grow with the rows."""
    many = 3_000
    data = book(*([f"人{n}", "u", f"name{n}", "联系人", 15400010001] for n in range(many)))
    tracemalloc.start()
    assert sum(1 for _ in lines_of(data, XLSX)) == many
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 * 2**20


CELLS = st.one_of(
    st.none(),
    st.text(max_size=60),
    st.integers(),
    st.floats(allow_nan=True),
    st.booleans(),
    st.dates(),
    st.sampled_from([*POSITION_LABELS.values(), "、", "=1", "15400010001", "422899198507222221"]),
)


@given(st.lists(st.text(max_size=30), min_size=7, max_size=7))
@settings(max_examples=200)
def test_whatever_is_typed_is_read_or_told(typed: list[str]) -> None:
    """No exception, and each problem is a sentence; what is well is read the same again."""
    found = read(dict(zip(PEOPLE, typed, strict=True)), TODAY)
    assert all(words.endswith("。") for words in found.problems.values())
    again = read({k: v for k, v in found.values.items() if k not in found.problems}, TODAY)
    assert not set(again.problems) - {"name", "username"}
    assert dict(again.values) == {k: v for k, v in found.values.items() if k not in found.problems}


@given(st.lists(st.lists(CELLS, max_size=9), max_size=6))
@settings(max_examples=60, deadline=None)
def test_whatever_stands_in_cells_is_rows_or_a_sentence(rows: list[list[Any]]) -> None:
    text = "\n".join(
        ",".join('"' + str("" if cell is None else cell).replace('"', '""') + '"' for cell in row)
        for row in rows
    )
    data = f"{','.join(HEAD)}\n{text}".encode("utf-8", "replace")
    if not any(
        str(cell).strip().replace("\0", "") not in ("", "None") for row in rows for cell in row[:7]
    ):
        return
    found = list(lines_of(data, "text/csv"))
    assert all(set(line.fields) == set(PEOPLE) for line in found)
    numbers = [line.n for line in found]
    assert numbers == sorted(set(numbers))


@given(st.lists(st.sampled_from(Position), unique=True, max_size=6), st.data())
def test_positions_by_name_or_key(wanted: list[Position], data: st.DataObject) -> None:
    words = [data.draw(st.sampled_from([one.value, POSITION_LABELS[one]])) for one in wanted]
    assert split_positions(data.draw(st.sampled_from("、,，;/")).join(words)) == (wanted, [])


def test_a_last_day_is_whole() -> None:
    assert day_after("2026-12-31", TODAY) == (midnight(NOW.date().replace(2027, 1, 1)), "")
    assert day_after("2026/12/31", TODAY)[0] == day_after("2026年12月31日", TODAY)[0]
    assert "已经过去了" in day_after("2026-01-01", TODAY)[1]
    assert day_after("2026-13-01", TODAY)[1]
