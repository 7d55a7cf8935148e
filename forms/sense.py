"""What single properties cannot show: parts of a component that do not go together."""

import re
from collections.abc import Sequence

from forms.definition import CHOICE_TYPES, LIST_TYPES, MAX_ROWS, Component, Form
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
    if component.columns and sorted(component.columns) != sorted(
        leaf.key for leaf in leaves if not leaf.splits
    ):
        raise given.wrong("columns 应当正好列出每一列的 key，分表的栏目（splits）除外")
    if isinstance(component.rules.max, int) and component.rules.max > MAX_ROWS:
        raise given.wrong(f"一张表最多 {MAX_ROWS} 行")
    refuse_twins(component.key, leaves)


def refuse_bad_refusals(form: Form) -> None:
    """They are told at fields of the form; what else they may read, the diagram says."""
    keys = {leaf.key for leaf in form.leaves}
    for n, one in enumerate(form.refuses):
        if one.at not in keys:
            raise DefinitionError(f"refuse.{n}", f"没有栏目“{one.at}”")


def refuse_twins(where: str, leaves: Sequence[Component]) -> None:
    keys = [leaf.key for leaf in leaves]
    twin = next((key for key in keys if keys.count(key) > 1), None)
    if twin:
        raise DefinitionError(where, f"key“{twin}”出现了两次")


def refuse_bad_unique(form: Form) -> None:
    """It compares one value of each row with that of the others."""
    for leaf in form.leaves:
        if leaf.rules.unique:
            raise DefinitionError(leaf.key, "unique 只写在 dynamiclist 的栏目上")
        for one in leaf.leaves:
            if one.rules.unique and one.type in LIST_TYPES | {"checkbox", "signature"}:
                raise DefinitionError(f"{leaf.key}.{one.key}", f"{one.type} 不能写 unique")


def refuse_bad_split(form: Form) -> None:
    """What splits a form by its rows takes the place of a field in its head."""
    found = [(leaf, one) for leaf in form.leaves for one in leaf.leaves if one.splits]
    if any(leaf.splits for leaf in form.leaves) or len(found) > 1:
        raise DefinitionError("", "splits 只写在一张 dynamiclist 的一个栏目上")
    if not found:
        return
    listed, column = found[0]
    where = f"{listed.key}.{column.key}"
    head = next((leaf for leaf in form.leaves if leaf.key == column.key), None)
    if column.type not in {"select", "radio"} or column.rules.required or column.readonly:
        raise DefinitionError(where, "分表的栏目（splits）应当是可以不选的 select 或 radio")
    if head is None or head.type not in {"select", "radio"}:
        raise DefinitionError(where, f"表头里要有同名的单选栏目“{column.key}”")
    if (head.values, head.values_key) != (column.values, column.values_key):
        raise DefinitionError(where, "分表的栏目（splits）和表头里同名的栏目选项要一样")
    if any(one.type == "filepicker" for leaf in form.leaves for one in (leaf, *leaf.leaves)):
        raise DefinitionError(where, "要分表的表单里不能有附件：一个附件只属于一件")
