"""The security table names each requirement once, and nothing that is not there."""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from scripts.process import ROOT

TABLE = ROOT / "docs" / "operators" / "security-table.md"
ROW = re.compile(r"^\| ([SI]\d+) \| ([^|]+) \| ([^|]+) \| (.+) \|$", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
REASON = re.compile(r"not yet: (.{10,})$")


def rows() -> list[tuple[str, str, str, str]]:
    return ROW.findall(TABLE.read_text(encoding="utf-8"))


@cache
def functions(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def proofs() -> Iterator[tuple[str, str]]:
    for name, _, _, proof in rows():
        for code in CODE.findall(proof.partition("not yet:")[0]):
            yield name, code


@pytest.mark.parametrize(("letter", "last"), [("S", 64), ("I", 12)])
def test_each_requirement_stands_once_and_in_order(letter: str, last: int) -> None:
    found = [name for name, *_ in rows() if name.startswith(letter)]
    assert found == [f"{letter}{n}" for n in range(1, last + 1)]


def test_every_place_is_there() -> None:
    for name, _, where, _ in rows():
        places = CODE.findall(where)
        assert places, name
        assert [one for one in places if not (ROOT / one).exists()] == [], name


def test_every_test_is_there() -> None:
    """`path::function`, as pytest takes it."""
    missing = []
    for name, code in proofs():
        path, _, function = code.partition("::")
        if not (ROOT / path).is_file() or function not in functions(path):
            missing.append(f"{name}: {code}")
    assert missing == []


def test_what_is_not_proven_says_why() -> None:
    for name, _, _, proof in rows():
        has_tests = "::" in proof
        assert has_tests or REASON.search(proof), name
        assert "not yet" not in proof or REASON.search(proof), name
