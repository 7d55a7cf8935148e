"""Answers for a specimen of a printed form: nobody's, and plainly so."""

from typing import Any

import forms

# An unallocated area code and phone prefix: no such person, no such number.
ID_NUMBER, PHONE = "422899199001012385", "15400000000"
ROWS = 2
PLAIN: dict[str, Any] = {
    "id_number": ID_NUMBER,
    "phone": PHONE,
    "number": 1,
    "checkbox": True,
    "person": "",
    "unit": "",
    "filepicker": [],
    "signature": "",
}


def invent(form: forms.Form, context: forms.Context) -> dict[str, Any]:
    return {leaf.key: _answer(leaf, context) for leaf in form.leaves} | dict(context.prefilled)


def _answer(leaf: forms.Component, context: forms.Context) -> Any:
    if leaf.type == "dynamiclist":
        row = {inner.key: _answer(inner, context) for inner in leaf.leaves}
        return [row] * ROWS
    if leaf.type in PLAIN:
        return PLAIN[leaf.type]
    if leaf.type == "datetime":
        return context.today.isoformat() if context.today and leaf.subtype == "date" else ""
    choices = leaf.values or context.values.get(leaf.values_key) or ()
    if choices:
        first = choices[0].value
        return [first] if leaf.type in ("checklist", "taglist") else first
    return f"样例{leaf.name}"
