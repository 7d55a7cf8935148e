"""What a form is: a tree of components, read-only once loaded.

The vocabulary is that of form-js plus ours (person, unit, id_number, phone, signature, opinion;
sensitive, purpose, columns, splits, visible_to, editable_at; `check` under `validate`). A group
only arranges: its children answer on the level above and inherit its conditions and rights.
For lists `validate.min` and `validate.max` count rows or items.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from bpmn.expressions import Expression
from forms.types import Choice

CHOICE_TYPES = frozenset({"radio", "select", "checklist", "taglist"})
LIST_TYPES = frozenset({"checklist", "taglist", "filepicker"})
STATIC_TYPES = frozenset({"text", "html", "separator"})
MAX_ROWS = 500
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
    unique: bool = False  # no other row of the list may say the same


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
    splits: bool = False

    @property
    def leaves(self) -> tuple["Component", ...]:
        """The answerable children of a list's row, groups opened."""
        return tuple(_leaves(self.components))

    @property
    def in_print_order(self) -> tuple["Component", ...]:
        """The columns of the paper; what splits a form stands in its head."""
        printed = tuple(leaf for leaf in self.leaves if not leaf.splits)
        by_key = {leaf.key: leaf for leaf in printed}
        return tuple(by_key[key] for key in self.columns) if self.columns else printed

    @property
    def in_typing_order(self) -> tuple["Component", ...]:
        """As a row is filled in: the columns of the paper, and what splits the form."""
        return (*self.in_print_order, *(leaf for leaf in self.leaves if leaf.splits))

    @property
    def name(self) -> str:
        return self.label or self.key

    @property
    def own_default(self) -> Any:
        """The first value that the definition itself gives; a placeholder is none."""
        is_text = isinstance(self.default, str)
        return None if is_text and _PLACEHOLDER.fullmatch(self.default) else self.default


@dataclass(frozen=True, slots=True)
class Refusal:
    """Answers that do not go together, with each other or with the outcome; told at a field."""

    when: Expression
    at: str
    message: str


@dataclass(frozen=True, slots=True)
class Form:
    key: str
    title: str
    components: tuple[Component, ...]
    checks: tuple[str, ...] = ()
    prepare: tuple[str, ...] = ()
    fill: tuple[str, ...] = ()
    reckon: tuple[str, ...] = ()
    refuses: tuple[Refusal, ...] = ()

    @property
    def leaves(self) -> tuple[Component, ...]:
        """The components that hold an answer on the top level, groups opened."""
        return tuple(_leaves(self.components))

    @property
    def check_names(self) -> frozenset[str]:
        own = (c.rules.check for c in self._all())
        return frozenset(self.checks).union(name for name in own if name)

    @property
    def who(self) -> frozenset[str]:
        """The fields that say who somebody is: `field`, or `list.field` of a row."""
        rows = ((f"{leaf.key}.{one.key}", one) for leaf in self.leaves for one in leaf.leaves)
        fields = ((leaf.key, leaf) for leaf in self.leaves)
        return frozenset(
            path for path, leaf in chain(fields, rows) if leaf.type in ("id_number", "person")
        )

    @property
    def values_keys(self) -> frozenset[str]:
        return frozenset(c.values_key for c in self._all() if c.values_key)

    @property
    def splitting(self) -> tuple[Component, Component] | None:
        """The list whose rows may belong to several forms, and the column that says to which."""
        found = ((leaf, one) for leaf in self.leaves for one in leaf.leaves if one.splits)
        return next(found, None)

    def _all(self) -> Iterator[Component]:
        return chain(self.leaves, chain.from_iterable(leaf.leaves for leaf in self.leaves))


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
