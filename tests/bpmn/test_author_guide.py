from pathlib import Path

from bpmn.expressions import FUNCTIONS
from bpmn.rules.properties import RULES

GUIDE = Path("docs/process-authors/properties.md").read_text(encoding="utf-8")


def test_every_property_has_its_line_in_the_author_guide() -> None:
    listed = {line.split("`")[1] for line in GUIDE.splitlines() if line.startswith("| `")}
    assert listed == {name for rules in RULES.values() for name in rules}


def test_every_function_of_expressions_is_named_in_the_author_guide() -> None:
    assert f"`{' '.join(FUNCTIONS)}`" in GUIDE
