"""What every region reads names no 州: the program says 本级 and 上级, files say `{level:2}`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from scripts.process import ROOT

PREFECTURE = "州"
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


def _texts(path: Path) -> Iterator[str]:
    """Strings of a module that are no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def test_the_program_names_no_level_by_its_word_in_one_region() -> None:
    modules = (ROOT / "app").rglob("*.py")
    found = {
        f"{one.relative_to(ROOT)}: {text[:60]}"
        for one in modules
        for text in _texts(one)
        if PREFECTURE in text
    }
    for page in (ROOT / "templates").rglob("*.html"):
        if PREFECTURE in COMMENT.sub("", page.read_text(encoding="utf-8")):
            found.add(str(page.relative_to(ROOT)))
    assert not found, "say 本级, 上级 or 行政区划 there"


def test_processes_of_every_region_take_its_words() -> None:
    regions = {
        one.stem: yaml.safe_load(one.read_text(encoding="utf-8"))
        for one in (ROOT / "regions").glob("*.yaml")
        if "." not in one.stem
    }
    bound = {key for data in regions.values() for key in data.get("without", ())}
    files = [
        *(ROOT / "bpmn" / "processes").glob("*.bpmn"),
        *(ROOT / "forms" / "definitions").rglob("*.json"),
        *(ROOT / "pdf" / "documents").glob("*.html"),
    ]
    found = [
        str(one.relative_to(ROOT))
        for one in files
        if not any(one.stem.startswith(key) or one.parent.name == key for key in bound)
        and PREFECTURE in one.read_text(encoding="utf-8")
    ]
    assert not found, "write {level:2} there"
