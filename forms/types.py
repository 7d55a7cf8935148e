"""What forms hand out and take in: errors, choices, the context of one judgement.

No rule lives here; rules are in `kinds` (one value) and `validation` (a whole form).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta, timezone, tzinfo
from typing import Any, NamedTuple

CHINA = timezone(timedelta(hours=8))

Answers = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FieldError:
    """`message` says where and how to mend; `hint` is the same beside the field itself."""

    path: str
    code: str
    message: str
    hint: str = ""


class DefinitionError(ValueError):
    """A form definition is wrong; `where` names the component, the text is for its author."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(f"{where}：{message}" if where else message)
        self.where = where
        self.message = message


class DraftRefused(ValueError):
    """A draft holds what no page of ours sends; nothing of it is kept."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("；".join(error.message for error in errors))
        self.errors = tuple(errors)


class Choice(NamedTuple):
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class CheckInput:
    """A field's check sees its value and path; a form's check all answers and the path ""."""

    value: Any
    path: str
    answers: Mapping[str, Any]


Check = Callable[[CheckInput], Sequence[FieldError]]
Find = Callable[[str], Choice | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """All that a judgement needs beside the form and the answers.

    `prefilled` holds the values of read-only fields (and first values of others); `node` and
    `positions` decide what `editable_at` and `visible_to` mean for this reader.
    """

    today: date
    values: Mapping[str, Sequence[Choice]] = field(default_factory=dict)
    prefilled: Mapping[str, Any] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    node: str = ""
    positions: frozenset[str] = frozenset()
    find_person: Find | None = None
    find_unit: Find | None = None
    find_file: Find | None = None
    timezone: tzinfo = CHINA


@dataclass(frozen=True, slots=True)
class Validated:
    answers: Answers
    errors: tuple[FieldError, ...]

    @property
    def is_valid(self) -> bool:
        return not self.errors


def plain(value: Any) -> Any:
    """Prefilled values may be dates; answers are JSON."""
    return value.isoformat() if isinstance(value, date) else value
