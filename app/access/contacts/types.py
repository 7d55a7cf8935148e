"""One row of 用户信息变更申请表."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.access.types import FormRow, RowKind, clean_id_number, person_ref


@dataclass(frozen=True)
class ContactRow(FormRow):
    """`name` is the registered one. Empty `new_name` and `phone` leave theirs as they are."""

    new_name: str = ""


def read_contact_rows(answers: Mapping[str, Any]) -> tuple[ContactRow, ...]:
    """The rows that say who. Others are left to the form's own rules, not judged here."""
    return tuple(_read(answers))


def _read(answers: Mapping[str, Any]) -> Iterator[ContactRow]:
    people = answers.get("people")
    for no, raw in enumerate(people if isinstance(people, list) else [], start=1):
        if not isinstance(raw, Mapping):
            continue
        number = clean_id_number(_text(raw, "id_number"))
        if number:
            yield ContactRow(
                no=no,
                kind=RowKind.CHANGE,
                name=_text(raw, "name"),
                id_number=number,
                phone=_text(raw, "phone"),
                post="",
                requirement=_text(raw, "requirement"),
                person_ref=person_ref(number),
                new_name=_text(raw, "new_name"),
            )


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    return value.strip() if isinstance(value, str) else ""
