"""A form as outsiders see it: all that is needed to give valid answers, and nothing else."""

from collections.abc import Mapping
from typing import Any

from forms.definition import CHOICE_TYPES, STATIC_TYPES, Component, Form, Rules
from forms.kinds import choices
from forms.places import least_rows, most_rows
from forms.rights import is_open, is_visible
from forms.types import Context, plain

# What the readers in `kinds` insist on beyond a definition's own pattern.
_PATTERNS = {
    ("id_number", ""): "^[1-9][0-9]{16}[0-9X]$",
    ("phone", "mobile"): "^1[3-9][0-9]{9}$",
    ("phone", ""): "^(1[3-9][0-9]{9}|0(10|2[0-9]|[3-9][0-9]{2})-[2-9][0-9]{6,7}(-[0-9]{1,6})?)$",
    ("datetime", "date"): "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    ("datetime", "time"): "^([01][0-9]|2[0-3]):[0-5][0-9]$",
}


def describe(form: Form, context: Context) -> dict[str, Any]:
    return {
        "key": form.key,
        "title": form.title,
        "components": [
            _describe(component, context, context.prefilled)
            for component in form.components
            if is_visible(component, context)
        ],
    }


def _describe(
    component: Component,
    context: Context,
    prefilled: Mapping[str, Any],
    parent_open: bool = True,
) -> dict[str, Any]:
    opened = parent_open and is_open(component, context)
    inner = [c for c in component.components if is_visible(c, context)]
    answers = component.type not in STATIC_TYPES | {"group"}
    found: dict[str, Any] = {
        "type": component.type,
        "key": component.key,
        "label": component.label,
        "description": component.description,
        "subtype": component.subtype,
        "text": component.text,
        "layout": dict(component.layout),
        "values": _values(component, context),
        "defaultValue": plain(prefilled.get(component.key, component.own_default)),
        "validate": _rules(component) if answers else None,
        "readonly": answers and not opened,
        "conditional": {"hide": component.hide_texts[0]} if component.hide_texts else None,
        "sensitive": component.sensitive,
        "purpose": component.purpose,
        "columns": list(component.columns),
        "multiple": component.multiple,
        "accept": component.accept,
        "splits": component.splits,
    }
    if component.type == "group":
        found["components"] = [_describe(c, context, prefilled, opened) for c in inner]
    if component.type == "dynamiclist":
        found["components"] = [_describe(c, context, {}, opened) for c in inner]
        found |= {
            "path": component.key,
            "defaultRepetitions": component.default_repetitions,
            "allowAddRemove": component.allow_add_remove and opened,
        }
    kept = {k: v for k, v in found.items() if v not in (None, "", [], {}, False)}
    return kept | ({"values": found["values"]} if component.type in CHOICE_TYPES else {})


def _values(component: Component, context: Context) -> list[dict[str, str]]:
    return [{"value": c.value, "label": c.label} for c in choices(component, context)]


def _rules(component: Component) -> dict[str, Any]:
    rules = component.rules
    own = rules.pattern.pattern if rules.pattern else None
    found = {
        "required": rules.required or None,
        "min": rules.min,
        "max": rules.max,
        "minLength": rules.min_length,
        "maxLength": rules.max_length,
        "pattern": own or _PATTERNS.get((component.type, component.subtype)),
        "check": rules.check,
        "unique": rules.unique or None,
    }
    if component.type == "dynamiclist":
        found |= _list_rules(component, rules)
    return {name: value for name, value in found.items() if value is not None}


def _list_rules(component: Component, rules: Rules) -> dict[str, Any]:
    least = least_rows(component)
    return {"required": rules.required or least > 0, "min": least, "max": most_rows(component)}
