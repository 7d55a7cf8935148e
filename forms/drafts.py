"""Answers that are not finished: kept as typed, refused only where no page of ours sends them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from forms import normalise
from forms.definition import MAX_ROWS, Component, Form
from forms.kinds import Problem, empty_value
from forms.places import Place, most_rows, not_a_row, not_an_object, row_count, row_words
from forms.rights import is_open, is_visible
from forms.types import Answers, Context, DraftRefused, FieldError

_MAX_DRAFT_TEXT = 20_000


def check_draft(form: Form, answers: Any, context: Context) -> Answers:
    """The answers of a draft as they were typed: unfinished, but of the right shape.

    Raises: DraftRefused for unknown and read-only fields, wrong shapes and absurd sizes.
    """
    if not isinstance(answers, Mapping):
        raise DraftRefused([not_an_object()])
    kept, errors = _keep(form.leaves, answers, context, Place())
    if errors:
        raise DraftRefused(errors)
    return kept


def without_readonly(
    form: Form, answers: Mapping[str, Any], context: Context | None = None
) -> Answers:
    """Of stored answers the part that this reader may send again; without one, any reader."""
    context = context or Context(today=date.min)
    return {
        leaf.key: _open_part(leaf, answers[leaf.key], context)
        for leaf in form.leaves
        if leaf.key in answers and is_open(leaf, context)
    }


def _keep(
    leaves: Sequence[Component], given: Mapping[str, Any], context: Context, place: Place
) -> tuple[Answers, list[FieldError]]:
    visible = {leaf.key: leaf for leaf in leaves if is_visible(leaf, context)}
    errors = list(place.unknown(name for name in given if name not in visible))
    kept: Answers = {}
    for key, leaf in visible.items():
        if key not in given:
            continue
        if not is_open(leaf, context):
            errors.append(
                place.error(leaf, Problem("read_only", "由系统填写，不能改，请去掉这一项"))
            )
        elif leaf.type == "dynamiclist":
            kept[key], found = _keep_rows(leaf, given[key], context, place)
            errors += found
        elif _fits_draft(leaf, given[key]):
            kept[key] = _storable(given[key])
        else:
            hint = "的内容类型不对或者太长，请改过来"
            errors.append(place.error(leaf, Problem("wrong_type", hint)))
    return kept, errors


def _keep_rows(
    leaf: Component, raw: Any, context: Context, place: Place
) -> tuple[list[Answers], list[FieldError]]:
    if raw is None:
        return [], []
    if not isinstance(raw, list):
        return [], [place.error(leaf, Problem("wrong_type", "应当是一行一行的列表，请改过来"))]
    most = most_rows(leaf)
    if len(raw) > most:
        return [], [place.error(leaf, problem) for problem in row_count(leaf, len(raw))]
    rows: list[Answers] = []
    errors: list[FieldError] = []
    for n, row in enumerate(raw):
        if not isinstance(row, Mapping):
            errors.append(not_a_row(leaf, n))
            continue
        words = row_words(leaf.leaves, {}, {}, n)
        kept, found = _keep(leaf.leaves, row, context, Place(f"{leaf.key}.{n}.", words))
        rows.append(kept)
        errors += found
    return rows, errors


def _fits_draft(leaf: Component, value: Any) -> bool:
    if value is None:
        return True
    if leaf.type == "signature":
        return False  # a signature is given with the act it signs, never kept before
    if isinstance(empty_value(leaf), list):
        return (
            isinstance(value, list)
            and len(value) <= MAX_ROWS
            and all(_is_small_scalar(item, 200) for item in value)
        )
    if leaf.type == "checkbox":
        return isinstance(value, bool)
    if leaf.type == "number":
        return _is_small_scalar(value, 50)
    return isinstance(value, str) and len(value) <= _MAX_DRAFT_TEXT


def _is_small_scalar(value: Any, longest: int) -> bool:
    if isinstance(value, str):
        return len(value) <= longest
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value) < 2**53  # false for NaN, too


def _storable(value: Any) -> Any:
    """Text without NUL and lone surrogates, which no database takes."""
    if isinstance(value, str):
        return value if normalise.is_storable(value) else normalise.text(value)
    return [_storable(item) for item in value] if isinstance(value, list) else value


def _open_part(leaf: Component, value: Any, context: Context) -> Any:
    if leaf.type != "dynamiclist" or not isinstance(value, list):
        return value
    open_keys = {inner.key for inner in leaf.leaves if is_open(inner, context)}
    return [{k: v for k, v in row.items() if k in open_keys} for row in value]
