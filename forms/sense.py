"""What single properties cannot show: parts of a component that do not go together."""

import re
from collections.abc import Sequence

from forms.definition import CHOICE_TYPES, MAX_ROWS, Component
from forms.properties import Properties
from forms.types import DefinitionError

_HTML_TAG = re.compile(r"</?(?:p|ul|ol|li|b|strong|em|h3|h4|br)\s*/?>")


def refuse_nonsense(given: Properties, component: Component) -> None:
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


def _refuse_bad_list(given: Properties, component: Component) -> None:
    leaves = component.leaves
    if not leaves:
        raise given.wrong("dynamiclist 里要有组件")
    if any(leaf.type == "dynamiclist" for leaf in leaves):
        raise given.wrong("dynamiclist 里不能再放 dynamiclist")
    if component.columns and sorted(component.columns) != sorted(leaf.key for leaf in leaves):
        raise given.wrong("columns 应当正好列出每一列的 key")
    if isinstance(component.rules.max, int) and component.rules.max > MAX_ROWS:
        raise given.wrong(f"一张表最多 {MAX_ROWS} 行")
    refuse_twins(component.key, leaves)


def refuse_twins(where: str, leaves: Sequence[Component]) -> None:
    keys = [leaf.key for leaf in leaves]
    twin = next((key for key in keys if keys.count(key) > 1), None)
    if twin:
        raise DefinitionError(where, f"key“{twin}”出现了两次")
