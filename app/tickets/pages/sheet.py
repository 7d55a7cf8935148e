"""The official form as the screen shows it."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

import forms
from app.core import clock
from app.identity import signatures
from app.processes import engine
from app.tickets.presentation import boxes
from app.tickets.sheets import lists_of, title_of
from app.tickets.types import Box, TicketView
from forms.web import WebForm

LONG = 60  # characters; more make half a row a narrow tower


def sheet(view: TicketView) -> dict[str, Any]:
    shown = view.sheet
    were = shown.fields_were or [None] * len(shown.fields)
    return {
        "title": shown.title,
        "fields": [
            {
                "label": label,
                "value": value,
                "wide": index == 0 or len(value) > LONG,
                "was": was,
            }
            for index, ((label, value), was) in enumerate(zip(shown.fields, were, strict=True))
        ],
        "lists": [
            {
                "band": one.label,
                "columns": one.columns,
                "rows": one.rows,
                "rows_were": one.rows_were,
                "rows_gone": one.rows_gone,
                "sensitive": one.sensitive,
            }
            for one in shown.lists
        ],
        "change_count": shown.change_count,
        "boxes": [_box(box) for box in view.boxes],
    }


def typed_sheet(
    session: Session, loaded: engine.Loaded, page: WebForm, context: forms.Context
) -> dict[str, Any]:
    """The sheet beside the form: whole numbers, for whoever is typing them.

    Each cell names the field it repeats, so that a script can keep it up to date.
    """
    given = forms.labelled(page.form, {**context.prefilled, **page.answers()}, context)
    plain = [leaf for leaf in page.form.leaves if leaf.type != "dynamiclist"]
    return {
        "title": title_of(session, page.form),
        "fields": [
            {
                "label": leaf.name,
                "value": given.get(leaf.key) or "",
                "wide": index == 0,
                "of": leaf.key,
            }
            for index, leaf in enumerate(plain)
        ],
        "lists": [_typed_list(leaf, given.get(leaf.key)) for leaf in lists_of(page.form)],
        "boxes": [_box(box) for box in boxes(loaded, (), {}, {})],
    }


def _typed_list(listed: forms.Component, rows: Any) -> dict[str, Any]:
    columns = listed.in_print_order
    return {
        "band": listed.name,
        "key": listed.key,
        "columns": [column.name for column in columns],
        "column_keys": [column.key for column in columns],
        "rows": [[row.get(column.key) or "" for column in columns] for row in rows or [{}]],
    }


def _box(box: Box) -> dict[str, Any]:
    return {
        "label": box.label,
        "opinion": box.opinion,
        "filled": box.filled,
        "name": box.name,
        "date": chinese_day(box.at),
        "signature_srcs": [signatures.for_screen(png) for png in box.signatures],
        "here": box.here,
        "half": box.half,
        "foot": "" if box.at else box.foot,
    }


def chinese_day(moment: datetime | None) -> str:
    if moment is None:
        return ""
    day = clock.local(moment)
    return f"{day.year}年{day.month}月{day.day}日"
