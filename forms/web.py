"""Browser forms from definitions; the only module that knows WTForms.

WTForms binds, names and renders the controls. It judges nothing: `WebForm.answers()` gives what
was sent in the shape of JSON answers, `forms.validate` judges, `WebForm.attach` puts its errors
beside the fields. Row buttons and pasted rows work without a script.
"""
# WTForms ships no types, and every control is made by calling it.
# mypy: disable-error-code="no-untyped-call"

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import add
from typing import Any, Protocol

import wtforms
from wtforms import widgets

from forms import sent
from forms.definition import LIST_TYPES, STATIC_TYPES, Component, Form
from forms.kinds import choices, empty_value
from forms.paste import as_number, rows_from_paste
from forms.types import Answers, Choice, Context
from forms.validation import (
    is_open,
    is_visible,
    least_rows,
    most_rows,
    without_hidden,
)

_INPUT_MODES = {"id_number": "text", "phone": "tel", "number": "decimal"}
_DATE_INPUTS = {
    "date": widgets.DateInput,
    "time": widgets.TimeInput,
    "datetime": widgets.DateTimeLocalInput,
}


_Known = Mapping[str, Any]


class ErrorAt(Protocol):
    """A FieldError of ours, or any other error that knows its path."""

    @property
    def path(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def message(self) -> str: ...


class FormData(Protocol):
    """What werkzeug's MultiDict offers, and all that is used of it."""

    def getlist(self, key: str) -> list[str]: ...
    def __iter__(self) -> Iterator[str]: ...


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
    columns: list["WebField"] = field(default_factory=list)  # a list's cells of no row yet
    row_number: int | None = None

    @property
    def key(self) -> str:
        return self.component.key

    @property
    def type(self) -> str:
        """`date` and `time` are types of their own on a page."""
        return self.component.subtype if self.component.type == "datetime" else self.component.type

    @property
    def value(self) -> Any:
        """What stands in the control."""
        found = None if self.control is None else self.control.data
        return "" if found is None else found

    @property
    def display(self) -> str:
        return self.shown

    @property
    def description(self) -> str:
        return self.component.description

    @property
    def wide(self) -> bool:
        return self.component.layout.get("columns") == 16

    @property
    def max_length(self) -> int | None:
        """What the control lets in: blanks and prefixes of numbers are taken off only later."""
        return 40 if self.component.type in _INPUT_MODES else self.component.rules.max_length

    @property
    def can_change(self) -> bool:
        return not self.readonly and self.component.allow_add_remove

    @property
    def min_rows(self) -> int:
        return least_rows(self.component)

    @property
    def max_rows(self) -> int:
        return most_rows(self.component)

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
        if self.required:
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

    def __iter__(self) -> Iterator[WebField]:
        return iter(self.fields)

    def __getitem__(self, key: str) -> WebField:
        return next(found for found in self.fields if found.component.key == key)


class WebForm:
    """A form on a page.

    `changed` says that rows were added, removed or pasted: show the page again, submit nothing.
    """

    def __init__(
        self,
        form: Form,
        context: Context,
        bound: Any,
        received: sent.Received | None,
    ) -> None:
        self.form = form
        self.context = context
        self.changed = received.changed if received else False
        self.errors: list[ErrorAt] = []
        self._bound = bound
        self._received = received
        self.fields = self._tree()
        self.attach(received.errors if received else ())

    def answers(self, formdata: FormData | None = None) -> Answers:
        """What the page sent, in the shape that `validate` judges; blank rows are left out."""
        if formdata is not None:
            return build(self.form, self.context, formdata=formdata).answers()
        found = _answers(self.form.leaves, self._bound, self.context)
        smuggled = self._received.smuggled if self._received else {}
        for key, value in smuggled.items():
            found[key] = _with_extras(found[key], value) if isinstance(value, dict) else value
        for leaf in self.form.leaves:
            if leaf.type == "dynamiclist" and leaf.key in found:
                rows = found[leaf.key]
                found[leaf.key] = [row for row in rows if not sent.is_blank(leaf, row)]
        return without_hidden(self.form, found, self.context)

    def attach(self, errors: Iterable[ErrorAt]) -> None:
        """Put each error beside its field; that of a whole row beside the row's first cell."""
        for error in errors:
            self.errors.append(error)
            if found := self._find(error.path):
                found.errors.append(getattr(error, "hint", "") or error.message)

    @property
    def summary(self) -> list[tuple[str, str]]:
        """Target id ("" for none) and sentence of every error, for the list on top."""
        return [(self._target(error.path), error.message) for error in self.errors]

    def __getitem__(self, key: str) -> WebField:
        return next(found for found in _flat(self.fields) if found.component.key == key)

    def _tree(self) -> list[WebField]:
        given = _answers(self.form.leaves, self._bound, self.context)
        asked = without_hidden(self.form, given, self.context)
        maker = _Tree(self.context, {leaf.key: leaf for leaf in self.form.leaves})
        prefilled = self.context.prefilled
        return maker.fields(self.form.components, self._bound, prefilled, asked)

    def _find(self, path: str) -> WebField | None:
        head, *rest = path.split(".")
        top = next((f for f in _flat(self.fields) if f.path == head), None)
        if top is None or not rest or not rest[0].isdecimal() or int(rest[0]) >= len(top.rows):
            return top
        row = top.rows[int(rest[0])]
        return next((f for f in row if f.component.key in rest[1:2]), row.fields[0])

    def _target(self, path: str) -> str:
        found = self._find(path)
        return found.id if found else ""


def build(
    form: Form,
    context: Context,
    answers: Mapping[str, Any] | None = None,
    formdata: FormData | None = None,
) -> WebForm:
    """The page of stored `answers` (or of a new form), or of what the browser sent."""
    form_class = _class_of(form.leaves, context)
    if formdata is None:
        start = _initial(form, answers, context)
        return WebForm(form, context, form_class(data=_typed(form.leaves, start, context)), None)
    received = sent.receive(form, context, formdata, rows_from_paste)
    return WebForm(form, context, form_class(received.data), received)


class _Tree:
    """Builds the fields of the page along the definition.

    `asked` are the answers without hidden fields: an open field that is missing there is hidden.
    """

    def __init__(self, context: Context, inherited: Mapping[str, Component]) -> None:
        self._context = context
        self._inherited = inherited

    def fields(
        self, components: Sequence[Component], bound: Any, prefilled: _Known, asked: _Known
    ) -> list[WebField]:
        visible = (c for c in components if is_visible(c, self._context))
        return [self._field(component, bound, prefilled, asked) for component in visible]

    def _field(
        self, component: Component, bound: Any, prefilled: _Known, asked: _Known
    ) -> WebField:
        if component.type in STATIC_TYPES:
            return WebField(component, "")
        if component.type == "group":
            inner = self.fields(component.components, bound, prefilled, asked)
            return WebField(component, "", fields=inner, hidden=all(f.hidden for f in inner))
        leaf = self._inherited[component.key]
        found = self._leaf(leaf, leaf.key, bound, prefilled, asked)
        if leaf.type == "dynamiclist":
            found.rows = list(self._rows(leaf, bound, prefilled.get(leaf.key), asked))
            found.columns = self._cells(leaf, "__row__", None, {}, {})
        return found

    def _rows(self, leaf: Component, bound: Any, before: Any, asked: _Known) -> Iterator[WebRow]:
        # A closed list is shown as it was kept: the browser sends nothing of it.
        is_list_open = is_open(leaf, self._context)
        kept = [None] * len(before) if isinstance(before, list | tuple) else []
        forms = [entry.form for entry in bound[leaf.key].entries] if is_list_open else kept
        for n, row_form in enumerate(forms):
            yield self._row(
                leaf, n, row_form, sent.row_of(before, n), sent.row_of(asked.get(leaf.key), n)
            )

    def _row(self, leaf: Component, n: int, bound: Any, prefilled: _Known, asked: _Known) -> WebRow:
        cells = self._cells(leaf, str(n), bound, prefilled, asked)
        for cell in cells:
            cell.row_number = n + 1
        return WebRow(n + 1, f"{leaf.key}-{n}", cells)

    def _cells(
        self, leaf: Component, row: str, bound: Any, prefilled: _Known, asked: _Known
    ) -> list[WebField]:
        cells = [
            self._leaf(inner, f"{leaf.key}.{row}.{inner.key}", bound, prefilled, asked)
            for inner in leaf.in_print_order
            if is_visible(inner, self._context)
        ]
        for cell in cells if not is_open(leaf, self._context) else ():
            cell.readonly, cell.hidden = True, False
            cell.shown = sent.shown_text(cell.component, prefilled, self._context)
        return cells

    def _leaf(
        self, leaf: Component, path: str, bound: Any, prefilled: _Known, asked: _Known
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
        )


def _flat(fields: Iterable[WebField]) -> Iterator[WebField]:
    for found in fields:
        yield found
        yield from _flat(found.fields)


def _with_extras(rows: list[Answers], extras: Mapping[int, Answers]) -> list[Answers]:
    """Names that this page does not offer stay in, so that the judge refuses them."""
    return [row | extras.get(n, {}) for n, row in enumerate(rows)]


# --- from the page to answers ---------------------------------------------------------------


def _answers(leaves: Sequence[Component], bound: Any, context: Context) -> Answers:
    return {
        leaf.key: [_answers(leaf.leaves, entry.form, context) for entry in bound[leaf.key].entries]
        if leaf.type == "dynamiclist"
        else _answer(leaf, bound[leaf.key].data, context)
        for leaf in leaves
        if is_open(leaf, context)
    }


def _answer(leaf: Component, data: Any, context: Context) -> Any:
    if data is None or data == "":
        return empty_value(leaf)
    if leaf.type == "number":
        return as_number(data)
    if leaf.type == "datetime" and leaf.subtype == "datetime":
        return _with_offset(data, context)
    if leaf.type == "signature":
        return {"kind": "stored"} if data == "stored" else {"kind": "drawn", "image": data}
    return data


def _with_offset(local: str, context: Context) -> str:
    """A datetime-local control knows no offset; the office's own is meant."""
    try:
        moment = datetime.fromisoformat(local)
    except ValueError:
        return local
    return (moment if moment.tzinfo else moment.replace(tzinfo=context.timezone)).isoformat()


# --- from answers to the page ---------------------------------------------------------------


def _initial(form: Form, answers: Mapping[str, Any] | None, context: Context) -> Answers:
    if answers is not None:
        return dict(answers)
    defaults = {leaf.key: leaf.own_default for leaf in form.leaves}
    return defaults | dict(context.prefilled)


def _typed(leaves: Sequence[Component], answers: Mapping[str, Any], context: Context) -> Answers:
    """Answers as the text that stands in the controls."""
    return {
        leaf.key: _control_value(leaf, answers[leaf.key], context)
        for leaf in leaves
        if answers.get(leaf.key) is not None
    }


def _control_value(leaf: Component, value: Any, context: Context) -> Any:
    if leaf.type == "dynamiclist":
        rows = value if isinstance(value, list | tuple) else ()
        return [_typed(leaf.leaves, row, context) for row in rows if isinstance(row, Mapping)]
    if leaf.type in LIST_TYPES:
        return [str(item) for item in value] if isinstance(value, list | tuple) else []
    if leaf.type == "checkbox":
        return value is True
    if leaf.type == "signature":
        return ""  # a signature is given anew with each act
    if leaf.type == "datetime" and leaf.subtype == "datetime":
        return _local(str(value), context)
    return str(value)


def _local(value: str, context: Context) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    local = moment.astimezone(context.timezone) if moment.tzinfo else moment
    return f"{local:%Y-%m-%dT%H:%M}"


# --- the WTForms class ----------------------------------------------------------------------


class _Base(wtforms.Form):
    class Meta:
        # Rows are sub-forms and would speak English without a language of their own.
        locales = ("zh",)


class _Ids(wtforms.Field):
    """Ids of uploaded files, each in a hidden input of the same name."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = [value for value in valuelist if value]

    def __call__(self, **_attributes: Any) -> Any:
        hidden = widgets.HiddenInput()
        inputs = [
            hidden(self, id=f"{self.id}-{n}", value=value) for n, value in enumerate(self.data)
        ]
        return reduce(add, inputs, type(hidden(self, value=""))())


def _class_of(leaves: Sequence[Component], context: Context) -> type[_Base]:
    return type("Answers", (_Base,), {leaf.key: _control(leaf, context) for leaf in leaves})


def _control(leaf: Component, context: Context) -> Any:
    listed = [
        wtforms.SelectChoice(value=choice.value, label=choice.label)
        for choice in choices(leaf, context)
    ]
    match leaf.type:
        case "dynamiclist":
            row = wtforms.FormField(_class_of(leaf.leaves, context))
            first = max(leaf.default_repetitions, least_rows(leaf))
            return wtforms.FieldList(row, leaf.label, min_entries=min(first, most_rows(leaf)))
        case "textarea" | "opinion":
            return wtforms.TextAreaField(leaf.label)
        case "checkbox":
            return wtforms.BooleanField(leaf.label)
        case "select":
            # Nothing is ever preselected: the first entry is no answer.
            blank = wtforms.SelectChoice(value="", label="请选择")
            return wtforms.SelectField(leaf.label, choices=[blank, *listed], validate_choice=False)
        case "radio":
            return wtforms.RadioField(leaf.label, choices=listed, validate_choice=False)
        case "taglist":
            return wtforms.SelectMultipleField(leaf.label, choices=listed, validate_choice=False)
        case "checklist":
            return wtforms.SelectMultipleField(
                leaf.label,
                choices=listed,
                validate_choice=False,
                widget=widgets.ListWidget(prefix_label=False),
                option_widget=widgets.CheckboxInput(),
            )
        case "filepicker":
            return _Ids(leaf.label, default=list)
        case "signature":
            return wtforms.HiddenField(leaf.label)
        case "phone":
            return wtforms.StringField(leaf.label, widget=widgets.TelInput())
        case "datetime":
            return wtforms.StringField(leaf.label, widget=_DATE_INPUTS[leaf.subtype]())
        case _:
            return wtforms.StringField(leaf.label)
