"""Answers as people read them, on screens and on paper: labels for codes, written-out dates."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from forms.definition import CHOICE_TYPES, Component, Form
from forms.kinds import choices
from forms.rights import is_visible
from forms.types import Answers, Context, Find


def labelled(form: Form, answers: Mapping[str, Any], context: Context) -> Answers:
    """Every visible field, empty ones too; rows carry their number as `no`."""
    return _labelled(form.leaves, answers, context)


def label_of(component: Component, value: Any, context: Context) -> Any:
    if component.type == "dynamiclist":
        rows = [row for row in value or () if isinstance(row, Mapping)]
        return [
            {"no": n, **_labelled(component.leaves, row, context)}
            for n, row in enumerate(rows, start=1)
        ]
    if value is None or value == "":
        return ""
    if component.type in CHOICE_TYPES:
        return _choice_labels(component, value, context)
    if component.type == "checkbox":
        return "是" if value else "否"
    if isinstance(value, float):
        return _decimal(value)
    if component.type == "datetime":
        return _written_out(str(value), context)
    if component.type == "filepicker":
        items = value if isinstance(value, list) else [value]
        return "、".join(_found_label(item, context.find_file) for item in items)
    if component.type in {"person", "unit"}:
        find = context.find_person if component.type == "person" else context.find_unit
        return _found_label(value, find)
    return value


def _decimal(value: float) -> str:
    """As one writes it, never with an exponent: a paper takes words, and whole numbers."""
    text = f"{Decimal(repr(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _labelled(leaves: Sequence[Component], answers: Mapping[str, Any], context: Context) -> Answers:
    return {
        leaf.key: label_of(leaf, answers.get(leaf.key), context)
        for leaf in leaves
        if is_visible(leaf, context) and not (leaf.splits and not answers.get(leaf.key))
    }


def _choice_labels(component: Component, value: Any, context: Context) -> str:
    labels = {choice.value: choice.label for choice in choices(component, context)}
    chosen = value if isinstance(value, list) else [value]
    # A choice withdrawn since the answer was given shows its code rather than nothing.
    return "、".join(labels.get(str(item), str(item)) for item in chosen)


def _found_label(value: Any, find: Find | None) -> str:
    found = find(str(value)) if find else None
    return found.label if found else str(value)


def _written_out(value: str, context: Context) -> str:
    """2026年10月9日, or 2026年10月9日 10:24; what is no date (a draft) stays as it is."""
    try:
        if len(value) == 10:
            return chinese_date(date.fromisoformat(value))
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    if moment.tzinfo is not None:
        moment = moment.astimezone(context.timezone)
    return f"{chinese_date(moment)} {moment:%H:%M}"


def chinese_date(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
