"""Sheets of people as they come in: rows of texts under known columns, read as a stream.

The archive itself was judged before (`app/attachments`); here it is held small enough to read.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any
from zipfile import ZipFile

from openpyxl import load_workbook

from app.administration.judging import LABELS, PEOPLE
from app.administration.types import SheetRefused
from app.core.sheets import XLSX

MOST_ROWS = 20_000
MOST_LINES = 60_000  # empty ones included
MOST_COLUMNS = 40
MOST_UNPACKED = 48 * 2**20
HEAD_WITHIN = 10
LONGEST_CELL = 500
WHOLE = 10**15  # from here on a number has lost digits
NEEDED = ("name", "unit", "username")
BESIDES = frozenset({"序号", "备注", "说明"})
BY_TITLE = {LABELS[field]: field for field in PEOPLE} | dict.fromkeys(
    ("手机", "手机号", "手机号码", "联系电话"), "phone"
)


@dataclass(frozen=True)
class Line:
    """One row that is not empty, with the number that the spreadsheet shows."""

    n: int
    fields: Mapping[str, str]


def lines_of(data: bytes, media_type: str) -> Iterator[Line]:
    """Raises: SheetRefused, where the file as a whole cannot be read."""
    rows = _xlsx(data) if media_type == XLSX else _csv(data)
    numbered = iter(enumerate(islice(rows, MOST_LINES + 1), start=1))
    columns = _columns(numbered)
    found = 0
    for n, row in numbered:
        if n > MOST_LINES:
            raise SheetRefused(message=f"表格超过 {MOST_LINES} 行，请删去空行，或者分几次导入。")
        cells = [_text(cell) for cell in row[:MOST_COLUMNS]]
        fields = {field: cells[at] if at < len(cells) else "" for field, at in columns.items()}
        if not any(fields.values()):
            continue
        found += 1
        if found > MOST_ROWS:
            raise SheetRefused(message=f"一次最多导入 {MOST_ROWS} 人，请分几个文件导入。")
        yield Line(n, fields)
    if not found:
        raise SheetRefused(message="表格里没有人。请在标题行下面一行填一个人，再上传。")


def _columns(numbered: Iterator[tuple[int, Sequence[Any]]]) -> dict[str, int]:
    """Which column holds what: the first row that names 姓名 and 用户名 is the head."""
    for _n, row in islice(numbered, HEAD_WITHIN):
        titles = [_text(cell).rstrip("*＊").strip() for cell in row[:MOST_COLUMNS]]
        if {"姓名", "用户名"} <= set(titles):
            return _placed(titles)
    raise SheetRefused(
        message="没有找到标题行：前十行里要有一行写着“姓名”“单位”“用户名”。请下载模板，填好再上传。"
    )


def _placed(titles: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, title in enumerate(titles):
        if not title or title in BESIDES:
            continue
        field = BY_TITLE.get(title)
        if field is None:
            known = "、".join(LABELS[field] for field in PEOPLE)
            raise SheetRefused(
                message=f"不认得“{title[:20]}”这一列。认得的列是：{known}；别的请删去。"
            )
        if field in found:
            raise SheetRefused(message=f"“{title}”有两列，请留一列。")
        found[field] = at
    missing = [LABELS[field] for field in NEEDED if field not in found]
    if missing:
        raise SheetRefused(message=f"缺少这几列：{'、'.join(missing)}。请下载模板，填好再上传。")
    return found


def _xlsx(data: bytes) -> Iterator[Sequence[Any]]:
    with ZipFile(io.BytesIO(data)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED:
            raise SheetRefused(
                message="表格太大，请只留要导入的列，去掉图片和格式，另存一份再上传。"
            )
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except Exception as error:  # whatever a library makes of a file that is none
        raise _unreadable() from error
    try:
        page: Any = next(iter(book.worksheets), None)
        if page is None:
            raise _unreadable()
        page.reset_dimensions()  # what the file says of its size need not be true
        yield from _guarded(page.iter_rows(values_only=True, max_col=MOST_COLUMNS))
    finally:
        book.close()


def _guarded(rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    walk = iter(rows)
    while True:
        try:
            row = next(walk)
        except StopIteration:
            return
        except Exception as error:
            raise _unreadable() from error
        yield row


def _csv(data: bytes) -> Iterator[Sequence[Any]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030", errors="replace")
    try:
        yield from csv.reader(io.StringIO(text, newline=""))
    except csv.Error as error:
        raise _unreadable() from error


def _text(cell: Any) -> str:
    """What stands in a cell, as it would be read aloud; numbers that lost digits say so."""
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if abs(cell) >= WHOLE:
            return f"{cell:.5E}"
        return str(int(cell)) if float(cell).is_integer() else str(cell)
    return str(cell).replace("\0", "").strip()[:LONGEST_CELL]


def _unreadable() -> SheetRefused:
    return SheetRefused(message="这个表格打不开。请用办公软件打开，另存为 XLSX 或者 CSV 再上传。")
