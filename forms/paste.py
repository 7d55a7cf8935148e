"""Rows copied out of a spreadsheet: tab-separated lines become rows of a dynamiclist."""

import csv
import io
import re
from collections.abc import Sequence
from typing import Any

from forms import normalise
from forms.definition import CHOICE_TYPES, LIST_TYPES, Component
from forms.kinds import Problem, choices, read
from forms.places import most_rows, row_words
from forms.rights import is_open
from forms.types import Answers, Context, FieldError

MAX_TEXT = 300_000
_SERIAL_LABELS = frozenset({"序号", "编号", "行", "行号", "no"})
_YES = frozenset({"是", "√", "✓", "☑", "y", "yes", "true", "1"})
_DATE = re.compile(r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*日?")

_Columns = Sequence[Component | None]  # None: a column that is passed over


def rows_from_paste(
    component: Component, text: str, context: Context, *, start: int = 0, first: str = ""
) -> tuple[list[Answers], list[FieldError]]:
    """Rows in the shape of answers, and what is wrong with single cells.

    Columns are found by a heading row of labels, else by typing order, beginning with `first`.
    `start` is the row of the form that the first one becomes, so that paths and row numbers fit.
    What is not filled in is left to `validate`.
    """
    lines = _lines(text)
    if not lines:
        return [], []
    columns, lines, errors = _columns(component, lines, context, first)
    room = max(most_rows(component) - start, 0)
    if len(lines) > room:
        errors.append(_too_many(component, len(lines), room))
    rows: list[Answers] = []
    for n, cells in enumerate(lines[:room], start=start):
        row, found = _row(component, columns, cells, context, n)
        rows.append(row)
        errors += found
    return rows, errors


def _lines(text: str) -> list[list[str]]:
    # Controls go first: csv refuses some of them, and every cell is cleaned anyway.
    clean = normalise.visible(text[:MAX_TEXT])
    csv_lines = csv.reader(io.StringIO(clean, newline=""), dialect="excel-tab")
    return [cells for cells in csv_lines if any(cell.strip() for cell in cells)]


def _columns(
    component: Component, lines: list[list[str]], context: Context, first: str
) -> tuple[_Columns, list[list[str]], list[FieldError]]:
    offered = [leaf for leaf in component.in_typing_order if is_open(leaf, context)]
    by_label = {_folded(name): leaf for leaf in offered for name in (leaf.label, leaf.key)}
    heads = [_folded(cell) for cell in lines[0]]
    known = sum(head in by_label for head in heads)
    if known >= 2 or (known == 1 and len([h for h in heads if h]) == 1):
        strange = [h for h in heads if h and h not in by_label and h not in _SERIAL_LABELS]
        errors = [_unknown_column(component, head) for head in strange]
        return [by_label.get(head) for head in heads], lines[1:], errors
    printed = sum(not leaf.splits for leaf in offered)
    if any(_has_serials(lines, width) for width in (len(offered), printed)):
        return [None, *offered], lines, []
    skipped = next((n for n, leaf in enumerate(offered) if leaf.key == first), 0)
    return offered[skipped:], lines, []


def _folded(cell: str) -> str:
    """A heading without its star, colon and remark: * 申请类别（新增/注销）： is 申请类别."""
    bare = re.sub(r"[\s*＊]", "", normalise.line(cell))
    return re.sub(r"[:：（(].*$", "", bare).lower()


def _has_serials(lines: list[list[str]], width: int) -> bool:
    return all(
        len(cells) == width + 1 and re.fullmatch(r"\s*[0-9]{1,3}\s*", cells[0]) for cells in lines
    )


def _row(
    component: Component, columns: _Columns, cells: list[str], context: Context, n: int
) -> tuple[Answers, list[FieldError]]:
    row: Answers = {}
    problems: dict[str, tuple[Problem, ...]] = {}
    for leaf, cell in zip(columns, cells, strict=False):
        if leaf is None or not cell.strip():
            continue
        raw = _answer(leaf, cell, context)
        row[leaf.key], problems[leaf.key] = read(leaf, raw, context)
        if leaf.type in CHOICE_TYPES and problems[leaf.key]:
            row[leaf.key] = [] if leaf.type in LIST_TYPES else ""
            problems[leaf.key] = (_no_such_choice(cell),)
    words = row_words(component.leaves, row, problems, n)
    errors = [
        _error(component, n, leaf, words, problem)
        for leaf in component.leaves
        for problem in problems.get(leaf.key, ())
    ]
    if any(cell.strip() for cell in cells[len(columns) :]):
        errors.append(_too_wide(component, n, words))
    return row, errors


def _answer(leaf: Component, cell: str, context: Context) -> Any:
    if leaf.type in CHOICE_TYPES:
        codes = {_folded_choice(c.label): c.value for c in choices(leaf, context)}
        parts = re.split(r"[、,，;；]", cell) if leaf.type in LIST_TYPES else [cell]
        found = [codes.get(_folded_choice(part), normalise.line(part)) for part in parts]
        return found if leaf.type in LIST_TYPES else found[0]
    if leaf.type == "checkbox":
        return normalise.line(cell).lower() in _YES
    if leaf.type == "number":
        return as_number(cell)
    if leaf.type == "datetime" and leaf.subtype == "date":
        return _DATE.sub(_iso, normalise.line(cell))
    return cell


def as_number(text: str) -> int | float | str:
    """The number a person typed; what is none stays text, for the judge to name."""
    bare = text.replace(",", "").replace("，", "").strip()
    if re.fullmatch(r"[+-]?[0-9]{1,15}", bare):
        return int(bare)
    return float(bare) if re.fullmatch(r"[+-]?[0-9]{0,15}\.[0-9]{1,15}", bare) else text


def _iso(found: re.Match[str]) -> str:
    year, month, day = found.groups()
    return f"{year}-{int(month):02}-{int(day):02}"


def _folded_choice(label: str) -> str:
    return re.sub(r"\s", "", label).lower()


def _error(
    component: Component, n: int, leaf: Component, words: str, problem: Problem
) -> FieldError:
    path = f"{component.key}.{n}.{leaf.key}"
    return FieldError(path, problem.code, f"{words}{leaf.name}{problem.hint}。", problem.hint)


def _no_such_choice(cell: str) -> Problem:
    """The choices stand in the very cell that the sentence stands under."""
    return Problem("not_a_choice", f"“{normalise.line(cell)[:20]}”不在选项里，请重新选")


def _unknown_column(component: Component, head: str) -> FieldError:
    hint = f"里没有“{head[:20]}”这一列，这一列没有粘贴进来"
    return FieldError(component.key, "unknown_column", f"{component.name}{hint}。", hint)


def _too_wide(component: Component, n: int, words: str) -> FieldError:
    hint = "列数比表里多，多出的没有粘贴进来，请核对列的顺序"
    return FieldError(f"{component.key}.{n}", "too_many_columns", f"{words}{hint}。", hint)


def _too_many(component: Component, count: int, room: int) -> FieldError:
    hint = f"还能加 {room} 行，粘贴了 {count} 行，多出的没有粘贴进来，请另表填写"
    return FieldError(component.key, "too_many_rows", f"{component.name}{hint}。", hint)
