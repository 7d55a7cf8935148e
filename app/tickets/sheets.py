"""The form of a ticket as it is read: labels, values, rows, and what the last amendment changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

import forms
from app.identity.region import read_region
from app.tickets.types import Sheet, SheetList

Row = Mapping[str, Any]
Filled = tuple[str, str]
RESULT = "result"  # said as the opinion is
NOTHING = "（没有填）"
HIDDEN = "隐去的几位改过"


def sheet_of(
    session: Session,
    form: forms.Form,
    answers: Row,
    context: forms.Context,
    before: Row | None = None,
) -> Sheet:
    """Masked; with `before` each changed value carries what it was in the submission before."""
    shown = forms.labelled(form, forms.mask(form, answers), context)
    plain = [leaf for leaf in form.leaves if leaf.type != "dynamiclist"]
    lists = lists_of(form)
    told = forms.labelled(form, forms.mask(form, before), context) if before is not None else {}
    return Sheet(
        title=title_of(session, form),
        fields=tuple((leaf.name, str(shown.get(leaf.key) or "")) for leaf in plain),
        lists=tuple(
            _list(leaf, Versions(before, answers, told, shown), is_first=leaf is lists[0])
            for leaf in lists
        ),
        # What the system fills in changes with the day and is nobody's amendment.
        fields_were=()
        if before is None
        else tuple(
            None if leaf.readonly else _was(leaf.key, before, answers, told, shown)
            for leaf in plain
        ),
    )


def filled_in(form: forms.Form, answers: Row, context: forms.Context) -> tuple[Filled, ...]:
    """What was filled at a step beside outcome, opinion and result: labels and words, masked.

    A row of a table is a line. Empty fields are left out.
    """
    shown = forms.labelled(form, forms.mask(form, answers), context)
    found: list[Filled] = []
    for leaf in form.leaves:
        if leaf.type == "dynamiclist":
            rows = _rows(shown, leaf)
            told = [(f"{leaf.name}{n}", _line(row, leaf)) for n, row in enumerate(rows, start=1)]
        else:
            told = [(leaf.name, str(shown.get(leaf.key) or ""))]
        found += [one for one in told if one[1] and leaf.key != RESULT]
    return tuple(found)


def _line(row: Row, listed: forms.Component) -> str:
    words = [(leaf.name, str(row.get(leaf.key) or "")) for leaf in listed.in_print_order]
    if len(words) == 1:
        return words[0][1]
    return "；".join(f"{name}：{value}" for name, value in words if value)


def lists_of(form: forms.Form) -> list[forms.Component]:
    """The tables of a form, in the order of the form."""
    return [leaf for leaf in form.leaves if leaf.type == "dynamiclist"]


def title_of(session: Session, form: forms.Form) -> str:
    return read_region(session).form_titles.get(form.key.split("/")[0], form.title)


@dataclass(frozen=True)
class Versions:
    """The answers before an amendment, if there was one, and now; as given, and in words."""

    before: Row | None
    after: Row
    told: Row
    shown: Row


def _list(listed: forms.Component, answers: Versions, *, is_first: bool) -> SheetList:
    """Of several lists a number is asked for with the list's own name before the field."""
    columns = listed.in_print_order
    prefix = "" if is_first else f"{listed.key}."
    were, gone = _row_changes(listed, answers)
    return SheetList(
        label=listed.name,
        columns=tuple(column.name for column in columns),
        rows=tuple(_cells(row, columns) for row in _rows(answers.shown, listed)),
        sensitive=tuple(f"{prefix}{one.key}" if one.sensitive else "" for one in columns),
        rows_were=were,
        rows_gone=gone,
    )


def _rows(answers: Row, listed: forms.Component) -> Sequence[Row]:
    return [row for row in answers.get(listed.key) or () if isinstance(row, Mapping)]


def _cells(row: Row, columns: Sequence[forms.Component]) -> tuple[str, ...]:
    return tuple(str(row.get(column.key) or "") for column in columns)


def _was(key: str, before: Row, after: Row, told: Row, shown: Row) -> str | None:
    """What stood there, in words; None where nothing changed."""
    if (before.get(key) or None) == (after.get(key) or None):
        return None
    if told.get(key) == shown.get(key):
        return HIDDEN
    return str(told.get(key) or NOTHING)


def _row_changes(
    listed: forms.Component, answers: Versions
) -> tuple[tuple[tuple[str | None, ...] | None, ...], tuple[tuple[str, ...], ...]]:
    """Per row what its cells were (None for a row that is new), and the rows that went."""
    if answers.before is None:
        return (), ()
    old, new = _rows(answers.before, listed), _rows(answers.after, listed)
    old_shown, new_shown = _rows(answers.told, listed), _rows(answers.shown, listed)
    pairs = _pairs(old, new)
    found = tuple(
        None
        if m is None
        else tuple(
            _was(column.key, old[m], new[n], old_shown[m], new_shown[n])
            for column in listed.in_print_order
        )
        for n, m in enumerate(pairs)
    )
    gone = [_cells(old_shown[m], listed.in_print_order) for m in range(len(old)) if m not in pairs]
    return found, tuple(gone)


def _pairs(old: Sequence[Row], new: Sequence[Row]) -> list[int | None]:
    """For each new row the old one it came of: its equal, its namesake, else the one in its place.

    So a row that was put in between does not make all rows after it look changed.
    """
    pairs: list[int | None] = [None] * len(new)

    def free(m: int) -> bool:
        return m < len(old) and m not in pairs

    def match(fits: Any) -> None:
        for n, row in enumerate(new):
            if pairs[n] is None:
                pairs[n] = next((m for m in range(len(old)) if free(m) and fits(old[m], row)), None)

    match(lambda before, after: before == after)
    match(lambda before, after: before.get("name") and before.get("name") == after.get("name"))
    for n, found in enumerate(pairs):
        if found is None and free(n):
            pairs[n] = n
    return pairs
