"""The WTForms class of a definition: one control a component, rows as sub-forms."""
# WTForms ships no types, and every control is made by calling it.
# mypy: disable-error-code="no-untyped-call"

from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any

import wtforms
from wtforms import widgets

from forms.definition import Component
from forms.kinds import choices
from forms.places import least_rows, most_rows
from forms.types import Context

_DATE_INPUTS = {
    "date": widgets.DateInput,
    "time": widgets.TimeInput,
    "datetime": widgets.DateTimeLocalInput,
}


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


class _Group:
    """Several boxes under one name, with one error. The list around them is for the eye alone: it
    may not carry what is said of the group.
    """

    def __init__(self, role: str) -> None:
        self._role = role

    def __call__(self, field: Any, class_: str = "", **attributes: Any) -> Any:
        html = type(field.label())  # escapes what is formatted into it
        attributes.pop("autocomplete", None)
        if self._role == "group":  # may not be said to be wrong or needed: its boxes are
            attributes = {
                name: one
                for name, one in attributes.items()
                if name not in ("aria-invalid", "aria-required")
            }
        own = {"id": field.id, "role": self._role, "aria-label": field.label.text, "tabindex": -1}
        boxes = [html('<li role="none">{} {}</li>').format(box(), box.label()) for box in field]
        outer = html(widgets.html_params(**own | attributes))
        return html('<div {}><ul class="{}" role="none">{}</ul></div>').format(
            outer, class_, html().join(boxes)
        )


def class_of(leaves: Sequence[Component], context: Context) -> type[_Base]:
    return type("Answers", (_Base,), {leaf.key: _control(leaf, context) for leaf in leaves})


def _control(leaf: Component, context: Context) -> Any:
    listed = [
        wtforms.SelectChoice(value=choice.value, label=choice.label)
        for choice in choices(leaf, context)
    ]
    match leaf.type:
        case "dynamiclist":
            row = wtforms.FormField(class_of(leaf.leaves, context))
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
            return wtforms.RadioField(
                leaf.label, choices=listed, validate_choice=False, widget=_Group("radiogroup")
            )
        case "checklist" | "taglist":
            # A list to choose several from wants a key held down, which nobody is told.
            return wtforms.SelectMultipleField(
                leaf.label,
                choices=listed,
                validate_choice=False,
                widget=_Group("group"),
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
