"""Sheets as they come in: rows of texts under known columns, read as a stream.

The archive itself was judged before (`app/attachments`); here it is held small enough to read.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, islice, zip_longest
from typing import Any
from zipfile import ZipFile

from openpyxl import load_workbook

from app.core.errors import Invalid
from app.core.sheets import XLSX

MOST_ROWS = 20_000
MOST_LINES = 60_000  # empty ones included
MOST_COLUMNS = 40
MOST_UNPACKED = 48 * 2**20
HEAD_WITHIN = 10
LONGEST_CELL = 500
WHOLE = 10**15  # from here on a number has lost digits
BESIDES = frozenset({"序号", "备注", "说明"})
Rows = Iterator[tuple[int, Sequence[Any]]]


class SheetRefused(Invalid):
    """The file as a whole cannot be read; the sentence says how to mend it."""

    code = "sheet_refused"


@dataclass(frozen=True)
class Layout:
    """Which columns a sheet has: `labels` by field, in their order, and other titles they go by.

    The first row that names the labels of all `heads` is the head; `needed` fields must have a
    column. `things` is what a row is about, as in “表格里没有人”. Columns that are not known are
    refused, as a mistyped title would lose what stands below it; but those of `passed` are not.
    """

    labels: Mapping[str, str]
    heads: Sequence[str]
    needed: Sequence[str]
    aliases: Mapping[str, str]
    things: str = "人"
    passed: frozenset[str] = BESIDES
    most_rows: int = MOST_ROWS

    def names(self, titles: Iterable[str], wanted: set[str]) -> bool:
        """Whether all these labels are among the titles, by whatever name."""
        return wanted <= {self.labels.get(self.aliases.get(one, ""), one) for one in titles}

    def knows(self, titles: Iterable[str]) -> bool:
        """Whether they are titles and nothing else."""
        given = {one for one in titles if one}
        return bool(given) and given <= {*self.labels.values(), *self.aliases, *self.passed}


@dataclass(frozen=True)
class Line:
    """One row that is not empty, with the number that the spreadsheet shows."""

    n: int
    fields: Mapping[str, str]


def lines_of(data: bytes, media_type: str, layout: Layout) -> Iterator[Line]:
    """Raises: SheetRefused, where the file as a whole cannot be read."""
    rows = _xlsx(data) if media_type == XLSX else _csv(data)
    columns, numbered = _head(enumerate(islice(rows, MOST_LINES + 1), start=1), layout)
    found = 0
    for n, row in numbered:
        if n > MOST_LINES:
            raise SheetRefused(message=f"表格超过 {MOST_LINES} 行，请删去空行，或者分几次导入。")
        cells = [_text(cell) for cell in row[:MOST_COLUMNS]]
        fields = {field: cells[at] if at < len(cells) else "" for field, at in columns.items()}
        if not any(fields.values()):
            continue
        found += 1
        if found > layout.most_rows:
            raise SheetRefused(message=f"一次最多导入 {layout.most_rows} 行，请分几个文件导入。")
        yield Line(n, fields)
    if not found:
        raise SheetRefused(message=f"表格里没有{layout.things}。请在标题行下面一行填一行，再上传。")


def _head(numbered: Rows, layout: Layout) -> tuple[dict[str, int], Rows]:
    """Which column holds what, and the rows below: the first row that names all `heads` is the
    head. Merged cells may spread it over two rows, a band above and titles below it.
    """
    wanted = {layout.labels[field] for field in layout.heads}
    first = list(islice(numbered, HEAD_WITHIN + 1))
    titles = [[_title(cell) for cell in row[:MOST_COLUMNS]] for _n, row in first]
    for at, high in enumerate(titles[:HEAD_WITHIN]):
        low = titles[at + 1] if at + 1 < len(titles) else []
        is_spread = layout.knows(low) and not layout.names(low, wanted)
        both = [below or above for above, below in zip_longest(high, low, fillvalue="")]
        head = both if is_spread else high
        if layout.names(head, wanted):
            return _placed(head, layout), chain(first[at + 1 + is_spread :], numbered)
    named = "".join(f"“{layout.labels[field]}”" for field in layout.heads)
    raise SheetRefused(
        message=f"没有找到标题行：前十行里要有一行写着{named}。请下载模板，填好再上传。"
    )


def _title(cell: Any) -> str:
    """In a narrow column it may be broken into lines."""
    return "".join(part.strip() for part in _text(cell).splitlines()).rstrip("*＊").strip()


def _placed(titles: Sequence[str], layout: Layout) -> dict[str, int]:
    by_title = {label: field for field, label in layout.labels.items()} | dict(layout.aliases)
    found: dict[str, int] = {}
    for at, title in enumerate(titles):
        if not title or title in layout.passed:
            continue
        field = by_title.get(title)
        if field is None:
            known = "、".join(layout.labels.values())
            raise SheetRefused(
                message=f"不认得“{title[:20]}”这一列。认得的列是：{known}；别的请删去。"
            )
        if field in found:
            raise SheetRefused(message=f"“{title}”有两列，请留一列。")
        found[field] = at
    missing = [layout.labels[field] for field in layout.needed if field not in found]
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
