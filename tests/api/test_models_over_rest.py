"""Generated models, uploaded, published, started and worked off over REST as the simulator does.

The engine alone is held by tests/bpmn/reference; here the tables, rights and answers around it are.
"""

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

import pytest

from tests.api.conftest import Rest
from tests.api.test_events_over_rest import TESTER, begin, publish
from tests.bpmn.models import NOW
from tests.bpmn.reference.compare import ORDERS, Act, _notable, _ours, next_act
from tests.bpmn.reference.drawing import EVERYTHING, Choices
from tests.bpmn.reference.generator import draw_model
from tests.bpmn.reference.model import Model
from tests.bpmn.reference.simulator import Game
from tests.bpmn.reference.writer import write

MENU = EVERYTHING - {"timer", "starts"}  # nobody moves the clock of these tests
SEEDS = range(8)
ACTS = 12
Login = Callable[[str], Rest]


def drawn(seed: int) -> tuple[Choices, Model]:
    """A model without operations, which only the wiring knows."""
    random = Random(seed)
    while True:
        model = draw_model(random, MENU)
        if not any(node.operation for node in model.all_nodes.values()):
            return Choices(random), model


@pytest.mark.parametrize("seed", SEEDS)
def test_a_generated_model_is_played_over_rest_as_it_should(login: Login, seed: int) -> None:
    choices, model = drawn(seed)
    publish(login, write(model), "main")
    rest = login(TESTER)
    game = Game(model, model.variables, NOW)
    expected = _ours(game, Act("start", NOW))
    if expected == {"failed": True}:
        answer = rest.post("/tickets", {"process": "main", "variables": model.variables})
        assert answer.status_code == 503, answer.text
        return
    ticket = begin(rest, "main", **model.variables)
    number, told = ticket["number"], 0
    ticket = rest.get(f"/tickets/{number}").json
    lines: list[Any] = rest.get(f"/tickets/{number}/log").json["items"]
    assert seen(model, ticket, lines) == shown(expected), write(model).decode()
    told = len(lines)
    for _ in range(ACTS):
        act = None if game.ended else next_act(choices, game)
        if act is None:
            break
        status = do(rest, number, act)
        ticket = rest.get(f"/tickets/{number}").json
        lines = rest.get(f"/tickets/{number}/log").json["items"]
        got = seen(model, ticket, lines[told:])
        trial, wanted = expected_of(game, act, got)
        if "nobody" in wanted or "failed" in wanted:
            assert status == (409 if "nobody" in wanted else 503), (status, str(act))
            told = len(lines)
            continue
        assert status == 200, (status, str(act), write(model).decode())
        assert got == shown(wanted), f"{act}\n{got}\n{shown(wanted)}\n{write(model).decode()}"
        game, told = trial, len(lines)


def expected_of(game: Game, act: Act, got: dict[str, Any]) -> tuple[Game, dict[str, Any]]:
    trial = deepcopy(game)
    first = wanted = _ours(trial, act)
    for seed in range(ORDERS):
        if "waiting" not in wanted or shown(wanted) == got:
            return trial, wanted
        trial = deepcopy(game)
        trial.order = Random(seed)
        wanted = _ours(trial, act)
        trial.order = None
    return deepcopy(game), first


def do(rest: Rest, number: str, act: Act) -> int:
    if act.kind == "complete":
        tasks = [t for t in rest.get(f"/tickets/{number}").json["tasks"] if t["state"] == "open"]
        task = sorted(tasks, key=lambda t: (t["node"], t["id"]))[act.which]
        assert task["node"] == act.name
        body = {"version": task["version"], "answers": dict(act.changes)}
        answer = rest.post(f"/tasks/{task['id']}/complete", body)
    elif act.kind == "signal":
        body = {"name": act.name, "payload": dict(act.changes)}
        answer = rest.post(f"/tickets/{number}/signals", body)
    else:
        body = {"name": act.name, "correlation": act.correlation, "payload": dict(act.changes)}
        answer = rest.post("/messages", body)
    return int(answer.status_code)


def seen(model: Model, ticket: dict[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "waiting": sorted(task["node"] for task in ticket["tasks"] if task["state"] == "open"),
        "ended": ticket["state"] == "closed",
        "variables": {
            name: value
            for name, value in ticket["variables"].items()
            if name != "outcome" and not name.endswith("_outcome")  # the house's own
        },
        "log": _notable(model, Counter((line["node"], line["event"]) for line in lines)),
    }


def shown(expected: dict[str, Any]) -> dict[str, Any]:
    return {name: expected[name] for name in ("waiting", "ended", "variables", "log")}
