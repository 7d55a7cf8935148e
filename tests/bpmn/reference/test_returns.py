"""Returns from random states: what was undone is undone, and the rest can be played to an end."""

from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import bpmn
from tests.bpmn.reference.compare import Act, Differs, Play, begin, next_act, start_act
from tests.bpmn.reference.drawing import CORE, Choices
from tests.bpmn.reference.generator import draw_model
from tests.bpmn.reference.simulator import operate

MENU = CORE
LONG = 300  # acts until an instance must have ended
STILL = frozenset({"signal", "conditional", "message", "receive", "starts"})


class Past:
    """Which user nodes were entered, and what each variable has been since."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.entered: dict[str, int] = {}

    def take(self, snapshot: bpmn.Snapshot) -> None:
        self.seen.append(dict(snapshot.variables))
        for visit in snapshot.waiting:
            rounds = [line for line in snapshot.log if line.node == visit.node]
            if any(line.event == "entered" for line in rounds):
                self.entered[visit.node] = len(self.seen) - 1

    def since(self, node: str, name: str) -> list[Any]:
        return [values.get(name) for values in self.seen[self.entered[node] :]]


@settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=100,
    suppress_health_check=list(HealthCheck),
)
@given(random=st.randoms(use_true_random=False))
def test_every_return_leaves_a_sound_instance(random: Random) -> None:
    model = draw_model(random, MENU)
    try:
        game = begin(model)
        past = _play_some(Choices(random), game)
    except bpmn.Refused:
        pytest.fail("A well-formed model was refused.")
    if game.failed or game.game.ended:
        return
    visited = list(past.entered)
    for node in bpmn.return_targets(game.definition, game.snapshot.state, visited):
        returned = bpmn.return_to(
            game.definition,
            game.snapshot.state,
            game.snapshot.variables,
            node=node,
            operate=operate,
            now=game.game.now,
        )
        assert node in [visit.node for visit in returned.waiting], game.story
        _check_variables(game, past, node, returned)
        _play_to_an_end(game, returned)


def _play_some(choices: Choices, game: Play) -> Past:
    past = Past()
    game.do(start_act(choices, game.model))
    for _ in range(choices.number(1, 12)):
        if game.failed or game.game.ended:
            break
        past.take(game.snapshot)
        act = next_act(choices, game.game)
        if act is None:
            break
        game.do(act)
    past.take(game.snapshot)
    return past
