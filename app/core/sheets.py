"""Rows as a file for a spreadsheet. Every cell is text, so that nothing in it is a formula (S37).

What people typed may begin with `=`: openpyxl would make that a formula, and a spreadsheet would
run it on the desk of whoever opens the file.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# XML takes none of these; PostgreSQL keeps all but the first.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# A cell that begins with one of them is calculated when a CSV is opened, full-width ones included.
ACTIVE = re.compile("[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
WIDTHS = {"text": 16, "num": 20, "ticket": 24}
AS_TEXT = "@"
HEAD_ROW = 3
LONGEST_CELL = 32_767  # Excel's own limit


class Heading(Protocol):
    """`kind` is text, num or ticket."""

    @property
    def label(self) -> str: ...
    @property
    def kind(self) -> str: ...


@dataclass(frozen=True)
class Sheet:
    """`notes` stands under the title: whose rows, who took them, when, how many."""

    title: str
    notes: str
    columns: Sequence[Heading]
    rows: Iterable[Sequence[str]]


def as_xlsx(sheet: Sheet) -> bytes:
    book = Workbook(write_only=True)
    book.properties.creator = "办件"
    page = book.create_sheet(sheet.title[:31])
    page.freeze_panes = f"A{HEAD_ROW + 1}"
    for place, column in enumerate(sheet.columns, start=1):
        page.column_dimensions[get_column_letter(place)].width = WIDTHS[column.kind]
    cell = partial(WriteOnlyCell, page)
    page.append([_filled(_styled(cell(), size=14), sheet.title)])
    page.append([_filled(cell(), sheet.notes)])
    page.append([_filled(_styled(cell()), column.label) for column in sheet.columns])
    # One cell a column, filled anew for each row: a style a cell would take most of the time.
    line = [_plain(cell()) for _ in sheet.columns]
    for row in sheet.rows:
        page.append([_filled(*pair) for pair in zip(line, row, strict=True)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_csv(sheet: Sheet) -> bytes:
    """With the mark that makes Excel read UTF-8, and an apostrophe before what it would run."""
    heads = [column.label for column in sheet.columns]
    return codecs.BOM_UTF8 + as_csv_lines([heads, *sheet.rows])


def as_csv_lines(rows: Iterable[Sequence[str]]) -> bytes:
    """Some lines of a file that is made piece by piece; the mark is the caller's."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerows(_guarded(row) for row in rows)
    return out.getvalue().encode()


def _guarded(row: Sequence[str]) -> list[str]:
    return [f"'{text}" if ACTIVE.match(text.lstrip(" ")) else text for text in row]


def _plain(cell: Cell) -> Cell:
    cell.number_format = AS_TEXT
    return cell


def _styled(cell: Cell, size: int = 11) -> Cell:
    cell.font = Font(bold=True, size=size)
    cell.alignment = Alignment(vertical="center")
    return _plain(cell)


def _filled(cell: Cell, text: str) -> Cell:
    cell.value = UNWRITABLE.sub("", text)[:LONGEST_CELL]
    cell.data_type = "s"  # openpyxl has guessed `f` for what begins with "="
    return cell
