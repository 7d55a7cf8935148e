"""What a browser sent, put in order before it is bound: rows numbered, buttons obeyed.

Names are people-0-id_number; buttons add_row=people and remove_row=people-1; a textarea
paste-people holds rows copied from a spreadsheet, which go to the end, or from the cell that
paste-at names over what stands there. Indexes may have gaps (a script removed rows).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from forms.definition import LIST_TYPES, MAX_ROWS, Component, Form
from forms.labels import label_of
from forms.places import laid_rows, most_rows
from forms.rights import is_open
from forms.types import Answers, Context, FieldError, plain

_CELL = re.compile(r"([a-z][a-z0-9_]*)-([0-9]{1,6})-([a-zA-Z0-9_-]{1,60})")

_Row = dict[str, list[str]]
_Paste = Callable[..., tuple[list[Answers], list[FieldError]]]


class _Sender(Protocol):
    def getlist(self, key: str) -> list[str]: ...
    def __iter__(self) -> Iterator[str]: ...


class Names(dict[str, list[str]]):
    """Form data as WTForms reads it."""

    def getlist(self, key: str) -> list[str]:
        return self.get(key, [])


@dataclass
class Received:
    data: Names = field(default_factory=Names)
    changed: bool = False
    errors: list[FieldError] = field(default_factory=list)
    # Values under names that the page did not offer: key -> text, or key -> row -> texts.
    smuggled: dict[str, Any] = field(default_factory=dict)


def receive(form: Form, context: Context, formdata: _Sender, paste: _Paste) -> Received:
    received = Received()
    if removed := formdata.getlist("remove_file"):
        formdata, received.changed = _without_files(formdata, removed), True
    for leaf in form.leaves:
        if leaf.type == "dynamiclist":
            _receive_rows(leaf, context, formdata, paste, received)
        elif leaf.key in formdata:
            values = formdata.getlist(leaf.key)
            if is_open(leaf, context):
                received.data[leaf.key] = values
            elif forged := _forged(leaf, values, context.prefilled, context):
                received.smuggled[leaf.key] = forged
    return received


def _without_files(formdata: _Sender, removed: list[str]) -> Names:
    """What remains when buttons such as files:Xy12 are obeyed."""
    gone = {tuple(one.split(":", 1)) for one in removed}
    return Names(
        {
            name: [value for value in formdata.getlist(name) if (name, value) not in gone]
            for name in formdata
        }
    )


def _forged(
    leaf: Component, values: list[str], prefilled: Mapping[str, Any], context: Context
) -> str:
    """A closed field may come back as it was shown; anything else is for the judge to refuse."""
    sent = values[0].strip() if values else ""
    return "" if sent in ("", shown_text(leaf, prefilled, context)) else sent


def shown_text(leaf: Component, prefilled: Mapping[str, Any], context: Context) -> str:
    """A closed field as the page shows it."""
    if leaf.type == "dynamiclist":
        return ""
    return str(label_of(leaf, plain(prefilled.get(leaf.key)), context))


def row_of(rows: Any, n: int) -> Mapping[str, Any]:
    row = rows[n] if isinstance(rows, list | tuple) and n < len(rows) else {}
    return row if isinstance(row, Mapping) else {}


def is_blank(component: Component, row: Mapping[str, Any]) -> bool:
    """Nothing was typed: every cell is empty or stands at its default."""
    defaults = {leaf.key: leaf.own_default for leaf in component.leaves}
    return all(
        value in (None, "", [], False) or value == defaults.get(key) for key, value in row.items()
    )


def without_empty_split(component: Component, row: Answers) -> Answers:
    """A row that names no head of its own says nothing of one."""
    splits = {leaf.key for leaf in component.leaves if leaf.splits}
    return {key: value for key, value in row.items() if value or key not in splits}


def _receive_rows(
    leaf: Component, context: Context, formdata: _Sender, paste: _Paste, received: Received
) -> None:
    numbered = _numbered(leaf.key, formdata)
    if not is_open(leaf, context):
        if _is_forged_list(leaf, numbered, context):
            received.smuggled[leaf.key] = []
        return
    may_change = leaf.allow_add_remove
    adds = may_change and leaf.key in formdata.getlist("add_row")
    removed = set(formdata.getlist("remove_row")) if may_change else set()
    rows = [row for n, row in numbered.items() if f"{leaf.key}-{n}" not in removed]
    laid = laid_rows(leaf, context.prefilled)
    if laid is not None:  # a row that nobody has filled is still a row
        beyond = [row for n, row in numbered.items() if n >= laid]  # for the judge to refuse
        every = [*(numbered.get(n, {}) for n in range(laid)), *beyond]
        _number(leaf, every, context, received)
        return
    removes = len(rows) < len(numbered)
    text = "".join(formdata.getlist(f"paste-{leaf.key}")) if may_change else ""
    place = _place(leaf, formdata, list(numbered)) if text.strip() and not removes else None
    if place is None and (text.strip() or not (adds or removes)):
        rows = [row for row in rows if any(map(_has_text, row.values()))]
    if text.strip():
        start, first = place or (len(rows), "")
        pasted, errors = paste(leaf, text, context, start=start, first=first)
        rows = _laid_over(rows, start, [_as_texts(leaf, row) for row in pasted])
        received.errors += errors
    if adds and len(rows) < most_rows(leaf):
        rows.append({})
    elif adds:
        received.errors.append(_full(leaf))
    received.changed |= bool(adds or removes or text.strip())
    _number(leaf, rows, context, received)


def _place(leaf: Component, formdata: _Sender, numbers: list[int]) -> tuple[int, str] | None:
    """Row and column of the cell that rows are pasted into, if there is such a cell."""
    cell = next(filter(None, map(_CELL.fullmatch, formdata.getlist("paste-at"))), None)
    if cell is None or cell[1] != leaf.key or int(cell[2]) not in numbers:
        return None
    return numbers.index(int(cell[2])), cell[3]


def _laid_over(rows: list[_Row], start: int, pasted: list[_Row]) -> list[_Row]:
    """As a spreadsheet does it, but an empty cell leaves what stands there."""
    over = len(rows[start:])
    laid = [below | row for below, row in zip(rows[start:], pasted, strict=False)]
    return rows[:start] + laid + pasted[over:] + rows[start + len(pasted) :]


def _is_forged_list(leaf: Component, numbered: dict[int, _Row], context: Context) -> bool:
    known = {inner.key: inner for inner in leaf.leaves}
    before = context.prefilled.get(leaf.key)
    return any(
        key not in known or _forged(known[key], values, row_of(before, n), context)
        for n, row in numbered.items()
        for key, values in row.items()
    )


def _numbered(key: str, formdata: _Sender) -> dict[int, _Row]:
    found: dict[int, _Row] = {}
    for name in formdata:
        cell = _CELL.fullmatch(name)
        if cell and cell[1] == key:
            found.setdefault(int(cell[2]), {})[cell[3]] = formdata.getlist(name)
    # One row more than any form allows, so that the judge still sees that there are too many.
    return {n: found[n] for n in sorted(found)[: MAX_ROWS + 1]}


def _has_text(values: list[str]) -> bool:
    return any(value.strip() for value in values)


def _number(leaf: Component, rows: list[_Row], context: Context, received: Received) -> None:
    known = {inner.key: inner for inner in leaf.leaves}
    before = context.prefilled.get(leaf.key)
    for n, row in enumerate(rows):
        received.data[f"{leaf.key}-{n}-"] = []  # a row without any cell is still a row
        for key, values in row.items():
            if key in known and is_open(known[key], context):
                received.data[f"{leaf.key}-{n}-{key}"] = values
            elif key not in known or _forged(known[key], values, row_of(before, n), context):
                extra = received.smuggled.setdefault(leaf.key, {}).setdefault(n, {})
                extra[key] = values[0] if values else ""


def _as_texts(leaf: Component, row: Answers) -> _Row:
    known = {inner.key: inner for inner in leaf.leaves}
    return {key: _texts(known[key], value) for key, value in row.items()}


def _texts(inner: Component, value: Any) -> list[str]:
    if inner.type in LIST_TYPES:
        return [str(item) for item in value]
    if inner.type == "checkbox":
        return ["y"] if value is True else []
    return [] if value is None else [str(value)]


def _full(leaf: Component) -> FieldError:
    hint = f"最多 {most_rows(leaf)} 行，已经满了，请另表填写"
    return FieldError(leaf.key, "too_many_rows", f"{leaf.name}{hint}。", hint)
