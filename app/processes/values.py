"""Values that come from outside straight into the variables of a run: what may be among them.

Testers, deciders of processes without forms and other systems send them. They never set what the
engine writes itself: outcomes and the counters of loops.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from app.core.errors import Invalid
from forms import FieldError

NAME = re.compile(r"[^\W\d_]\w{0,59}")
OUTCOME = "outcome"
COUNTERS = frozenset(
    {
        "loopCounter",
        "numberOfInstances",
        "numberOfActiveInstances",
        "numberOfCompletedInstances",
    }
)
MOST, LONGEST, DEEPEST, LARGEST = 100, 2_000, 3, 2**53


def judge(given: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The values as they are, when all may be set. Raises: Invalid, with paths below `path`."""
    wrong = [FieldError(path, "too_long", f"最多 {MOST} 个变量。")] if len(given) > MOST else []
    for name, value in list(given.items())[:MOST]:
        place = f"{path}.{name[:60]}"
        if not NAME.fullmatch(name):
            message = "变量名不能用：字母开头，只含字母、数字和下划线，最多 60 个字。"
            wrong.append(FieldError(place, "variable_name", message))
        elif name in COUNTERS or name == OUTCOME or name.endswith(f"_{OUTCOME}"):
            message = "这个变量由系统写，不能从外面设。"
            wrong.append(FieldError(place, "variable_reserved", message))
        else:
            wrong += [FieldError(place, "variable_value", text) for text in _wrong(value, DEEPEST)]
    if wrong:
        raise Invalid(wrong)
    return dict(given)


def _wrong(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str) and len(value) > LONGEST:
        yield f"文字最多 {LONGEST} 个字。"
    elif isinstance(value, int) and abs(value) > LARGEST:
        yield "数太大。"
    elif isinstance(value, list | dict):
        inner = list(value.values() if isinstance(value, dict) else value)
        if depth == 0 or len(inner) > MOST:
            yield f"列表最多 {MOST} 项，最多套 {DEEPEST} 层。"
        else:
            for one in inner:
                yield from _wrong(one, depth - 1)
