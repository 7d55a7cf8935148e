"""What every reader gives back, and the judgements that several of them share."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from forms.definition import Component
from forms.masking import is_masked
from forms.types import Choice, Context


class Problem(NamedTuple):
    code: str
    hint: str
    at: str = ""  # the item inside a list, as a further piece of the path


class Reading(NamedTuple):
    value: Any
    problems: tuple[Problem, ...] = ()


def choices(component: Component, context: Context) -> Sequence[Choice]:
    if component.values_key:
        return tuple(context.values.get(component.values_key, ()))
    return component.values


def wrong(raw: Any, what: str) -> Reading:
    kept = raw if isinstance(raw, str | bool | int | float) else ""
    return Reading(kept, (Problem("wrong_type", f"应当是{what}，请改过来"),))


def judge_text(component: Component, value: str, own: Problem | None = None) -> Reading:
    rules, length = component.rules, len(value)
    if not value:
        return Reading(value)
    if component.sensitive and is_masked(value):
        return Reading(value, (Problem("masked", "隐去了中间的号码，请填写完整的"),))
    if rules.max_length is not None and length > rules.max_length:
        hint = f"太长，现在 {_spaced(length)} 个字，最多 {_spaced(rules.max_length)} 个字"
        return Reading(value, (Problem("too_long", hint),))
    if rules.min_length is not None and length < rules.min_length:
        hint = f"太短，现在 {length} 个字，最少 {_spaced(rules.min_length)} 个字"
        return Reading(value, (Problem("too_short", hint),))
    if own:
        return Reading(value, (own,))
    if rules.pattern and not rules.pattern.fullmatch(value):
        return Reading(value, (Problem("pattern", "写法不对，请照栏目的说明填写"),))
    return Reading(value)


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", " ")
