"""The single judge of answers, from the browser and over REST alike: pure and total.

Any JSON value gives answers and errors, never an exception. One pass reads every value, the
next finds what is hidden, the last asks for what is missing; named checks see clean answers only.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from forms.conditions import hidden_keys, refusals
from forms.definition import Component, Form
from forms.kinds import Problem, is_empty, read
from forms.places import (
    Place,
    laid_rows,
    most_rows,
    not_a_row,
    not_an_object,
    row_count,
    row_words,
    same_rows,
)
from forms.rights import is_open, is_visible
from forms.types import (
    Answers,
    Check,
    CheckInput,
    Context,
    DefinitionError,
    FieldError,
    Validated,
    plain,
)

_CHOSEN = frozenset({"select", "radio", "checklist", "taglist", "person", "unit"})


def validate(form: Form, answers: Any, context: Context) -> Validated:
    """Normalise and judge answers; read-only values come from `context.prefilled`.

    Raises: DefinitionError when the form names a check that `context.checks` lacks.
    """
    missing = form.check_names - context.checks.keys()
    if missing:
        raise DefinitionError(form.key, f"没有登记检查“{min(missing)}”")
    if not isinstance(answers, Mapping):
        return Validated({}, (not_an_object(),))
    level = _Level(form.leaves, context, context.variables, context.prefilled)
    clean, errors = level.judge(answers)
    if not errors:
        errors = list(_run_checks(form, clean, context))
    return Validated(clean, tuple(errors))


def without_hidden(form: Form, answers: Mapping[str, Any], context: Context) -> Answers:
    """What a page sends of fields that a later choice has hidden is nobody's answer."""
    level = _Level(form.leaves, context, context.variables, context.prefilled)
    return level.without_hidden(answers)


@dataclass(frozen=True, slots=True)
class _Level:
    """The components of one level (the form, or one row) and what their conditions may read."""

    leaves: Sequence[Component]
    context: Context
    variables: Mapping[str, Any]
    prefilled: Mapping[str, Any]
    prefix: str = ""
    row: int | None = None

    def judge(self, given: Mapping[str, Any]) -> tuple[Answers, list[FieldError]]:
        values, problems = self._read(given)
        place = self._place(values, problems)
        hidden = hidden_keys(self.leaves, values, self.variables)
        clean: Answers = {}
        errors: list[FieldError] = []
        for leaf in self.leaves:
            if not is_open(leaf, self.context):
                errors += self._closed(leaf, given, place)
                clean |= self._prefilled(leaf)
            elif leaf.key in hidden:
                errors += self._hidden(leaf, values[leaf.key], place)
            elif leaf.type == "dynamiclist":
                clean[leaf.key], found = self._rows(leaf, given.get(leaf.key), values, place)
                errors += found
            else:
                # Nothing is said of another head: the row is like any other.
                if not leaf.splits or problems[leaf.key] or not is_empty(leaf, values[leaf.key]):
                    clean[leaf.key] = values[leaf.key]
                asked = problems[leaf.key] or _required(leaf, values[leaf.key])
                errors += (place.error(leaf, problem) for problem in asked)
        known = {leaf.key for leaf in self.leaves if is_visible(leaf, self.context)}
        errors += place.unknown(name for name in given if name not in known)
        return clean, errors

    def without_hidden(self, given: Mapping[str, Any]) -> Answers:
        values, _ = self._read(given)
        hidden = hidden_keys(self.leaves, values, self.variables)
        kept: Answers = {key: value for key, value in given.items() if key not in hidden}
        for leaf in self.leaves:
            if leaf.type == "dynamiclist" and isinstance(kept.get(leaf.key), list):
                inner = replace(
                    self, leaves=leaf.leaves, variables={**self.variables, **values}, prefilled={}
                )
                kept[leaf.key] = [inner.without_hidden(row) for row in kept[leaf.key]]
        return kept

    def _read(
        self, given: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, tuple[Problem, ...]]]:
        values: dict[str, Any] = {}
        problems: dict[str, tuple[Problem, ...]] = {}
        for leaf in self.leaves:
            raw = given.get(leaf.key)
            if not is_open(leaf, self.context):
                values[leaf.key], problems[leaf.key] = self.prefilled.get(leaf.key), ()
            elif leaf.type == "dynamiclist":
                values[leaf.key], problems[leaf.key] = raw, ()
            else:
                values[leaf.key], problems[leaf.key] = read(leaf, raw, self.context)
        return values, problems

    def _place(self, values: Mapping[str, Any], problems: Mapping[str, Any]) -> Place:
        if self.row is None:
            return Place()
        return Place(self.prefix, row_words(self.leaves, values, problems, self.row))

    def _closed(
        self, leaf: Component, given: Mapping[str, Any], place: Place
    ) -> Iterator[FieldError]:
        if leaf.key in given and is_visible(leaf, self.context):
            yield place.error(leaf, Problem("read_only", "由系统填写，不能改，请去掉这一项"))

    def _prefilled(self, leaf: Component) -> Answers:
        if leaf.key not in self.prefilled:
            return {}
        return {leaf.key: plain(self.prefilled[leaf.key])}

    def _hidden(self, leaf: Component, value: Any, place: Place) -> Iterator[FieldError]:
        if not is_empty(leaf, value) and value is not False:
            yield place.error(leaf, Problem("hidden", "现在不用填，请去掉这一项"))

    def _rows(
        self, leaf: Component, raw: Any, values: Mapping[str, Any], place: Place
    ) -> tuple[list[Any], list[FieldError]]:
        if raw is not None and not isinstance(raw, list):
            return [], [place.error(leaf, Problem("wrong_type", "应当是一行一行的列表，请改过来"))]
        rows, most = raw or [], most_rows(leaf)
        before = self.prefilled.get(leaf.key)
        laid = laid_rows(leaf, self.prefilled)
        counted = row_count(leaf, len(rows)) if laid is None else same_rows(laid, len(rows))
        errors = [place.error(leaf, problem) for problem in counted]
        clean: dict[int, Answers] = {}
        for n, row in enumerate(rows[:most]):
            if not isinstance(row, Mapping):
                errors.append(not_a_row(leaf, n))
                continue
            level = _Level(
                leaves=leaf.leaves,
                context=self.context,
                variables={**self.variables, **values},
                prefilled=_row_of(before, n),
                prefix=f"{leaf.key}.{n}.",
                row=n,
            )
            one, found = level.judge(row)
            clean[n] = one
            errors += found
        return [*clean.values()], [*errors, *_twice(leaf, clean, {error.path for error in errors})]


def _twice(
    listed: Component, rows: Mapping[int, Answers], wrong: Collection[str]
) -> Iterator[FieldError]:
    """What a row says again that no two may say; what is wrong by itself is told as that."""
    for leaf in listed.leaves:
        first: dict[Any, int] = {}
        for n, row in rows.items():
            value, path = row.get(leaf.key), f"{listed.key}.{n}.{leaf.key}"
            if not leaf.rules.unique or is_empty(leaf, value) or path in wrong:
                continue
            if (before := first.setdefault(value, n)) != n:
                place = Place(f"{listed.key}.{n}.", f"第 {n + 1} 行：")
                problem = Problem("twice", f"和第 {before + 1} 行重复，每一行要不同")
                yield place.error(leaf, problem)


def _required(leaf: Component, value: Any) -> tuple[Problem, ...]:
    if not leaf.rules.required or not is_empty(leaf, value):
        return ()
    if leaf.type == "checkbox":
        return (Problem("required", "还没有勾选，请看过后勾选"),)
    if leaf.type == "filepicker":
        return (Problem("required", "还没有上传，请选择文件"),)
    if leaf.type == "signature":
        return (Problem("required", "还没有签，请签名"),)
    word = "选，请选一项" if leaf.type in _CHOSEN else "填，请补上"
    return (Problem("required", f"还没有{word}"),)


def _run_checks(form: Form, answers: Answers, context: Context) -> Iterator[FieldError]:
    for component, value, path in _values_with_paths(form, answers):
        if component.rules.check and not is_empty(component, value):
            yield from _run(context.checks[component.rules.check], value, path, answers)
    for name in form.checks:
        yield from _run(context.checks[name], answers, "", answers)
    for one in refusals(form, answers, context.variables):
        yield FieldError(one.at, "refused", one.message, one.message)


def _run(check: Check, value: Any, path: str, answers: Answers) -> Sequence[FieldError]:
    return check(CheckInput(value, path, answers))


def _values_with_paths(form: Form, answers: Answers) -> Iterator[tuple[Component, Any, str]]:
    for leaf in form.leaves:
        value = answers.get(leaf.key)
        yield leaf, value, leaf.key
        for n, row in enumerate(value if leaf.type == "dynamiclist" and value else ()):
            for inner in leaf.leaves:
                yield inner, row.get(inner.key), f"{leaf.key}.{n}.{inner.key}"


def _row_of(before: Any, n: int) -> Mapping[str, Any]:
    row = before[n] if isinstance(before, list | tuple) and n < len(before) else {}
    return row if isinstance(row, Mapping) else {}
