"""Between the texts of controls and answers in the shape of JSON, both ways."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from forms.definition import LIST_TYPES, Component, Form
from forms.kinds import empty_value
from forms.paste import as_number
from forms.places import laid_rows
from forms.rights import is_open
from forms.types import Answers, Context


def answers_of(leaves: Sequence[Component], bound: Any, context: Context) -> Answers:
    return {
        leaf.key: [
            answers_of(leaf.leaves, entry.form, context) for entry in bound[leaf.key].entries
        ]
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


def initial(form: Form, answers: Mapping[str, Any] | None, context: Context) -> Answers:
    if answers is not None:
        return {**answers, **_padded(form, answers, context)}
    defaults = {leaf.key: leaf.own_default for leaf in form.leaves}
    return defaults | dict(context.prefilled)


def _padded(form: Form, answers: Mapping[str, Any], context: Context) -> Answers:
    """Lists that the system has laid out show every row, also where nothing is kept of it yet."""
    found: Answers = {}
    for leaf in form.leaves:
        laid, rows = laid_rows(leaf, context.prefilled), answers.get(leaf.key) or []
        if laid is not None and isinstance(rows, list):
            found[leaf.key] = [*rows[:laid], *({} for _ in range(laid - len(rows)))]
    return found


def control_values(
    leaves: Sequence[Component], answers: Mapping[str, Any], context: Context
) -> Answers:
    """Answers as the text that stands in the controls."""
    return {
        leaf.key: _control_value(leaf, answers[leaf.key], context)
        for leaf in leaves
        if answers.get(leaf.key) is not None
    }


def _control_value(leaf: Component, value: Any, context: Context) -> Any:
    if leaf.type == "dynamiclist":
        rows = value if isinstance(value, list | tuple) else ()
        return [
            control_values(leaf.leaves, row, context) for row in rows if isinstance(row, Mapping)
        ]
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
