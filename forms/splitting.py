"""One form that was filled in for several: its rows, each with the head it belongs under.

Pure: answers in, answers of each form out, and errors put back where they were typed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from forms.definition import Form
from forms.types import Answers, FieldError

_ROW = re.compile(r"(第 ?)([0-9]{1,4})( ?行)")


@dataclass(frozen=True, slots=True)
class Part:
    """One form of those that the typed one becomes.

    `value` is what stands in its head, `rows` the places, from 0, of its rows on the typed form.
    """

    value: str
    answers: Answers
    rows: tuple[int, ...]
    listed: str = ""
    column: str = ""
    is_head: bool = True

    def placed(self, error: FieldError) -> FieldError:
        """An error of this form, where and under which row number it was typed."""
        if not self.listed:
            return error
        head, *rest = error.path.split(".")
        if head == self.column and not self.is_head:
            return replace(error, path=f"{self.listed}.{self.rows[0]}.{self.column}")
        if head != self.listed or not rest or not rest[0].isdecimal():
            return error
        path = ".".join((head, str(self._row(int(rest[0]))), *rest[1:]))
        return replace(
            error,
            path=path,
            message=_ROW.sub(self._numbered, error.message),
            hint=_ROW.sub(self._numbered, error.hint),
        )

    def _numbered(self, found: re.Match[str]) -> str:
        return f"{found[1]}{self._row(int(found[2]) - 1) + 1}{found[3]}"

    def _row(self, n: int) -> int:
        return self.rows[n] if 0 <= n < len(self.rows) else n


def parts_of(form: Form, answers: Mapping[str, Any]) -> tuple[Part, ...]:
    """The forms that these answers make, that of the typed head first; usually the one as it is.

    Total: what has not the shape of the form is one part, and the judge says what is wrong with it.
    """
    whole = (Part("", dict(answers), ()),)
    if form.splitting is None:
        return whole
    listed, column = form.splitting
    head, rows = answers.get(column.key), answers.get(listed.key)
    if not isinstance(rows, list) or not rows or not isinstance(head or "", str):
        return whole
    groups: dict[str, list[int]] = {head or "": []}
    for n, row in enumerate(rows):
        own = row.get(column.key) if isinstance(row, Mapping) else None
        if not isinstance(row, Mapping) or not isinstance(own or "", str):
            return whole
        groups.setdefault((own or "").strip() or head or "", []).append(n)
    return tuple(
        Part(
            value,
            {
                **answers,
                column.key: value or None,
                listed.key: [
                    {key: given for key, given in rows[n].items() if key != column.key}
                    for n in places
                ],
            },
            tuple(places),
            listed.key,
            column.key,
            is_head=value == (head or ""),
        )
        for value, places in groups.items()
        if places
    )
