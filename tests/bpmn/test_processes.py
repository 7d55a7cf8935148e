"""Rules for every shipped process, whatever it is about."""

import copy
import html
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import bpmn
from tests.bpmn.player import Player

SHIPPED = sorted(Path("bpmn/processes").glob("*.bpmn"))
MOST_PLACES = 2000


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_end_is_reached_by_some_way_through_the_outcomes(path: Path) -> None:
    """Where the same steps wait and conditions read the same, it goes on the same way."""
    content = path.read_bytes()
    read = bpmn.parse(content)
    ends = {node.id for node in read.nodes.values() if node.kind == "end"}
    reached: set[str] = set()
    seen: set[str] = set()
    for answers in _answers(content):
        todo = [Player(content, answers)]
        while todo and len(seen) < MOST_PLACES:
            player = todo.pop()
            reached |= {node for node, event in player.log if event == "completed"} & ends
            known = {name: player.variables.get(name) for name in sorted(read.variables_read)}
            place = repr((sorted(player.open), known))
            if place not in seen:
                seen.add(place)
                todo += [
                    _branch(player).complete(*step)
                    for node in player.open[:1]
                    for step in _steps(player, node)
                ]
        assert not todo
    assert reached == ends


def _branch(player: Player) -> Player:
    made = copy.copy(player)
    made.log = [*player.log]
    return made


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
    if re.search(rf"\b{name} == (true|false)\b", text):
        return [True, False]
    return ["something else", *sorted(set(re.findall(rf'\b{name} [!=]= "(\w+)"', text)))]


def _steps(player: Player, node: str) -> list[tuple[str, str | None]]:
    if player.definition.nodes[node].kind == "receive":
        return []  # what it waits for comes from elsewhere
    given = player.definition.nodes[node].properties.get("outcomes", "")
    return [(node, outcome) for outcome in bpmn.pairs(given) or [None]]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_file_is_named_after_its_process_and_lints_clean(path: Path) -> None:
    content = path.read_bytes()
    assert bpmn.lint(content) == ()
    assert bpmn.parse(content).key == path.stem
