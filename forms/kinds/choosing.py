"""What is ticked or picked: boxes, choices, lists of choices, uploaded files."""

import re
from collections.abc import Sequence
from typing import Any

from forms import normalise
from forms.definition import Component
from forms.kinds.base import Problem, Reading, choices, wrong
from forms.types import Choice, Context

MAX_ITEMS = 200


def checkbox(_component: Component, raw: Any, _context: Context) -> Reading:
    return Reading(raw) if isinstance(raw, bool) else wrong(raw, " true 或 false")


def choice(component: Component, raw: Any, context: Context) -> Reading:
    if not isinstance(raw, str):
        return wrong(raw, "选项的值（文字）")
    value = normalise.line(raw)
    offered = choices(component, context)
    if value and all(choice.value != value for choice in offered):
        return Reading(value, (_not_a_choice(offered),))
    return Reading(value)


def _not_a_choice(offered: Sequence[Choice], at: str = "") -> Problem:
    labels = "、".join(choice.label for choice in offered[:6])
    more = "等" if len(offered) > 6 else ""
    rest = f"，请从{labels}{more}中选" if labels else "，现在没有可选的，请联系管理员"
    return Problem("not_a_choice", "不在选项里" + rest, at)


def items(component: Component, raw: Any, context: Context) -> Reading:
    if not isinstance(raw, list):
        return wrong(raw, "一组选项（列表）")._replace(value=[])
    offered = choices(component, context)
    allowed = {choice.value for choice in offered}
    problems = [
        _not_a_choice(offered, str(n)) if isinstance(item, str) else _wrong_item(n)
        for n, item in enumerate(raw[:MAX_ITEMS])
        if not isinstance(item, str) or item not in allowed
    ]
    value = [item for item in raw[:MAX_ITEMS] if isinstance(item, str) and item in allowed]
    return Reading(value, (*problems, *_count(component, raw, len(set(value)) < len(value))))


def _wrong_item(n: int) -> Problem:
    return Problem("wrong_type", "里的每一项应当是文字，请改过来", str(n))


def _count(component: Component, raw: list[Any], has_twins: bool) -> tuple[Problem, ...]:
    low, high = component.rules.min, component.rules.max
    high = high if isinstance(high, int) else MAX_ITEMS
    if len(raw) > high:
        return (Problem("too_many_items", f"最多 {high} 项，现在有 {len(raw)} 项"),)
    if raw and isinstance(low, int) and len(raw) < low:
        return (Problem("too_few_items", f"最少 {low} 项，现在有 {len(raw)} 项"),)
    return (Problem("duplicate", "里有重复的，请去掉一个"),) if has_twins else ()


def files(component: Component, raw: Any, context: Context) -> Reading:
    if not isinstance(raw, list):
        return wrong(raw, "一组附件编号（列表）")._replace(value=[])
    problems, value = [], []
    for n, item in enumerate(raw[:MAX_ITEMS]):
        key = str(item) if _is_file_id(item) else ""
        if not key:
            problems.append(Problem("wrong_type", "里的每一项应当是附件编号", str(n)))
        elif problem := _file_problem(component, key, context):
            problems.append(problem._replace(at=str(n)))
        else:
            value.append(item)
    if not component.multiple and len(raw) > 1:
        problems.append(Problem("too_many_items", f"只能有 1 个，现在有 {len(raw)} 个"))
    twins = len({str(item) for item in value}) < len(value)
    return Reading(value, (*problems, *_count(component, raw, twins)))


def _file_problem(component: Component, key: str, context: Context) -> Problem | None:
    found = context.find_file(key) if context.find_file else Choice(key, "")
    if found is None:
        return Problem("not_a_choice", "里有找不到的附件，请重新上传")
    # Its extension is its kind: an attachment is kept under no other.
    allowed = tuple(one for one in component.accept.lower().split(",") if one.startswith("."))
    if found.label and allowed and not found.label.lower().endswith(allowed):
        kinds = "、".join(one[1:].upper() for one in allowed)
        return Problem("not_accepted", f"里的“{found.label}”不是要的格式，这里只收 {kinds}")
    return None


def _is_file_id(item: Any) -> bool:
    if isinstance(item, str):
        return bool(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", item))
    return isinstance(item, int) and not isinstance(item, bool) and 0 < item < 2**63
