"""The official form as the screen shows it."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

import forms
from app.core import clock
from app.processes import engine
from app.tasks import signatures
from app.tickets.presentation import boxes
from app.tickets.sheets import title_of
from app.tickets.types import Box, TicketView
from forms.web import WebForm


def sheet(view: TicketView) -> dict[str, Any]:
    shown = view.sheet
    were = shown.fields_were or [None] * len(shown.fields)
    return {
        "title": shown.title,
        "fields": [
            {"label": label, "value": value, "wide": index == 0, "was": was}
            for index, ((label, value), was) in enumerate(zip(shown.fields, were, strict=True))
        ],
        "band": shown.list_label,
        "columns": shown.columns,
        "rows": shown.rows,
        "rows_were": shown.rows_were,
        "rows_gone": shown.rows_gone,
        "change_count": shown.change_count,
        "sensitive": shown.sensitive,
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
    listed = next((leaf for leaf in page.form.leaves if leaf.type == "dynamiclist"), None)
    columns = listed.in_print_order if listed else ()
    rows = given.get(listed.key) if listed else None
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
        "band": listed.name if listed else "",
        "list": listed.key if listed else "",
        "columns": [column.name for column in columns],
        "column_keys": [column.key for column in columns],
        "rows": [[row.get(column.key) or "" for column in columns] for row in rows or [{}]],
        "boxes": [_box(box) for box in boxes(loaded, (), {})],
    }


def _box(box: Box) -> dict[str, Any]:
    return {
        "label": box.label,
        "opinion": box.opinion,
        "name": box.name,
        "date": chinese_day(box.at),
        "signature_src": signatures.for_screen(signatures.joined(box.signatures))
        if box.signatures
        else "",
        "here": box.here,
        "half": box.half,
        "foot": "" if box.at else box.foot,
    }


def chinese_day(moment: datetime | None) -> str:
    if moment is None:
        return ""
    day = clock.local(moment)
    return f"{day.year}年{day.month}月{day.day}日"
