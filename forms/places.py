"""Where an error stands, in a path for programs and in words for people; how many rows fit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forms import normalise
from forms.definition import MAX_ROWS, Component
from forms.kinds import Problem
from forms.types import FieldError

_MAX_UNKNOWN = 20  # a body of a million unknown names gets a short answer


@dataclass(frozen=True, slots=True)
class Place:
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


def row_count(leaf: Component, count: int) -> Iterator[Problem]:
    least, most = least_rows(leaf), most_rows(leaf)
    if count > most:
        yield Problem("too_many_rows", f"最多 {most} 行，现在有 {count} 行，请分成几张表填")
    if count < least:
        now = f"现在有 {count} 行，请再加" if count else "现在一行也没有填，请填上"
        yield Problem("too_few_rows", f"至少要 {least} 行，{now}")


def laid_rows(leaf: Component, prefilled: Mapping[str, Any]) -> int | None:
    """How many rows the system has laid out, where people may not add or remove any."""
    before = prefilled.get(leaf.key)
    is_laid = not leaf.allow_add_remove and isinstance(before, list | tuple)
    return len(before) if is_laid and before is not None else None


def same_rows(laid: int, count: int) -> Iterator[Problem]:
    if count != laid:
        hint = f"由系统排好，一共 {laid} 行，现在有 {count} 行；不能增减，请按原来的次序逐行填写"
        yield Problem("rows_fixed", hint)


def not_an_object() -> FieldError:
    hint = "应当是“栏目名: 内容”的对象，请照表单定义填写"
    return FieldError("", "wrong_type", f"提交的内容{hint}。", hint)


def not_a_row(leaf: Component, n: int) -> FieldError:
    hint = "应当是“栏目名: 内容”的对象，请照表单定义填写"
    return FieldError(f"{leaf.key}.{n}", "wrong_type", f"第 {n + 1} 行：{leaf.name}{hint}。", hint)
