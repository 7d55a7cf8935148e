"""Rules for every shipped process, whatever it is about."""

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
    todo: list[tuple[tuple[str, str | None], ...]] = [()]
    walks = 0
    while todo and walks < MAX_WALKS:
        walks += 1
        way = todo.pop()
        player = Player(content)
        for node, outcome in way:
            player.complete(node, outcome)
        reached |= {node for node, event in player.log if event == "completed"} & ends
        todo += [((*way, step)) for node in player.open[:1] for step in _steps(player, node)]
    assert reached == ends
    assert not todo


def _steps(player: Player, node: str) -> list[tuple[str, str | None]]:
    given = player.definition.nodes[node].properties.get("outcomes", "")
    return [(node, outcome) for outcome in bpmn.pairs(given) or [None]]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_file_is_named_after_its_process_and_lints_clean(path: Path) -> None:
    content = path.read_bytes()
    assert bpmn.lint(content) == ()
    assert bpmn.parse(content).key == path.stem
