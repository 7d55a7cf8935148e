"""Reads a definition once and wholly: `load` gives a `Form` or a DefinitionError."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from bpmn.expressions import Expression, ExpressionError, compile_expression
from forms.definition import (
    CHOICE_TYPES,
    LIST_TYPES,
    STATIC_TYPES,
    Component,
    Form,
    Refusal,
    Rules,
)
from forms.patterns import compile_pattern
from forms.properties import Properties
from forms.sense import (
    refuse_bad_refusals,
    refuse_bad_split,
    refuse_bad_unique,
    refuse_nonsense,
    refuse_twins,
)
from forms.types import Choice

SUBTYPES = {
    "datetime": ("datetime", "date", "time"),
    "textfield": ("", "person_name"),
    "phone": ("", "mobile"),
}
# Longest text per type where a definition sets no maxLength of its own.
TEXT_LIMITS = {
    "textfield": 200,
    "textarea": 2000,
    "opinion": 500,
    "id_number": 18,
    "phone": 20,
    "person": 150,
    "unit": 150,
}
TYPES = (
    CHOICE_TYPES
    | LIST_TYPES
    | STATIC_TYPES
    | TEXT_LIMITS.keys()
    | {"number", "datetime", "checkbox", "signature", "group", "dynamiclist"}
)
_PATTERN_TEXT_LIMIT = 500
# Names of buttons and hidden inputs beside the answers, and of WTForms' own attributes.
RESERVED = frozenset(
    {
        "add_row",
        "remove_row",
        "paste",
        "sheet",
        "act",
        "client_key",
        "csrf_token",
        "version",
        "outcome",
    }
    | {"data", "errors", "meta", "process", "validate", "populate_obj", "form_errors", "no"}
    | {"formdata", "obj", "prefix", "extra_filters", "post_process"}
)
_KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
_CHECK = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


def load(data: Mapping[str, Any]) -> Form:
    """Raises: DefinitionError naming the component and what is wrong with it."""
    top = Properties("", data)
    form = Form(
        key=top.text("key", required=True),
        title=top.text("title", required=True),
        components=_children(top, depth=0),
        checks=top.names("checks", _CHECK),
        prepare=top.names("prepare", _CHECK),
        fill=top.names("fill", _CHECK),
        reckon=top.names("reckon", _CHECK),
        refuses=tuple(
            _refusal(Properties(f"refuse.{n}", item)) for n, item in enumerate(top.items("refuse"))
        ),
    )
    top.refuse_the_rest()
    refuse_twins("", form.leaves)
    refuse_bad_unique(form)
    refuse_bad_split(form)
    refuse_bad_refusals(form)
    return form


def _refusal(given: Properties) -> Refusal:
    when = given.text("when", required=True)
    try:
        compiled = compile_expression(when.removeprefix("="))
    except ExpressionError as error:
        raise given.wrong(f"when 写得不对：{error}") from error
    found = Refusal(compiled, given.text("at", required=True), given.text("message", required=True))
    given.refuse_the_rest()
    return found


def _children(parent: Properties, depth: int) -> tuple[Component, ...]:
    if depth > 4:
        raise parent.wrong("套得太深")
    return tuple(
        _component(Properties(f"{parent.where}.components.{n}".lstrip("."), item), depth)
        for n, item in enumerate(parent.items("components"))
    )


def _component(given: Properties, depth: int) -> Component:
    kind = given.text("type", required=True)
    if kind not in TYPES:
        raise given.wrong(f"不认识的类型“{kind}”")
    key = _key(given, kind)
    given.where = key or given.where
    given.take("id")  # form-js editors add one; it means nothing here
    conditional = given.inner("conditional")
    hide = conditional.text("hide")
    conditional.refuse_the_rest()
    component = Component(
        type=kind,
        key=key,
        label=given.text("label"),
        description=given.text("description"),
        subtype=_subtype(given, kind),
        default=given.take("defaultValue"),
        values=_values(given),
        values_key=given.text("valuesKey"),
        layout=_layout(given),
        readonly=given.flag("readonly"),
        hides=(_condition(given, hide),) if hide else (),
        hide_texts=(hide,) if hide else (),
        rules=_rules(given, kind),
        # An identity number is sensitive whether or not its author thought of it.
        sensitive=given.flag("sensitive", default=kind == "id_number"),
        purpose=given.text("purpose"),
        columns=given.names("columns", _KEY),
        visible_to=frozenset(given.names("visible_to", _KEY)),
        editable_at=frozenset(given.names("editable_at", re.compile(r"[A-Za-z_][\w.-]*"))),
        components=_children(given, depth + 1),
        default_repetitions=given.count("defaultRepetitions", 1) or 0,
        allow_add_remove=given.flag("allowAddRemove", default=True),
        multiple=given.flag("multiple"),
        accept=given.text("accept"),
        splits=given.flag("splits"),
        text=given.text("text") + given.text("content"),
    )
    given.refuse_the_rest()
    refuse_nonsense(given, component)
    return component


def _key(given: Properties, kind: str) -> str:
    key, path = given.text("key"), given.text("path")
    if path and (kind != "dynamiclist" or (key and key != path)):
        raise given.wrong("path 只用于 dynamiclist，并且与 key 相同")
    key = key or path
    if kind in STATIC_TYPES or kind == "group":
        return ""
    if not _KEY.fullmatch(key):
        raise given.wrong("key 要用小写字母开头，只含小写字母、数字和下划线")
    if key in RESERVED:
        raise given.wrong(f"key“{key}”是保留字，请换一个")
    return key


def _subtype(given: Properties, kind: str) -> str:
    allowed = SUBTYPES.get(kind, ("",))
    found = given.text("subtype") or allowed[0]
    if found not in allowed:
        raise given.wrong(f"subtype 只能是 {'、'.join(filter(None, allowed)) or '空'}")
    return found


def _values(given: Properties) -> tuple[Choice, ...]:
    choices = []
    for n, item in enumerate(given.items("values")):
        one = Properties(f"{given.where}.values.{n}", item)
        value = one.text("value", required=True)
        choices.append(Choice(value, one.text("label") or value))
        one.refuse_the_rest()
    if len({choice.value for choice in choices}) < len(choices):
        raise given.wrong("values 里有重复的值")
    return tuple(choices)


def _layout(given: Properties) -> Mapping[str, Any]:
    inner = given.inner("layout")
    row, columns = inner.text("row"), inner.count("columns")
    inner.refuse_the_rest()
    return {k: v for k, v in (("row", row), ("columns", columns)) if v}


def _condition(given: Properties, text: str) -> Expression:
    try:
        return compile_expression(text.removeprefix("="))
    except ExpressionError as error:
        raise given.wrong(f"conditional.hide 写得不对：{error}") from error


def _rules(given: Properties, kind: str) -> Rules:
    inner = given.inner("validate")
    pattern, check = inner.text("pattern"), inner.text("check")
    if check and not _CHECK.fullmatch(check):
        raise inner.wrong("check 应当写成 access.role_exclusivity 的样子")
    rules = Rules(
        required=inner.flag("required"),
        min=_bound(inner, "min", kind),
        max=_bound(inner, "max", kind),
        min_length=inner.count("minLength"),
        max_length=inner.count("maxLength", TEXT_LIMITS.get(kind)),
        check=check or None,
        unique=inner.flag("unique"),
    )
    inner.refuse_the_rest()
    return replace(rules, pattern=_pattern(inner, pattern, rules.max_length))


def _bound(inner: Properties, name: str, kind: str) -> int | float | str | None:
    value = inner.take(name)
    if value is None:
        return None
    if kind == "datetime":
        if value != "today" and not _is_iso_date(value):
            raise inner.wrong(f"{name} 应当是 2026-11-21 这样的日期，或者 today")
        return str(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
        raise inner.wrong(f"{name} 应当是数字")
    if kind != "number" and (not isinstance(value, int) or value < 0):
        raise inner.wrong(f"{name} 应当是不小于 0 的整数")
    return value


def _is_iso_date(value: object) -> bool:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _pattern(inner: Properties, text: str, longest: int | None) -> re.Pattern[str] | None:
    if not text:
        return None
    if longest is None or longest > _PATTERN_TEXT_LIMIT:
        raise inner.wrong(f"有 pattern 时 maxLength 最多 {_PATTERN_TEXT_LIMIT}")
    try:
        return compile_pattern(text)
    except ValueError as error:
        raise inner.wrong(str(error)) from error
