"""What a newcomer types is described where they look."""

import re

from scripts.process import ROOT

TARGET = re.compile(r"^([a-z-]+):.*?(## .+)?$", re.MULTILINE)
PROMISED = ("run", "test", "check", "bench", "up", "help", "fmt", "lint", "types", "migrate")


def test_every_target_explains_itself() -> None:
    """`make help` lists each target with a line of its own."""
    targets = dict(TARGET.findall((ROOT / "Makefile").read_text()))
    assert set(PROMISED) <= set(targets)
    assert not [name for name, line in targets.items() if not line]


def test_changelog_is_kept() -> None:
    """Users read what changed; the newest part stands on top."""
    text = (ROOT / "CHANGELOG.md").read_text()
    assert text.index("## [Unreleased]") < len(text) / 2
    assert re.search(r"^### (Added|Changed|Fixed|Removed|Security)$", text, re.MULTILINE)


def test_decisions_say_their_price() -> None:
    """An ADR without a price was not weighed."""
    for path in sorted((ROOT / "docs" / "adr").glob("[0-9]*.md")):
        text = path.read_text()
        for part in ("Context", "Choice", "Price"):
            assert re.search(rf"^(## |\*\*){part}\b", text, re.MULTILINE), f"{path.name}: no {part}"
