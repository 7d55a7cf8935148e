"""What templates walk: fields, rows and their state, along the definition."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from forms.definition import STATIC_TYPES, Component, Form
from forms.kinds import choices
from forms.places import least_rows
from forms.rights import is_open, is_visible
from forms.types import Choice, Context
from forms.web import sent

_INPUT_MODES = {"id_number": "text", "phone": "tel", "number": "decimal"}
# Drawn as a list, which takes no word of being required: the group around circles does.
_LISTS = ("radio", "checklist", "taglist")
_CHOICE = re.compile(r"""=?\s*([a-z][a-z0-9_]*) *(==|!=) *["']([^"'\\]*)["']""")
Known = Mapping[str, Any]


@dataclass
class WebField:
    """One component on the page; a group has `fields`, a dynamiclist `rows`, others a control."""

    component: Component
    path: str
    control: Any = None
    readonly: bool = False
    hidden: bool = False
    shown: str = ""
    choices: Sequence[Choice] = ()
    fields: list["WebField"] = field(default_factory=list)
    rows: list["WebRow"] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    row_number: int | None = None
    files: Sequence[Choice] = ()
    ruled: bool = False  # a rule of the form points here, and may ask for it

    @property
    def name(self) -> str:
        return self.path.replace(".", "-")

    @property
    def id(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        return self.component.label

    @property
    def spoken_label(self) -> str:
        """The name for readers of a screen: inside a table the column head is out of reach."""
        return f"第 {self.row_number} 行{self.label}" if self.row_number else self.label

    @property
    def required(self) -> bool:
        return not self.readonly and (
            self.component.rules.required or least_rows(self.component) > 0
        )

    @property
    def may_be_left(self) -> bool:
        """Whatever else is answered, nobody asks for it."""
        return not self.required and not self.ruled

    @property
    def hides(self) -> tuple[str, str, str] | None:
        """The choice that hides it, where a page can see for itself: key, == or !=, value."""
        texts = self.component.hide_texts
        found = _CHOICE.fullmatch(texts[0].strip()) if len(texts) == 1 else None
        alone = self.row_number is None and not self.readonly
        return (found[1], found[2], found[3]) if found and alone else None

    @property
    def error_id(self) -> str:
        return f"{self.id}-error"

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes that every rendering of the control must carry."""
        found: dict[str, Any] = {"autocomplete": "off"}
        if self.row_number:
            found["aria-label"] = self.spoken_label
        if mode := _INPUT_MODES.get(self.component.type):
            found["inputmode"] = mode
        if self.required and self.component.type not in _LISTS:
            found["aria-required"] = "true"
        if self.errors:
            found |= {"aria-invalid": "true", "aria-describedby": self.error_id}
        elif self.component.description and not self.row_number:
            found["aria-describedby"] = f"{self.id}-help"
        return found

    def render(self, **extra: Any) -> Any:
        if self.errors:
            extra["class_"] = f"{extra.get('class_', '')} is-wrong".strip()
        return self.control(**self.attributes, **extra)


@dataclass
class WebRow:
    """One row of a dynamiclist, its cells in print order."""

    number: int
    remove_value: str  # what the row's remove button sends
    fields: list[WebField]
    errors: list[str] = field(default_factory=list)

    def __getitem__(self, key: str) -> WebField:
        return named(self.fields, key)


def named(fields: Iterable[WebField], key: str) -> WebField:
    for found in fields:
        if found.component.key == key:
            return found
    raise KeyError(key)


class Tree:
    """Builds the fields of the page along the definition.

    `asked` are the answers without hidden fields: an open field that is missing there is hidden.
    """

    def __init__(self, context: Context, form: Form) -> None:
        self._context = context
        self._inherited = {leaf.key: leaf for leaf in form.leaves}
        self._ruled = frozenset(one.at for one in form.refuses)

    def fields(
        self, components: Sequence[Component], bound: Any, prefilled: Known, asked: Known
    ) -> list[WebField]:
        visible = (c for c in components if is_visible(c, self._context))
        return [self._field(component, bound, prefilled, asked) for component in visible]

    def _field(self, component: Component, bound: Any, prefilled: Known, asked: Known) -> WebField:
        if component.type in STATIC_TYPES:
            return WebField(component, "")
        if component.type == "group":
            inner = self.fields(component.components, bound, prefilled, asked)
            return WebField(component, "", fields=inner, hidden=all(f.hidden for f in inner))
        leaf = self._inherited[component.key]
        found = self._leaf(leaf, leaf.key, bound, prefilled, asked)
        if leaf.type == "dynamiclist":
            found.rows = list(self._rows(leaf, bound, prefilled.get(leaf.key), asked))
        return found

    def _rows(self, leaf: Component, bound: Any, before: Any, asked: Known) -> Iterator[WebRow]:
        # A closed list is shown as it was kept: the browser sends nothing of it.
        is_list_open = is_open(leaf, self._context)
        kept = [None] * len(before) if isinstance(before, list | tuple) else []
        forms = [entry.form for entry in bound[leaf.key].entries] if is_list_open else kept
        for n, row_form in enumerate(forms):
            yield self._row(
                leaf, n, row_form, sent.row_of(before, n), sent.row_of(asked.get(leaf.key), n)
            )

    def _row(self, leaf: Component, n: int, bound: Any, prefilled: Known, asked: Known) -> WebRow:
        cells = self._cells(leaf, str(n), bound, prefilled, asked)
        for cell in cells:
            cell.row_number = n + 1
        return WebRow(n + 1, f"{leaf.key}-{n}", cells)

    def _cells(
        self, leaf: Component, row: str, bound: Any, prefilled: Known, asked: Known
    ) -> list[WebField]:
        cells = [
            self._leaf(inner, f"{leaf.key}.{row}.{inner.key}", bound, prefilled, asked)
            for inner in leaf.in_typing_order
            if is_visible(inner, self._context)
        ]
        for cell in cells if not is_open(leaf, self._context) else ():
            cell.readonly, cell.hidden = True, False
            cell.shown = sent.shown_text(cell.component, prefilled, self._context)
        return cells

    def _leaf(
        self, leaf: Component, path: str, bound: Any, prefilled: Known, asked: Known
    ) -> WebField:
        readonly = not is_open(leaf, self._context)
        return WebField(
            leaf,
            path,
            control=None if bound is None else bound[leaf.key],
            readonly=readonly,
            hidden=not readonly and bound is not None and leaf.key not in asked,
            shown=sent.shown_text(leaf, prefilled, self._context) if readonly else "",
            choices=choices(leaf, self._context),
            files=() if bound is None or readonly else self._files(leaf, bound[leaf.key].data),
            ruled=path in self._ruled,
        )

    def _files(self, leaf: Component, ids: Any) -> list[Choice]:
        """The files that a picker holds, with the names that this reader may know."""
        if leaf.type != "filepicker":
            return []
        find = self._context.find_file
        named_files = [(str(one), find(str(one)) if find else None) for one in ids or ()]
        return [found or Choice(one, "找不到的附件，请移除") for one, found in named_files]


def flat(fields: Iterable[WebField]) -> Iterator[WebField]:
    for found in fields:
        yield found
        yield from flat(found.fields)
