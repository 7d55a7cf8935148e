from datetime import timedelta
from functools import partial

import bpmn
from tests.bpmn.models import NOW, end, model, parallel, start, timer, user
from tests.bpmn.player import Player
from tests.support.patience import calls

NAMES = [f"step_{number}" for number in range(15)]
CHAIN = model(
    start(form="trial/apply") + "".join(user(name) for name in NAMES) + end(),
    "\n".join(f"{a}->{b}" for a, b in zip(["start", *NAMES], [*NAMES, "end"], strict=True)),
)


def test_the_state_of_fifteen_nodes_fits_into_a_kilobyte() -> None:
    player = Player(CHAIN).complete("start")
    for name in NAMES[:-1]:
        player.complete(name, "approve", **{f"{name}_days": 3})
        assert len(player.snapshot.state) <= 1024
    assert player.targets(*NAMES) == tuple(NAMES[:-1])


def test_fifteen_open_branches_fit_into_a_kilobyte() -> None:
    flows = [f"fork->{name}\n{name}->join" for name in NAMES]
    content = model(
        start() + parallel("fork", "join") + "".join(user(name) for name in NAMES) + end(),
        "\n".join(["start->fork", *flows, "join->end"]),
    )
    player = Player(content)
    for name in reversed(NAMES):
        assert len(player.snapshot.state) <= 1024
        player.complete(name, "approve")
    assert player.snapshot.ended


def test_a_timer_and_a_join_survive_between_any_two_steps() -> None:
    content = model(
        start() + parallel("fork", "join") + timer("wait", "PT1H") + user("a") + user("b") + end(),
        """start->fork
        fork->wait
        fork->a
        wait->join
        a->join
        join->b
        b->end""",
    )
    player = Player(content)
    player.fire_due(NOW + timedelta(minutes=30))
    assert player.snapshot.due_at == NOW + timedelta(hours=1)
    player.complete("a")
    assert player.open == []
    assert not player.snapshot.ended
    player.fire_due(NOW + timedelta(hours=2))
    assert player.open == ["b"]
    assert player.complete("b").snapshot.ended


def test_a_step_costs_the_same_all_along_the_road() -> None:
    """By the calls it makes, because a machine may be slow; `make bench` measures the time."""
    player = Player(CHAIN).complete("start")
    counted = [calls(partial(player.complete, name, "approve")) for name in NAMES[:-1]]
    assert max(counted[1:]) < 1.5 * min(counted[1:])
    assert max(counted) < 700


def test_a_model_of_five_hundred_nodes_is_parsed_and_runs() -> None:
    names = [f"n{number}" for number in range(498)]
    content = model(
        start() + "".join(user(name) for name in names) + end(),
        "\n".join(f"{a}->{b}" for a, b in zip(["start", *names], [*names, "end"], strict=True)),
    )
    player = Player(content)
    assert player.open == ["n0"]
    assert player.complete("n0").open == ["n1"]
    assert len(bpmn.parse(content).road) == 498
