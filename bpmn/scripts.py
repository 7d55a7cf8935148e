"""Script tasks: assignments of allow-listed expressions, one a line, and nothing else."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from bpmn.expressions import Expression, ExpressionError, compile_expression, evaluate, names

ASSIGNMENT = re.compile(r"([^\W\d_]\w*)\s*=(?!=)\s*(.+)")
MAX_LINES = 100
Script = tuple[tuple[str, Expression], ...]


@lru_cache(1024)
def compile_script(text: str) -> Script:
    """Check every line as `name = expression`.

    Raises: ExpressionError.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not 0 < len(lines) <= MAX_LINES:
        raise ExpressionError(f"脚本应有 1 到 {MAX_LINES} 行")
    return tuple(_assignment(line) for line in lines)


def _assignment(line: str) -> tuple[str, Expression]:
    parts = ASSIGNMENT.fullmatch(line)
    if parts is None:
        raise ExpressionError(f"脚本每行只能是“名称 = 表达式”:{line[:60]}")
    return parts[1], compile_expression(parts[2])


def run_script(script: Script, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the script assigns; a line sees the lines before it.

    Raises: ExpressionError.
    """
    seen = dict(variables)
    changes: dict[str, Any] = {}
    for name, expression in script:
        seen[name] = changes[name] = evaluate(expression, seen)
    return changes


def script_names(script: Script) -> frozenset[str]:
    """Return the variables a script reads before it has set them itself."""
    read: set[str] = set()
    written: set[str] = set()
    for name, expression in script:
        read |= names(expression) - written
        written.add(name)
    return frozenset(read)
