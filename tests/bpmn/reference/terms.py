"""Expressions of the reference: built as values, written as text for the engine, worked out here.

They are never parsed, so a mistake in the engine's reading of an expression cannot hide in ours.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "%": lambda a, b: a % b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


class Missing(Exception):
    """A variable without a value was read."""


@dataclass(frozen=True)
class Term:
    """A number, text or bool (`const`), a name (`var`), a list (`list`) or two terms and a sign."""

    op: str
    args: tuple[Any, ...]

    def __str__(self) -> str:
        if self.op == "const":
            value = self.args[0]
            return f'"{value}"' if isinstance(value, str) else str(value).lower()
        if self.op == "var":
            return str(self.args[0])
        if self.op == "list":
            return f"[{', '.join(map(str, self.args))}]"
        sides = [f"({arg})" if arg.op in BINARY else str(arg) for arg in self.args]
        return f" {self.op} ".join(sides)

    def value(self, variables: Mapping[str, Any]) -> Any:
        if self.op == "const":
            return self.args[0]
        if self.op == "var":
            if self.args[0] not in variables:
                raise Missing(self.args[0])
            return variables[self.args[0]]
        found = [arg.value(variables) for arg in self.args]
        return found if self.op == "list" else BINARY[self.op](*found)


def const(value: Any) -> Term:
    return Term("const", (value,))


def var(name: str) -> Term:
    return Term("var", (name,))


def sign(left: Term | str, op: str, right: Term | str | int) -> Term:
    """`sign("x", "<", 3)` is the condition x < 3."""
    return Term(op, (_term(left), _term(right)))


def several(*items: Term | int) -> Term:
    return Term("list", tuple(_term(item) for item in items))


def _term(given: Term | str | int) -> Term:
    if isinstance(given, Term):
        return given
    return var(given) if isinstance(given, str) else const(given)
