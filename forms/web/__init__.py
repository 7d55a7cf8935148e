"""Browser forms from definitions; the only package that knows WTForms.

WTForms binds, names and renders the controls. It judges nothing: `WebForm.answers()` gives what
was sent in the shape of JSON answers, `forms.validate` judges, `WebForm.attach` puts its errors
beside the fields. Row buttons and pasted rows work without a script.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from forms.definition import Form
from forms.files import asks_for_files
from forms.paste import rows_from_paste
from forms.places import laid_rows
from forms.types import Answers, Context
from forms.validation import without_hidden
from forms.web import sent
from forms.web.controls import class_of
from forms.web.exchange import answers_of, control_values, initial
from forms.web.page import Tree, WebField, WebRow, flat, named

__all__ = ["ErrorAt", "FormData", "WebField", "WebForm", "WebRow", "build"]


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
        found = answers_of(self.form.leaves, self._bound, self.context)
        smuggled = self._received.smuggled if self._received else {}
        for key, value in smuggled.items():
            found[key] = _with_extras(found[key], value) if isinstance(value, dict) else value
        for leaf in self.form.leaves:
            if leaf.type == "dynamiclist" and leaf.key in found:
                rows, is_laid = found[leaf.key], laid_rows(leaf, self.context.prefilled) is not None
                found[leaf.key] = [
                    sent.without_empty_split(leaf, row)
                    for row in rows
                    if is_laid or not sent.is_blank(leaf, row)
                ]
        return without_hidden(self.form, found, self.context)

    def attach(self, errors: Iterable[ErrorAt]) -> None:
        """Put each error beside its field; that of a whole row at the row."""
        for error in errors:
            self.errors.append(error)
            if found := self._find(error.path):
                found.errors.append(getattr(error, "hint", "") or error.message)

    @property
    def summary(self) -> list[tuple[str, str]]:
        """Target id ("" for none) and sentence of every error, for the list on top."""
        return [(self._target(error.path), error.message) for error in self.errors]

    @property
    def asks_for_files(self) -> bool:
        return asks_for_files(self.form)

    def __getitem__(self, key: str) -> WebField:
        return named(flat(self.fields), key)

    def _tree(self) -> list[WebField]:
        given = answers_of(self.form.leaves, self._bound, self.context)
        asked = without_hidden(self.form, given, self.context)
        maker = Tree(self.context, self.form)
        prefilled = self.context.prefilled
        return maker.fields(self.form.components, self._bound, prefilled, asked)

    def _find(self, path: str) -> WebField | WebRow | None:
        head, *rest = path.split(".")
        top = next((f for f in flat(self.fields) if f.path == head), None)
        if top is None or not rest or not rest[0].isdecimal() or int(rest[0]) >= len(top.rows):
            return top
        row = top.rows[int(rest[0])]
        return next((f for f in row.fields if f.component.key in rest[1:2]), row)

    def _target(self, path: str) -> str:
        found = self._find(path)
        if isinstance(found, WebRow):
            found = found.fields[0]
        return found.id if found else ""


def build(
    form: Form,
    context: Context,
    answers: Mapping[str, Any] | None = None,
    formdata: FormData | None = None,
) -> WebForm:
    """The page of stored `answers` (or of a new form), or of what the browser sent."""
    form_class = class_of(form.leaves, context)
    if formdata is None:
        start = initial(form, answers, context)
        return WebForm(
            form, context, form_class(data=control_values(form.leaves, start, context)), None
        )
    received = sent.receive(form, context, formdata, rows_from_paste)
    return WebForm(form, context, form_class(received.data), received)


def _with_extras(rows: list[Answers], extras: Mapping[int, Answers]) -> list[Answers]:
    """Names that this page does not offer stay in, so that the judge refuses them."""
    return [row | extras.get(n, {}) for n, row in enumerate(rows)]
