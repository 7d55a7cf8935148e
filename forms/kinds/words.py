"""Texts, names of people, and the codes of people and units."""

import re
import unicodedata
from typing import Any

from forms import normalise
from forms.definition import Component
from forms.kinds.base import Problem, Reading, judge_text, wrong
from forms.types import Context, Find

_NAME_SIGNS = "·-'’ "


def text(component: Component, raw: Any, _context: Context) -> Reading:
    if not isinstance(raw, str):
        return wrong(raw, "一段文字")
    if component.subtype == "person_name":
        value = normalise.person_name(raw)
    elif component.type == "textfield":
        value = normalise.line(raw)
    else:
        value = normalise.text(raw)
    return judge_text(component, value, _name_problem(component, value))


def _name_problem(component: Component, name: str) -> Problem | None:
    if component.subtype != "person_name" or not name:
        return None
    # A full stop belongs to initials: J. Smith.
    bare = name.replace(".", "") if re.search("[A-Za-z]", name) else name
    if all(map(_may_stand_in_name, bare)) and bare.strip(_NAME_SIGNS):
        return None
    return Problem("pattern", "里只能有汉字、字母和间隔号“·”，请去掉别的符号")


def _may_stand_in_name(character: str) -> bool:
    # Cn and Co: ideographs newer than this Python's tables, and those that older systems
    # keep in the private area; both are on real identity cards.
    category = unicodedata.category(character)
    return category[0] in "LM" or category in {"Cf", "Cn", "Co"} or character in _NAME_SIGNS + "〇"


def person(component: Component, raw: Any, context: Context) -> Reading:
    return _found(component, raw, context.find_person, "在册人员的登录名")


def unit(component: Component, raw: Any, context: Context) -> Reading:
    return _found(component, raw, context.find_unit, "在册单位的编码")


def _found(component: Component, raw: Any, find: Find | None, what: str) -> Reading:
    if not isinstance(raw, str):
        return wrong(raw, f"{what}（文字）")
    value = normalise.line(raw)
    reading = judge_text(component, value)
    if value and not reading.problems and find and find(value) is None:
        return Reading(value, (Problem("not_a_choice", f"查不到，请填{what}"),))
    return reading
