"""One value at a time: for each component type a reader that normalises and judges it.

A reader takes any JSON value and never raises. Its hints continue the label:
身份证号 + 校验不对，请逐位核对证件.
"""

from collections.abc import Callable
from typing import Any

from forms.definition import LIST_TYPES, Component
from forms.kinds import choosing, moments, numbers, signing, words
from forms.kinds.base import Problem, Reading, choices
from forms.types import Context

__all__ = ["Problem", "Reading", "choices", "empty_value", "is_empty", "read"]

Reader = Callable[[Component, Any, Context], Reading]


def read(component: Component, raw: Any, context: Context) -> Reading:
    """The written form of `raw` and what is wrong with it; an empty value has no problem here."""
    if raw is None:
        return Reading(empty_value(component))
    return _READERS[component.type](component, raw, context)


def empty_value(component: Component) -> Any:
    """What stands in the answers where nothing was given."""
    if component.type in LIST_TYPES or component.type == "dynamiclist":
        return []
    if component.type == "checkbox":
        return False
    return None if component.type in {"number", "signature"} else ""


def is_empty(component: Component, value: Any) -> bool:
    # A required box must be ticked, so its False is empty; the number 0 is not.
    return value is None or value in ("", []) or (component.type == "checkbox" and value is False)


_READERS: dict[str, Reader] = {
    "textfield": words.text,
    "textarea": words.text,
    "opinion": words.text,
    "id_number": numbers.id_number,
    "phone": numbers.phone,
    "number": numbers.number,
    "datetime": moments.moment,
    "checkbox": choosing.checkbox,
    "select": choosing.choice,
    "radio": choosing.choice,
    "checklist": choosing.items,
    "taglist": choosing.items,
    "filepicker": choosing.files,
    "person": words.person,
    "unit": words.unit,
    "signature": signing.signature,
}
