"""The form of a ticket as it is read: labels, values, rows, and what the last amendment changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

import forms
from app.identity.region import read_region
from app.processes.service import answering
from app.tickets.types import Sheet

Row = Mapping[str, Any]
NOTHING = "（没有填）"
HIDDEN = "隐去的几位改过"


def sheet_of(
    session: Session,
    form: forms.Form,
    answers: Row,
    now: datetime,
    instance_id: int,
    before: Row | None = None,
) -> Sheet:
    """Masked; with `before` each changed value carries what it was in the submission before."""
    context = answering.label_context(session, now, instance_id)
    shown = forms.labelled(form, forms.mask(form, answers), context)
    plain = [leaf for leaf in form.leaves if leaf.type != "dynamiclist"]
    listed = next((leaf for leaf in form.leaves if leaf.type == "dynamiclist"), None)
    columns = listed.in_print_order if listed else ()
    rows = _rows(shown, listed)
    changes = _Changes()
    if before is not None:
        told = forms.labelled(form, forms.mask(form, before), context)
        changes = _Changes(
            # What the system fills in changes with the day and is nobody's amendment.
            tuple(
                None if leaf.readonly else _was(leaf.key, before, answers, told, shown)
                for leaf in plain
            ),
            *_row_changes(listed, before, answers, told, shown),
        )
    return Sheet(
        title=title_of(session, form),
        fields=tuple((leaf.name, str(shown.get(leaf.key) or "")) for leaf in plain),
        columns=tuple(column.name for column in columns),
        rows=tuple(_cells(row, columns) for row in rows),
        list_label=listed.name if listed else "",
        sensitive=tuple(column.key if column.sensitive else "" for column in columns),
        fields_were=changes.fields,
        rows_were=changes.rows,
        rows_gone=changes.gone,
    )


def title_of(session: Session, form: forms.Form) -> str:
    return read_region(session).form_titles.get(form.key.split("/")[0], form.title)


@dataclass(frozen=True)
class _Changes:
    fields: tuple[str | None, ...] = ()
    rows: tuple[tuple[str | None, ...] | None, ...] = ()
    gone: tuple[tuple[str, ...], ...] = ()


def _rows(answers: Row, listed: forms.Component | None) -> Sequence[Row]:
    found = answers.get(listed.key) if listed else None
    return [row for row in found or () if isinstance(row, Mapping)]


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
    listed: forms.Component | None, before: Row, after: Row, told: Row, shown: Row
) -> tuple[tuple[tuple[str | None, ...] | None, ...], tuple[tuple[str, ...], ...]]:
    """Per row what its cells were (None for a row that is new), and the rows that went."""
    if listed is None:
        return (), ()
    old, new = _rows(before, listed), _rows(after, listed)
    old_shown, new_shown = _rows(told, listed), _rows(shown, listed)
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
