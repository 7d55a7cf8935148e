"""The attachments that answers name, with the path of each."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from forms.definition import Component, Form


def asks_for_files(form: Form) -> bool:
    return any(one.type == "filepicker" for leaf in form.leaves for one in (leaf, *leaf.leaves))


def file_ids(form: Form, answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(path, id) of every file in judged answers, or of what looks like one in a draft."""
    return list(_ids(form.leaves, answers, ""))


def _ids(
    leaves: Sequence[Component], answers: Mapping[str, Any], prefix: str
) -> Iterator[tuple[str, str]]:
    for leaf in leaves:
        value = answers.get(leaf.key)
        if not isinstance(value, list):
            continue
        if leaf.type == "filepicker":
            yield from ((f"{prefix}{leaf.key}", item) for item in value if isinstance(item, str))
        elif leaf.type == "dynamiclist":
            for n, row in enumerate(value):
                if isinstance(row, Mapping):
                    yield from _ids(leaf.leaves, row, f"{prefix}{leaf.key}.{n}.")
