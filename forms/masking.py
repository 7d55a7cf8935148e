"""Sensitive answers for screens, lists and logs: the ends only."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from forms.definition import Component, Form
from forms.types import Answers

MASKED = re.compile(r"\*{1,8}|[0-9]{6}\*{8}[0-9]{3}[0-9Xx]|[0-9]{3}\*{4}[0-9]{4}")


def mask(form: Form, answers: Mapping[str, Any]) -> Answers:
    return _mask(form.leaves, answers)


def mask_value(component: Component, value: Any) -> Any:
    if not component.sensitive or value in (None, ""):
        return value
    return mask_text(value) if isinstance(value, str) else "****"


def is_masked(value: str) -> bool:
    """Whether this is what `mask_text` makes: nobody's new value, but an old one that was read."""
    return MASKED.fullmatch(value) is not None


def mask_text(value: str) -> str:
    """422899********7774, 154****0111; whatever is no whole number (a draft) hides wholly."""
    if re.fullmatch(r"[0-9]{17}[0-9Xx]", value):
        return f"{value[:6]}********{value[-4:]}"
    if re.fullmatch(r"1[0-9]{10}", value):
        return f"{value[:3]}****{value[-4:]}"
    return "*" * min(len(value), 8)


def _mask(leaves: Sequence[Component], answers: Mapping[str, Any]) -> Answers:
    known = {leaf.key: leaf for leaf in leaves}
    return {key: _mask_one(known[key], value) for key, value in answers.items() if key in known}


def _mask_one(leaf: Component, value: Any) -> Any:
    if leaf.type == "dynamiclist" and isinstance(value, list) and not leaf.sensitive:
        return [_mask(leaf.leaves, row) for row in value if isinstance(row, Mapping)]
    return mask_value(leaf, value)
