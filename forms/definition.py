"""A form definition read once and checked wholly: `load` gives a `Form` or a DefinitionError.

The vocabulary is that of form-js plus ours (person, unit, id_number, phone, signature, opinion;
sensitive, purpose, columns, visible_to, editable_at; `check` under `validate`). A group only
arranges: its children answer on the level above and inherit its conditions and rights.
For lists `validate.min` and `validate.max` count rows or items.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain
from typing import Any

from bpmn.expressions import Expression, ExpressionError, compile_expression
from forms.patterns import compile_pattern
from forms.types import Choice, DefinitionError

CHOICE_TYPES = frozenset({"radio", "select", "checklist", "taglist"})
LIST_TYPES = frozenset({"checklist", "taglist", "filepicker"})
STATIC_TYPES = frozenset({"text", "html", "separator"})
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
MAX_ROWS = 500
_PATTERN_TEXT_LIMIT = 500
# Names of buttons and hidden inputs beside the answers, and of WTForms' own attributes.
RESERVED = frozenset(
    {"add_row", "remove_row", "paste", "act", "client_key", "csrf_token", "version", "outcome"}
    | {"data", "errors", "meta", "process", "validate", "populate_obj", "form_errors", "no"}
    | {"formdata", "obj", "prefix", "extra_filters", "post_process"}
)
_KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
_CHECK = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_HTML_TAG = re.compile(r"</?(?:p|ul|ol|li|b|strong|em|h3|h4|br)\s*/?>")


# A defaultValue such as {requester.unit}: the app, not the definition, knows the value.
_PLACEHOLDER = re.compile(r"\{[a-z][a-z0-9_.]*\}")


@dataclass(frozen=True, slots=True)
class Rules:
    required: bool = False
    min: int | float | str | None = None
    max: int | float | str | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: re.Pattern[str] | None = None
    check: str | None = None


@dataclass(frozen=True, slots=True)
class Component:
    type: str
    key: str = ""
    label: str = ""
    description: str = ""
    subtype: str = ""
    default: Any = None
    values: tuple[Choice, ...] = ()
    values_key: str = ""
    layout: Mapping[str, Any] = field(default_factory=dict)
    readonly: bool = False
    hides: tuple[Expression, ...] = ()
    hide_texts: tuple[str, ...] = ()
    rules: Rules = Rules()
    sensitive: bool = False
    purpose: str = ""
    columns: tuple[str, ...] = ()
    visible_to: frozenset[str] = frozenset()
    editable_at: frozenset[str] = frozenset()
    components: tuple["Component", ...] = ()
    default_repetitions: int = 1
    allow_add_remove: bool = True
    multiple: bool = False
    accept: str = ""
    text: str = ""

    @property
    def leaves(self) -> tuple["Component", ...]:
        """The answerable children of a list's row, groups opened."""
        return tuple(_leaves(self.components))

    @property
    def in_print_order(self) -> tuple["Component", ...]:
        by_key = {leaf.key: leaf for leaf in self.leaves}
        return tuple(by_key[key] for key in self.columns) if self.columns else self.leaves

    @property
    def name(self) -> str:
        return self.label or self.key

    @property
    def own_default(self) -> Any:
        """The first value that the definition itself gives; a placeholder is none."""
        is_text = isinstance(self.default, str)
        return None if is_text and _PLACEHOLDER.fullmatch(self.default) else self.default


@dataclass(frozen=True, slots=True)
class Form:
    key: str
    title: str
    components: tuple[Component, ...]
    checks: tuple[str, ...] = ()
    prepare: tuple[str, ...] = ()

    @property
    def leaves(self) -> tuple[Component, ...]:
        """The components that hold an answer on the top level, groups opened."""
        return tuple(_leaves(self.components))

    @property
    def check_names(self) -> frozenset[str]:
        own = (c.rules.check for c in self._all())
        return frozenset(self.checks).union(name for name in own if name)

    @property
    def values_keys(self) -> frozenset[str]:
        return frozenset(c.values_key for c in self._all() if c.values_key)

    def _all(self) -> Iterator[Component]:
        return chain(self.leaves, chain.from_iterable(leaf.leaves for leaf in self.leaves))


def load(data: Mapping[str, Any]) -> Form:
    """Raises: DefinitionError naming the component and what is wrong with it."""
    top = _Properties("", data)
    form = Form(
        key=top.text("key", required=True),
        title=top.text("title", required=True),
        components=_children(top, depth=0),
        checks=top.names("checks", _CHECK),
        prepare=top.names("prepare", _CHECK),
    )
    top.refuse_the_rest()
    _refuse_twins("", form.leaves)
    return form


class _Properties:
    """One JSON object of a definition; reads typed properties and remembers the rest."""

    def __init__(self, where: str, data: object) -> None:
        if not isinstance(data, Mapping):
            raise DefinitionError(where, "应当是一个对象")
        self.where = where
        self._left = dict(data)

    def take(self, name: str) -> Any:
        return self._left.pop(name, None)

    def text(self, name: str, *, required: bool = False) -> str:
        value = self.take(name)
        if value is None and not required:
            return ""
        if not isinstance(value, str) or (required and not value.strip()):
            raise self.wrong(f"{name} 应当是文字")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.take(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.wrong(f"{name} 应当是 true 或 false")
        return value

    def count(self, name: str, default: int | None = None) -> int | None:
        value = self.take(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100_000:
            raise self.wrong(f"{name} 应当是不小于 0 的整数")
        return value

    def items(self, name: str) -> Sequence[Any]:
        value = self.take(name)
        if value is None:
            return ()
        if not isinstance(value, list | tuple):
            raise self.wrong(f"{name} 应当是列表")
        return value

    def names(self, name: str, shape: re.Pattern[str]) -> tuple[str, ...]:
        found = tuple(self.items(name))
        if not all(isinstance(item, str) and shape.fullmatch(item) for item in found):
            raise self.wrong(f"{name} 里有不合写法的名称")
        return found

    def inner(self, name: str) -> "_Properties":
        value = self.take(name)
        return _Properties(f"{self.where}.{name}".lstrip("."), {} if value is None else value)

    def refuse_the_rest(self) -> None:
        if self._left:
            raise self.wrong(f"不认识的属性“{min(map(str, self._left))}”")

    def wrong(self, message: str) -> DefinitionError:
        return DefinitionError(self.where, message)


def _children(parent: _Properties, depth: int) -> tuple[Component, ...]:
    if depth > 4:
        raise parent.wrong("套得太深")
    return tuple(
        _component(_Properties(f"{parent.where}.components.{n}".lstrip("."), item), depth)
        for n, item in enumerate(parent.items("components"))
    )


def _component(given: _Properties, depth: int) -> Component:
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
        text=given.text("text") + given.text("content"),
    )
    given.refuse_the_rest()
    _refuse_nonsense(given, component)
    return component


def _key(given: _Properties, kind: str) -> str:
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


def _subtype(given: _Properties, kind: str) -> str:
    allowed = SUBTYPES.get(kind, ("",))
    found = given.text("subtype") or allowed[0]
    if found not in allowed:
        raise given.wrong(f"subtype 只能是 {'、'.join(filter(None, allowed)) or '空'}")
    return found


def _values(given: _Properties) -> tuple[Choice, ...]:
    choices = []
    for n, item in enumerate(given.items("values")):
        one = _Properties(f"{given.where}.values.{n}", item)
        value = one.text("value", required=True)
        choices.append(Choice(value, one.text("label") or value))
        one.refuse_the_rest()
    if len({choice.value for choice in choices}) < len(choices):
        raise given.wrong("values 里有重复的值")
    return tuple(choices)


def _layout(given: _Properties) -> Mapping[str, Any]:
    inner = given.inner("layout")
    row, columns = inner.text("row"), inner.count("columns")
    inner.refuse_the_rest()
    return {k: v for k, v in (("row", row), ("columns", columns)) if v}


def _condition(given: _Properties, text: str) -> Expression:
    try:
        return compile_expression(text.removeprefix("="))
    except ExpressionError as error:
        raise given.wrong(f"conditional.hide 写得不对：{error}") from error


def _rules(given: _Properties, kind: str) -> Rules:
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
    )
    inner.refuse_the_rest()
    return replace(rules, pattern=_pattern(inner, pattern, rules.max_length))


def _bound(inner: _Properties, name: str, kind: str) -> int | float | str | None:
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


def _pattern(inner: _Properties, text: str, longest: int | None) -> re.Pattern[str] | None:
    if not text:
        return None
    if longest is None or longest > _PATTERN_TEXT_LIMIT:
        raise inner.wrong(f"有 pattern 时 maxLength 最多 {_PATTERN_TEXT_LIMIT}")
    try:
        return compile_pattern(text)
    except ValueError as error:
        raise inner.wrong(str(error)) from error


def _refuse_nonsense(given: _Properties, component: Component) -> None:
    kind, rules = component.type, component.rules
    if kind in CHOICE_TYPES and bool(component.values) == bool(component.values_key):
        raise given.wrong("要么写 values，要么写 valuesKey")
    if kind not in CHOICE_TYPES and (component.values or component.values_key):
        raise given.wrong(f"{kind} 没有选项，请去掉 values")
    if component.components and kind not in {"group", "dynamiclist"}:
        raise given.wrong(f"{kind} 里不能再放组件")
    if component.sensitive and not component.purpose:
        raise given.wrong("个人信息要写明 purpose（收集的用途）")
    if kind == "dynamiclist":
        _refuse_bad_list(given, component)
    elif component.columns:
        raise given.wrong("columns 只用于 dynamiclist")
    if kind == "html" and "<" in _HTML_TAG.sub("", component.text):
        raise given.wrong("html 只能用不带属性的 p ul ol li b strong em h3 h4 br")
    if (
        isinstance(rules.min, int | float)
        and isinstance(rules.max, int | float)
        and rules.min > rules.max
    ):
        raise given.wrong("min 比 max 大")
    if component.default is not None and not isinstance(component.default, str | int | bool):
        raise given.wrong("defaultValue 应当是文字、数字或 true/false")


def _refuse_bad_list(given: _Properties, component: Component) -> None:
    leaves = component.leaves
    if not leaves:
        raise given.wrong("dynamiclist 里要有组件")
    if any(leaf.type == "dynamiclist" for leaf in leaves):
        raise given.wrong("dynamiclist 里不能再放 dynamiclist")
    if component.columns and sorted(component.columns) != sorted(leaf.key for leaf in leaves):
        raise given.wrong("columns 应当正好列出每一列的 key")
    if isinstance(component.rules.max, int) and component.rules.max > MAX_ROWS:
        raise given.wrong(f"一张表最多 {MAX_ROWS} 行")
    _refuse_twins(component.key, leaves)


def _refuse_twins(where: str, leaves: Sequence[Component]) -> None:
    keys = [leaf.key for leaf in leaves]
    twin = next((key for key in keys if keys.count(key) > 1), None)
    if twin:
        raise DefinitionError(where, f"key“{twin}”出现了两次")


def _leaves(components: Sequence[Component]) -> Iterator[Component]:
    for component in components:
        if component.type == "group":
            yield from (_inherit(component, leaf) for leaf in _leaves(component.components))
        elif component.type not in STATIC_TYPES:
            yield component


def _inherit(group: Component, leaf: Component) -> Component:
    return replace(
        leaf,
        readonly=group.readonly or leaf.readonly,
        hides=group.hides + leaf.hides,
        hide_texts=group.hide_texts + leaf.hide_texts,
        visible_to=leaf.visible_to or group.visible_to,
        editable_at=leaf.editable_at or group.editable_at,
    )
