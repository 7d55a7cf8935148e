"""Rows of a form by spreadsheet: the empty sheet to fill in, and a filled one as pasted rows.

Choices stand in the sheet as lists to pick from; how a column is filled stands in a comment of its
head, so that no example row can be handed in by mistake.
"""

import csv
import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

import forms
from app.attachments.types import Accepted
from app.core.errors import AppError, Fault, Invalid, NotFound
from app.core.sheets import AS_TEXT, HEAD_ROW, XLSX
from app.core.tables import Layout, SheetRefused, lines_of

CSV = "text/csv"
CHOICES = "选项"
HEADS = 2  # as many labels in one line make it the head
WIDTH, WIDE = 16, 40
EXAMPLES = {
    ("id_number", ""): "18 位，最后一位可以是 X；这一列是文本",
    ("phone", "mobile"): "11 位手机号",
    ("phone", ""): "11 位手机号，或者 0718-8200000 这样的座机号",
    ("datetime", "date"): "写成 2026-11-23",
    ("person", ""): "写登录名",
    ("unit", ""): "写单位代码",
}


class NoSuchRows(NotFound):
    message = "表单里没有这样一张逐行填写的表。"


def list_of(form: forms.Form, key: str = "") -> forms.Component:
    """The list of that key; the only one where none is named. Raises: NoSuchRows."""
    found = [
        leaf
        for leaf in form.leaves
        if leaf.type == "dynamiclist" and leaf.allow_add_remove and key in ("", leaf.key)
    ]
    if len(found) != 1:
        raise NoSuchRows
    return found[0]


def template(form: forms.Form, listed: forms.Component, context: forms.Context) -> bytes:
    book = Workbook()
    book.properties.creator = "办件"
    page: Worksheet = book.worksheets[0]
    page.title = listed.name[:31]
    page.freeze_panes = f"A{HEAD_ROW + 1}"
    page["A1"], page["A1"].font = f"{form.title}：{listed.name}", Font(bold=True, size=14)
    page["A2"] = "从第 4 行起每行一项，带 * 的必填；每一列怎么填，见标题格的批注。"
    columns = _columns(listed, context)
    most = int(listed.rules.max) if isinstance(listed.rules.max, int) else 500
    choices = book.create_sheet(CHOICES)
    for place, column in enumerate(columns, start=1):
        _head(page, place, column, context)
        for row in range(HEAD_ROW + 1, HEAD_ROW + most + 1):
            page.cell(row, place).number_format = AS_TEXT
        if labels := [choice.label for choice in _choices(column, context)]:
            _pick(page, choices, place, labels, most)
    choices.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_pasted(listed: forms.Component, context: forms.Context, sheet: Accepted) -> str:
    """The rows of a filled sheet, head first, as a spreadsheet puts them on the clipboard.

    Raises: Invalid, where the file cannot be taken as a whole.
    """
    if sheet.media_type not in (XLSX, CSV):
        raise _refused(listed, SheetRefused(message="请上传 XLSX 或者 CSV 表格。"))
    columns = _columns(listed, context)
    labels = {column.key: column.label for column in columns}
    needed = [column.key for column in columns if column.rules.required]
    layout = Layout(
        labels=labels,
        heads=(needed or list(labels))[:HEADS],
        needed=needed,
        aliases={},
        things="要填的行",
        most_rows=500,
    )
    out = io.StringIO(newline="")
    writer = csv.writer(out, dialect="excel-tab")
    writer.writerow(labels.values())
    try:
        for line in lines_of(sheet.data, sheet.media_type, layout):
            writer.writerow(line.fields.get(key, "") for key in labels)
    except SheetRefused as error:
        raise _refused(listed, error) from error
    return out.getvalue()


def _refused(listed: forms.Component, error: AppError) -> Invalid:
    return Invalid([Fault(listed.key, error.code, f"{listed.name}：{error.text}")])


def _columns(listed: forms.Component, context: forms.Context) -> list[forms.Component]:
    return [one for one in listed.in_typing_order if forms.is_open(one, context)]


def _choices(column: forms.Component, context: forms.Context) -> Sequence[forms.Choice]:
    if column.type not in ("select", "radio"):
        return ()
    return column.values or context.values.get(column.values_key, ())


def _head(page: Worksheet, place: int, column: forms.Component, context: forms.Context) -> None:
    cell = page.cell(HEAD_ROW, place)
    cell.value = f"{column.label}*" if column.rules.required else column.label
    cell.font, cell.alignment = Font(bold=True), Alignment(vertical="center")
    is_long = column.type in ("textarea", "id_number") or column.rules.max_length == 200
    page.column_dimensions[get_column_letter(place)].width = WIDE if is_long else WIDTH
    labels = [choice.label for choice in _choices(column, context)]
    words = [
        "必填" if column.rules.required else "可以不填",
        column.description,
        EXAMPLES.get((column.type, column.subtype), ""),
        f"从列表里选，例如：{labels[0]}" if labels else "",
    ]
    cell.comment = Comment("。\n".join(one.rstrip("。") for one in words if one) + "。", "办件")
    cell.comment.width, cell.comment.height = 260, 140


def _pick(
    page: Worksheet, choices: Worksheet, place: int, labels: Sequence[str], most: int
) -> None:
    """The list that a cell offers; others are refused by the spreadsheet, and here again."""
    letter = get_column_letter(place)
    for row, label in enumerate(labels, start=1):
        choices.cell(row, place).value = label
    source = f"={quote_sheetname(CHOICES)}!${letter}$1:${letter}${len(labels)}"
    rule = DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage=True)
    rule.error, rule.errorTitle = "请从列表里选一项。", "不在选项里"
    rule.add(f"{letter}{HEAD_ROW + 1}:{letter}{HEAD_ROW + most}")
    page.add_data_validation(rule)
