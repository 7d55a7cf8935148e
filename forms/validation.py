"""The single judge of answers, from the browser and over REST alike: pure and total.

Any JSON value gives answers and errors, never an exception. One pass reads every value, the
next finds what is hidden, the last asks for what is missing; named checks see clean answers only.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from forms import normalise
from forms.conditions import hidden_keys
from forms.definition import MAX_ROWS, Component, Form
from forms.kinds import Problem, empty_value, is_empty, read
from forms.types import (
    Answers,
    Check,
    CheckInput,
    Context,
    DefinitionError,
    DraftRefused,
    FieldError,
    Validated,
)

_MAX_UNKNOWN = 20  # a body of a million unknown names gets a short answer
_MAX_DRAFT_TEXT = 20_000
_CHOSEN = frozenset(
    {"select", "radio", "checklist", "taglist", "person", "unit", "datetime", "filepicker"}
)


def validate(form: Form, answers: Any, context: Context) -> Validated:
    """Normalise and judge answers; read-only values come from `context.prefilled`.

    Raises: DefinitionError when the form names a check that `context.checks` lacks.
    """
    missing = form.check_names - context.checks.keys()
    if missing:
        raise DefinitionError(form.key, f"没有登记检查“{min(missing)}”")
    if not isinstance(answers, Mapping):
        return Validated({}, (_not_an_object(),))
    level = _Level(form.leaves, context, context.variables, context.prefilled)
    clean, errors = level.judge(answers)
    if not errors:
        errors = list(_run_checks(form, clean, context))
    return Validated(clean, tuple(errors))


def check_draft(form: Form, answers: Any, context: Context) -> Answers:
    """The answers of a draft as they were typed: unfinished, but of the right shape.

    Raises: DraftRefused for unknown and read-only fields, wrong shapes and absurd sizes.
    """
    if not isinstance(answers, Mapping):
        raise DraftRefused([_not_an_object()])
    kept, errors = _keep(form.leaves, answers, context, _Place())
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


def without_hidden(form: Form, answers: Mapping[str, Any], context: Context) -> Answers:
    """What a page sends of fields that a later choice has hidden is nobody's answer."""
    level = _Level(form.leaves, context, context.variables, context.prefilled)
    return level.without_hidden(answers)


def is_visible(component: Component, context: Context) -> bool:
    return not component.visible_to or bool(component.visible_to & context.positions)


def is_open(component: Component, context: Context) -> bool:
    """May this reader at this node write here?"""
    here = not component.editable_at or context.node in component.editable_at
    return here and not component.readonly and is_visible(component, context)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value stands: on the form itself, or in a row that may have a person's name."""

    prefix: str = ""
    words: str = ""

    def error(self, component: Component, problem: Problem) -> FieldError:
        path = f"{self.prefix}{component.key}" + (f".{problem.at}" if problem.at else "")
        message = f"{self.words}{component.name}{problem.hint}。"
        return FieldError(path, problem.code, message, problem.hint)

    def unknown(self, names: Iterable[Any]) -> Iterator[FieldError]:
        for _, name in zip(range(_MAX_UNKNOWN), names, strict=False):
            shown = normalise.line(str(name)[:60])
            hint = f"表单里没有“{shown}”这一项，请去掉"
            yield FieldError(
                f"{self.prefix}{shown}", "unknown_field", f"{self.words}{hint}。", hint
            )


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

    def _place(self, values: Mapping[str, Any], problems: Mapping[str, Any]) -> _Place:
        if self.row is None:
            return _Place()
        return _Place(self.prefix, row_words(self.leaves, values, problems, self.row))

    def _closed(
        self, leaf: Component, given: Mapping[str, Any], place: _Place
    ) -> Iterator[FieldError]:
        if leaf.key in given and is_visible(leaf, self.context):
            yield place.error(leaf, Problem("read_only", "由系统填写，不能改，请去掉这一项"))

    def _prefilled(self, leaf: Component) -> Answers:
        if leaf.key not in self.prefilled:
            return {}
        return {leaf.key: _plain(self.prefilled[leaf.key])}

    def _hidden(self, leaf: Component, value: Any, place: _Place) -> Iterator[FieldError]:
        if not is_empty(leaf, value) and value is not False:
            yield place.error(leaf, Problem("hidden", "现在不用填，请去掉这一项"))

    def _rows(
        self, leaf: Component, raw: Any, values: Mapping[str, Any], place: _Place
    ) -> tuple[list[Any], list[FieldError]]:
        if raw is not None and not isinstance(raw, list):
            return [], [place.error(leaf, Problem("wrong_type", "应当是一行一行的列表，请改过来"))]
        rows, most = raw or [], most_rows(leaf)
        errors = [place.error(leaf, problem) for problem in _row_count(leaf, len(rows))]
        before = self.prefilled.get(leaf.key)
        clean = []
        for n, row in enumerate(rows[:most]):
            if not isinstance(row, Mapping):
                errors.append(_not_a_row(leaf, n))
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
            clean.append(one)
            errors += found
        return clean, errors


def row_words(
    leaves: Sequence[Component],
    values: Mapping[str, Any],
    problems: Mapping[str, Any],
    row: int,
) -> str:
    """第 1 行 唐小兰： — the name only when the row has a good one."""
    name = next((leaf.key for leaf in leaves if leaf.subtype == "person_name"), "")
    spoken = values.get(name) if name and not problems.get(name) else None
    return f"第 {row + 1} 行 {spoken}：" if spoken else f"第 {row + 1} 行："


def most_rows(component: Component) -> int:
    high = component.rules.max
    return high if isinstance(high, int) else MAX_ROWS


def least_rows(component: Component) -> int:
    low = component.rules.min
    return max(low if isinstance(low, int) else 0, int(component.rules.required))


def _row_count(leaf: Component, count: int) -> Iterator[Problem]:
    least, most = least_rows(leaf), most_rows(leaf)
    if count > most:
        yield Problem("too_many_rows", f"最多 {most} 行，现在有 {count} 行，请分成几张表填")
    if count < least:
        yield Problem("too_few_rows", f"至少要 {least} 行，现在有 {count} 行，请加一行填上")


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


def _run(check: Check, value: Any, path: str, answers: Answers) -> Sequence[FieldError]:
    return check(CheckInput(value, path, answers))


def _values_with_paths(form: Form, answers: Answers) -> Iterator[tuple[Component, Any, str]]:
    for leaf in form.leaves:
        value = answers.get(leaf.key)
        yield leaf, value, leaf.key
        for n, row in enumerate(value if leaf.type == "dynamiclist" and value else ()):
            for inner in leaf.leaves:
                yield inner, row.get(inner.key), f"{leaf.key}.{n}.{inner.key}"


def _keep(
    leaves: Sequence[Component], given: Mapping[str, Any], context: Context, place: _Place
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
    leaf: Component, raw: Any, context: Context, place: _Place
) -> tuple[list[Answers], list[FieldError]]:
    if raw is None:
        return [], []
    if not isinstance(raw, list):
        return [], [place.error(leaf, Problem("wrong_type", "应当是一行一行的列表，请改过来"))]
    most = most_rows(leaf)
    if len(raw) > most:
        return [], [place.error(leaf, problem) for problem in _row_count(leaf, len(raw))]
    rows: list[Answers] = []
    errors: list[FieldError] = []
    for n, row in enumerate(raw):
        if not isinstance(row, Mapping):
            errors.append(_not_a_row(leaf, n))
            continue
        words = row_words(leaf.leaves, {}, {}, n)
        kept, found = _keep(leaf.leaves, row, context, _Place(f"{leaf.key}.{n}.", words))
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


def _row_of(before: Any, n: int) -> Mapping[str, Any]:
    row = before[n] if isinstance(before, list | tuple) and n < len(before) else {}
    return row if isinstance(row, Mapping) else {}


def _plain(value: Any) -> Any:
    """Prefilled values may be dates; answers are JSON."""
    return value.isoformat() if isinstance(value, date) else value


def _not_an_object() -> FieldError:
    hint = "应当是“栏目名: 内容”的对象，请照表单定义填写"
    return FieldError("", "wrong_type", f"提交的内容{hint}。", hint)


def _not_a_row(leaf: Component, n: int) -> FieldError:
    hint = "应当是“栏目名: 内容”的对象，请照表单定义填写"
    return FieldError(f"{leaf.key}.{n}", "wrong_type", f"第 {n + 1} 行：{leaf.name}{hint}。", hint)
