"""What the guides say is what there is."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import forms
from app.cli import settings_table
from app.config import CATALOGUE
from app.ledgers import operations
from app.processes.service.publishing import Bundle, findings_of
from forms.loading import TYPES
from scripts.process import ROOT

GUIDES = (
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted(p for p in (ROOT / "docs").rglob("*.md") if "node_modules" not in p.parts),
)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
TABLE = re.compile(r"<!-- settings:(zh|en) -->\n(.*?)\n?<!-- /settings -->", re.DOTALL)
TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)
MADE = re.compile(
    r"`(?:[A-Z_]+=\S+ )*make ([a-z-]+)[^`]*`|^(?:[A-Z_]+=\S+ )*make ([a-z-]+)", re.MULTILINE
)
READ = re.compile(r"""env(?:\.get)?[\[(]"([A-Z_]+)\"""")


def targets_named(text: str) -> set[str]:
    return {first or second for first, second in MADE.findall(text)}


def links() -> Iterator[tuple[Path, str]]:
    for guide in GUIDES:
        for target in LINK.findall(guide.read_text(encoding="utf-8")):
            if not target.startswith(("http://", "https://", "mailto:")):
                yield guide, target


def anchors(path: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_the_readme_names_every_target_and_no_other() -> None:
    """Who reads `make x` can type it, and who looks for a target finds it."""
    there = set(TARGET.findall((ROOT / "Makefile").read_text()))
    assert targets_named((ROOT / "README.md").read_text(encoding="utf-8")) == there


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_a_guide_names_no_target_that_is_not_there(guide: Path) -> None:
    there = set(TARGET.findall((ROOT / "Makefile").read_text()))
    assert targets_named(guide.read_text(encoding="utf-8")) <= there


def test_links_resolve() -> None:
    """Every link leads to a file, and its # to a head in it."""
    for guide, target in links():
        name, _, anchor = target.partition("#")
        path = (guide.parent / name).resolve() if name else guide
        assert path.exists(), f"{guide.name}: {target}"
        assert not anchor or anchor in anchors(path), f"{guide.name}: no head #{anchor}"


@pytest.mark.parametrize(
    "name", ["README.md", "docs/operators/README.md", "docs/operators/README.zh.md"]
)
def test_the_settings_table_is_the_commands(name: str) -> None:
    """Print it anew with `flask --app wsgi settings --markdown en` (or zh)."""
    found = TABLE.search((ROOT / name).read_text(encoding="utf-8"))
    assert found is not None
    assert found[2] == settings_table(found[1])


def test_every_setting_that_is_read_is_listed() -> None:
    """A setting nobody can look up does not exist for those who operate the site."""
    files = (ROOT / "app" / "config").glob("*.py")
    read = {name for file in files for name in READ.findall(file.read_text(encoding="utf-8"))}
    assert read
    assert read <= {known.name for known in CATALOGUE}


def test_every_shipped_process_has_its_line() -> None:
    operators = (ROOT / "docs" / "operators" / "README.md").read_text(encoding="utf-8")
    for model in sorted((ROOT / "bpmn" / "processes").glob("*.bpmn")):
        assert f"`{model.stem}`" in operators


def test_every_picture_is_shown_and_small() -> None:
    """A clone stays small: few pictures, none above 200 kB, none without a reader."""
    shown = {(guide.parent / target).resolve() for guide, target in links()}
    for picture in (ROOT / "docs" / "screenshots").iterdir():
        assert picture.resolve() in shown
        assert picture.stat().st_size <= 200_000


def test_the_first_line_names_what_a_bare_system_needs() -> None:
    first = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[0]
    assert all(word in first for word in ("Debian 12", "git", "make", "python3-venv"))


def example(language: str) -> str:
    text = (ROOT / "docs/process-authors/three-files.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)[0]


def test_the_three_files_of_the_walk_through_work() -> None:
    """Whoever copies them gets a process: the lint has nothing to say and the form loads."""
    operations.register()
    asked = json.loads(example("json"))
    bundle = Bundle(example("xml").encode(), {asked["key"]: asked})
    assert findings_of(bundle) == []
    keys = {component.key for component in forms.load(asked).components}
    printed = set(re.findall(r'data-\w+="answers\.(\w+)', example("html")))
    assert printed <= keys


def test_the_guides_name_every_type_of_a_field() -> None:
    """Nobody looks into the code to learn what a form can ask for."""
    text = (ROOT / "docs/process-authors/three-files.md").read_text(encoding="utf-8")
    ours = {"signature", "opinion"}  # asked for by the house, not by forms
    assert {name for name in TYPES - ours if f"`{name}`" not in text} == set()
