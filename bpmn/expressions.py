"""Allow-listed expressions: checked once, then walked over one map of variables.

No attribute, no call but the listed functions, bounded size; nothing reaches eval or exec.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

MAX_LENGTH, MAX_PARTS = 1000, 200
MAX_SIZE = 10_000  # characters and items of a value
MAX_DEPTH = 20
MAX_NUMBER = 1e15


class ExpressionError(Exception):
    """The text is no allowed expression, or it failed on these variables."""


class NoValue(ExpressionError):
    """A variable the expression reads was never written."""


@dataclass(frozen=True)
class Expression:
    """A checked expression; `tree` holds allow-listed nodes only."""

    text: str
    tree: ast.expr


def _contains(item: Any, items: Any) -> bool:
    return item in items


def _round(number: float, digits: int = 0) -> float:
    # round(5, -10**9) would compute 10**(10**9)
    if not -15 <= digits <= 15:
        raise ValueError(digits)
    return round(number, digits) if digits else round(number)


def _count(items: Any, value: Any) -> int:
    return list(items).count(value)


def _get(row: Any, key: Any, default: Any = None) -> Any:
    return (row or {}).get(key, default)


BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: _contains,
    ast.NotIn: lambda item, items: item not in items,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "len": len,
    "min": min,
    "max": max,
    "sum": sum,
    "abs": abs,
    "round": _round,
    "any": any,
    "all": all,
    "count": _count,
    "get": _get,
}
WORDS = {"true": True, "false": False, "null": None}
GRAMMAR = (
    *(ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.BinOp, ast.Compare),
    *(ast.Constant, ast.Name, ast.Load, ast.Subscript, ast.IfExp, ast.List, ast.Tuple, ast.Call),
    *BINARY,
    *COMPARE,
)


@lru_cache(4096)
def compile_expression(text: str) -> Expression:
    """Check a text against the grammar.

    Raises: ExpressionError.
    """
    text = text.strip()
    if not text:
        raise ExpressionError("表达式是空的")
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"表达式超过 {MAX_LENGTH} 个字符")
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"不是表达式:{text[:60]}") from error
    parts = list(ast.walk(tree))
    if len(parts) > MAX_PARTS:
        raise ExpressionError(f"表达式超过 {MAX_PARTS} 个成分")
    for part in parts:
        _check(part)
    return Expression(text, tree)


def _check(part: ast.AST) -> None:
    match part:
        case ast.Constant():
            if type(part.value) not in {str, int, float, bool, type(None)}:
                raise ExpressionError(f"不允许的值:{part.value!r}")
            if type(part.value) is float and not math.isfinite(part.value):
                raise ExpressionError("数值过大")
        case ast.Name():
            if part.id.startswith("_"):
                raise ExpressionError(f"名称不能以下划线开头:{part.id}")
        case ast.Call():
            named = isinstance(part.func, ast.Name) and part.func.id in FUNCTIONS
            if not named or part.keywords:
                raise ExpressionError(f"只能调用:{'、'.join(FUNCTIONS)}")
        case _ if not isinstance(part, GRAMMAR):
            raise ExpressionError(f"不允许的写法:{type(part).__name__}")


def names(expression: Expression) -> frozenset[str]:
    """Return the variables an expression reads."""
    found: set[str] = set()
    called = set()
    for part in ast.walk(expression.tree):
        if isinstance(part, ast.Call):
            called.add(id(part.func))
        elif isinstance(part, ast.Name) and id(part) not in called:
            found.add(part.id)
    return frozenset(found - WORDS.keys())


def evaluate(expression: Expression, variables: Mapping[str, Any]) -> Any:
    """Return the value of a checked expression over these variables.

    Raises: ExpressionError, NoValue.
    """
    try:
        result = _value(expression.tree, variables)
    except ExpressionError:
        raise
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise ExpressionError(f"无法计算 {expression.text}:{error}") from error
    _bound(result, MAX_SIZE)
    return result


def _bound(value: Any, left: int, depth: int = 0) -> int:
    """Count what a value holds, since scripts could double or nest it line by line."""
    left -= len(value) + 1 if isinstance(value, str | list | tuple | dict) else 1
    if left < 0 or depth > MAX_DEPTH:
        raise ExpressionError("结果过大")
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            left = _bound(item, left, depth + 1)
    return left


def _value(part: ast.expr, variables: Mapping[str, Any]) -> Any:
    match part:
        case ast.Constant():
            return part.value
        case ast.Name():
            return _variable(part.id, variables)
        case ast.Compare():
            return _compare(part, variables)
        case ast.BoolOp():
            return _junction(part, variables)
        case ast.UnaryOp():
            value = _value(part.operand, variables)
            return not value if isinstance(part.op, ast.Not) else -value
        case ast.BinOp():
            left, right = _value(part.left, variables), _value(part.right, variables)
            return _binary(type(part.op), left, right)
        case ast.Subscript():
            return _value(part.value, variables)[_value(part.slice, variables)]
        case ast.IfExp():
            chosen = part.body if _value(part.test, variables) else part.orelse
            return _value(chosen, variables)
        case ast.Call():
            name = part.func.id  # type: ignore[attr-defined] # the grammar lets names through only
            return FUNCTIONS[name](*[_value(item, variables) for item in part.args])
        case _:
            assert isinstance(part, ast.List | ast.Tuple)  # noqa: S101 -- all the grammar has left
            return [_value(item, variables) for item in part.elts]


def _variable(name: str, variables: Mapping[str, Any]) -> Any:
    if name in variables:
        return variables[name]
    if name in WORDS:
        return WORDS[name]
    raise NoValue(f"变量 {name} 没有值")


def _compare(part: ast.Compare, variables: Mapping[str, Any]) -> bool:
    left = _value(part.left, variables)
    for op, right_part in zip(part.ops, part.comparators, strict=True):
        right = _value(right_part, variables)
        if not COMPARE[type(op)](left, right):
            return False
        left = right
    return True


def _junction(part: ast.BoolOp, variables: Mapping[str, Any]) -> Any:
    stops_at = isinstance(part.op, ast.Or)
    value = None
    for item in part.values:
        value = _value(item, variables)
        if bool(value) == stops_at:
            break
    return value


def _binary(op: type[ast.operator], left: Any, right: Any) -> Any:
    numbers = all(isinstance(x, int | float) and abs(x) < MAX_NUMBER for x in (left, right))
    joins = op is ast.Add and type(left) is type(right) and isinstance(left, str | list)
    if not numbers and not joins:
        raise ExpressionError("只能计算数字,或连接两段文字、两个列表")
    return BINARY[op](left, right)
