"""Returns from random states: what was undone is undone, and the rest can be played to an end."""

from collections.abc import Mapping
from datetime import datetime
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import bpmn
from tests.bpmn.reference.compare import ACTS, Play, begin, next_act, start_act
from tests.bpmn.reference.drawing import EVERYTHING, Choices
from tests.bpmn.reference.generator import draw_model
from tests.bpmn.reference.model import Model
from tests.bpmn.reference.simulator import operate

# A condition may never come true; with more people there is more to go back to.
MENU = EVERYTHING - {"conditional"} | {"people"}
LONG = 300  # acts until an instance must have ended
SINGLE = {"exclusiveGateway", "eventBasedGateway"}


class Past:
    """What each variable has been since a user node was entered."""

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self.seen: list[dict[str, Any]] = [dict(variables)]
        self.entered: dict[str, int] = {}

    def take(self, snapshot: bpmn.Snapshot) -> None:
        self.seen.append(dict(snapshot.variables))
        new = {line.node for line in snapshot.log if line.event == "entered"}
        for visit in snapshot.waiting:
            if visit.node in new:
                self.entered[visit.node] = len(self.seen) - 1

    def since(self, node: str, name: str) -> list[Any]:
        """Return what it has been, from the end of the act in which the node was entered."""
        return [values.get(name) for values in self.seen[self.entered[node] :]]

    def before(self, node: str, name: str) -> Any:
        """Return what it was before that act; another branch may have written it since."""
        return self.seen[max(0, self.entered[node] - 1)].get(name)


@settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=60,
    phases=[Phase.generate],  # a story of many returns takes minutes to shorten
    suppress_health_check=list(HealthCheck),
)
@given(random=st.randoms(use_true_random=False))
def test_every_return_leaves_a_sound_instance(random: Random) -> None:
    """From every state of a play, to every node that is offered."""
    model = draw_model(random, MENU)
    choices = Choices(random)
    game = begin(model)
    past = Past(model.variables)
    game.do(start_act(choices, model))
    while not (game.failed or game.game.ended) and game.acts < ACTS:
        past.take(game.snapshot)
        _return_everywhere(game, past)
        act = next_act(choices, game.game)
        if act is None:
            break
        game.do(act)


def _return_everywhere(game: Play, past: Past) -> None:
    snapshot, now = game.snapshot, game.game.now
    for node in bpmn.return_targets(game.definition, snapshot.state, list(past.entered)):
        returned = bpmn.return_to(
            game.definition,
            snapshot.state,
            snapshot.variables,
            node=node,
            operate=operate,
            now=now,
        )
        # It is entered again; a date that has passed may end it at once.
        assert (node, "entered") in [(line.node, line.event) for line in returned.log], game.story
        try:
            _check_variables(game, past, node, returned)
            _play_to_an_end(game, returned, now)
        except AssertionError as fault:
            fault.add_note("\n".join([game.file.decode(), *game.story, f"Return to {node}."]))
            raise


def _check_variables(game: Play, past: Past, node: str, returned: bpmn.Snapshot) -> None:
    """As at the entry; where branches run side by side, what another branch wrote since stays."""
    names = {*game.snapshot.variables, *returned.variables}
    splits = _splits(game.model)
    for name in names:
        was = past.since(node, name)
        may_be = [past.before(node, name), *was] if splits else was[:1]
        assert returned.variables.get(name) in may_be, name


def _splits(model: Model) -> bool:
    """Return whether tokens can be in several places at once."""
    for scope in model.scopes():
        for node in scope.nodes:
            aside = node.element == "boundaryEvent" and not node.interrupting
            if aside or (len(scope.out[node.id]) > 1 and node.element not in SINGLE):
                return True
    return False


def _play_to_an_end(game: Play, snapshot: bpmn.Snapshot, now: datetime) -> None:
    """Complete what waits, else bring what is awaited, else let time pass."""
    aside = {node.id for node in game.model.all_nodes.values() if not node.interrupting}
    for step in range(LONG):
        if snapshot.ended:
            return
        here = (game.definition, snapshot.state, snapshot.variables)
        awaited = [c for c in snapshot.catches if c.node not in aside]
        if snapshot.waiting:
            visit = snapshot.waiting[0].key
            snapshot = bpmn.complete(*here, visit=visit, changes={}, operate=operate, now=now)
        elif awaited:
            caught = awaited[step % len(awaited)]
            event = bpmn.Event(caught.kind, caught.name, caught.correlation, {})
            snapshot = bpmn.deliver(*here, event=event, operate=operate, now=now)
        else:
            assert snapshot.due_at is not None, "Nothing can go on."
            now = max(now, snapshot.due_at)
            snapshot = bpmn.fire_due(*here, operate=operate, now=now)
    # A message that a non-interrupting event outside always takes first never comes inside.
    assert _aside(game.model, "message"), f"No end after {LONG} acts."


def _aside(model: Model, *kinds: str) -> bool:
    """Return whether an event of these kinds starts something beside its activity."""
    events = [node for node in model.all_nodes.values() if not node.interrupting]
    return any(node.trigger is not None and node.trigger.kind in kinds for node in events)
