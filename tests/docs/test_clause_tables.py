"""A table of clauses names each clause once, where it is made true, and a test that would fail."""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from scripts.process import ROOT

TABLES = sorted((ROOT / "docs" / "rules").glob("*.md"))
ROW = re.compile(r"^\| ([^|]+?) \| ([^|]+?) \| ([^|]+?) \| ([^|]+?) \|$", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
HEADS = frozenset({"条款", "---"})
# No software can make it true, or there is nothing to make true, or nobody has made it yet.
APART = ("不由软件办理：", "说明：", "尚无：")
ACCOUNTS = (
    *("第一条", "第二条", "第三条", "第四条（扫码登录）", "第四条（实名、一人一户）", "第五条"),
    *("第六条", "第七条第一句", "第七条第二句", "第七条第三句"),
    *("第八条（一）", "第八条（二）", "第八条（三）", "第八条（四）"),
    *("第九条（一）", "第九条（二）", "第九条（三）", "第九条（四）", "第十条"),
    *("第十一条", "第十一条（一）", "第十一条（二）", "第十二条", "第十三条"),
    *("第十四条（一）", "第十四条（二）", "第十四条（三）", "第十四条（四）"),
    *("第十五条（一）", "第十五条（二）", "第十六条"),
    *("附件1说明1", "附件1说明2", "附件2说明1", "附件2说明2", "附件2说明3"),
)
REQUIREMENTS = (
    *("第一条", "第二条", "第三条"),
    *("第四条（一）", "第四条（二）", "第四条（三）", "第四条（四）"),
    *("第五条（一）", "第五条（二）", "第五条（三）", "第五条（四）", "第五条（五）"),
    *("第六条（一）", "第六条（二）", "第六条（三）", "第六条（四）"),
    *("第七条（一）", "第七条（二）", "第七条（三）", "第七条（四）", "第七条（五）"),
    *("第八条", "第九条", "第十条", "第十一条", "第十二条", "第十三条", "第十四条", "第十五条"),
    *("附件1说明1", "附件1说明2", "附件2说明1", "附件2说明2"),
)
PLATFORM = (
    *("第一条", "第二条", "第三条", "第四条（一）1", "第四条（一）2", "第四条（二）"),
    *("第五条", "第六条", "第六条（一）", "第六条（二）", "第六条（三）", "第六条（四）"),
    *("第七条", "第八条", "第九条", "第十条", "第十一条", "第十二条", "第十三条第一句"),
    *("第十三条第二句", "第十四条", "第十四条（一）", "第十四条（二）", "第十五条"),
    *("第十六条", "第十七条", "第十八条", "第十九条", "第二十条", "第二十一条"),
)
INSURANCE = (
    *("第一条", "第二条", "第三条（一）1", "第三条（一）2", "第三条（二）", "第三条（三）"),
    *("第四条", "第五条（一）", "第五条（二）", "第五条（三）", "第五条（四）"),
    *("第五条（五）", "第六条", "第七条", "第八条", "第九条", "第十条", "第十一条"),
    *("第十二条", "第十三条", "第十四条", "第十四条（一）", "第十四条（二）", "第十五条"),
    *("第十六条", "第十七条", "第十八条", "第十九条", "第二十条", "第二十一条"),
)
CLAUSES = {
    "e23a.md": ACCOUNTS,
    "e23r.md": REQUIREMENTS,
    "w21p.md": PLATFORM,
    "w17s.md": INSURANCE,
}


def rows(name: str) -> list[tuple[str, str, str, str]]:
    text = (ROOT / "docs" / "rules" / name).read_text(encoding="utf-8")
    return [row for row in ROW.findall(text) if row[0] not in HEADS]


@cache
def functions(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def every_row() -> Iterator[tuple[str, str, str, str]]:
    for name in CLAUSES:
        yield from rows(name)


def proofs() -> Iterator[tuple[str, str]]:
    for clause, _, _, proof in every_row():
        for code in CODE.findall(proof):
            yield clause, code


def test_every_table_has_its_clauses() -> None:
    assert {path.name for path in TABLES} == set(CLAUSES)


@pytest.mark.parametrize("name", CLAUSES)
def test_each_clause_stands_once_and_in_order(name: str) -> None:
    assert tuple(clause for clause, *_ in rows(name)) == CLAUSES[name]


def test_every_place_is_there() -> None:
    for clause, _, where, _ in every_row():
        missing = [one for one in CODE.findall(where) if not (ROOT / one).exists()]
        assert missing == [], clause


def test_every_test_is_there() -> None:
    """`path::function`, as pytest takes it."""
    missing = []
    for clause, code in proofs():
        path, _, function = code.partition("::")
        if not (ROOT / path).is_file() or function not in functions(path):
            missing.append(f"{clause}: {code}")
    assert missing == []


@pytest.mark.parametrize("row", list(every_row()), ids=lambda row: row[0])
def test_a_clause_has_its_test_or_says_why_not(row: tuple[str, str, str, str]) -> None:
    clause, _, where, proof = row
    if proof.startswith(APART):
        assert len(proof) > 10, clause
    else:
        assert CODE.findall(where), clause
        assert "::" in proof, clause
