from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from lxml import etree

from bpmn.expressions import FUNCTIONS
from bpmn.rules.properties import RULES
from bpmn.rules.table import TABLE
from scripts.guide import pages

GUIDE = Path("docs/process-authors/properties.md").read_text(encoding="utf-8")


def test_every_property_has_its_line_in_the_author_guide() -> None:
    table = GUIDE.split("\n## ", 1)[0]
    listed = {line.split("`")[1] for line in table.splitlines() if line.startswith("| `")}
    assert listed == {name for rules in RULES.values() for name in rules}


def test_every_function_of_expressions_is_named_in_the_author_guide() -> None:
    assert f"`{' '.join(FUNCTIONS)}`" in GUIDE


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_the_pages_made_of_tables_are_current(path: Path) -> None:
    """Make them anew with `python -m scripts.guide`."""
    assert path.read_text(encoding="utf-8") == pages()[path]


def _schema_elements() -> Iterator[str]:
    folder = files("SpiffWorkflow.bpmn.parser") / "schema"
    for name in ("BPMN20.xsd", "Semantic.xsd"):
        schema = etree.fromstring((folder / name).read_bytes())
        for element in schema.iter("{http://www.w3.org/2001/XMLSchema}element"):
            if element.get("name"):
                yield element.get("name")


def test_every_element_of_the_schema_has_its_verdict() -> None:
    """Nothing is accepted, or forgotten, by accident; and the table invents nothing."""
    assert {*_schema_elements()} == TABLE.keys()
