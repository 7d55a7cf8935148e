"""Rules for every shipped process, whatever it is about."""

import html
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import bpmn
from tests.bpmn.player import Player

SHIPPED = sorted(Path("bpmn/processes").glob("*.bpmn"))
MAX_WALKS = 2000


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_end_is_reached_by_some_way_through_the_outcomes(path: Path) -> None:
    content = path.read_bytes()
    ends = {node.id for node in bpmn.parse(content).nodes.values() if node.kind == "end"}
    reached: set[str] = set()
    walks = 0
    for answers in _answers(content):
        todo: list[tuple[tuple[str, str | None], ...]] = [()]
        while todo and walks < MAX_WALKS:
            walks += 1
            way = todo.pop()
            player = Player(content, answers)
            for node, outcome in way:
                player.complete(node, outcome)
            reached |= {node for node, event in player.log if event == "completed"} & ends
            todo += [((*way, step)) for node in player.open[:1] for step in _steps(player, node)]
        assert not todo
    assert reached == ends


def _answers(content: bytes) -> Iterator[dict[str, object]]:
    """Every choice of answers that conditions compare with, and one that they do not know."""
    read = bpmn.parse(content).variables_read
    asked = sorted(name for name in read if not name.endswith("outcome"))
    text = html.unescape(content.decode())
    for chosen in itertools.product(*(_values(name, text) for name in asked)):
        yield dict(zip(asked, chosen, strict=True))


def _values(name: str, text: str) -> list[object]:
    bounds = {int(one) for one in re.findall(rf"\b{name} > (\d+)", text)}
    if bounds:
        return sorted(bounds | {one + 1 for one in bounds})
    return ["something else", *sorted(set(re.findall(rf'\b{name} [!=]= "(\w+)"', text)))]


def _steps(player: Player, node: str) -> list[tuple[str, str | None]]:
    given = player.definition.nodes[node].properties.get("outcomes", "")
    return [(node, outcome) for outcome in bpmn.pairs(given) or [None]]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_file_is_named_after_its_process_and_lints_clean(path: Path) -> None:
    content = path.read_bytes()
    assert bpmn.lint(content) == ()
    assert bpmn.parse(content).key == path.stem
