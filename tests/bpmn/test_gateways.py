"""Inclusive gateways and flows straight out of tasks (BPMN 2.0.2, 13.3.2 and 13.4.3)."""

import pytest

import bpmn
from tests.bpmn.models import (
    boundary,
    choice,
    end,
    inclusive,
    model,
    parallel,
    script,
    start,
    user,
)
from tests.bpmn.player import Player

OPEN = model(
    start()
    + inclusive("split", default="split-c")
    + user("a")
    + user("b")
    + user("c")
    + inclusive("join")
    + user("after")
    + end(),
    """start->split
    split->a ? n > 0
    split->b ? n > 5
    split->c
    a->join
    b->join
    c->join
    join->after
    after->end""",
)


@pytest.mark.parametrize(("n", "opened"), [(0, ["c"]), (1, ["a"]), (9, ["a", "b"])])
def test_an_inclusive_gateway_takes_every_true_flow_else_the_default(
    n: int, opened: list[str]
) -> None:
    player = Player(OPEN, {"n": n})
    assert player.open == opened
    for node in opened:
        assert "after" not in player.open
        player.complete(node)
    assert player.open == ["after"]


def test_an_inclusive_gateway_without_a_true_flow_fails_the_step() -> None:
    content = model(
        start() + inclusive("split") + end("x") + end("y"),
        "start->split\nsplit->x ? n == 1\nsplit->y ? n == 2",
    )
    with pytest.raises(bpmn.StepFailed, match="split"):
        Player(content, {"n": 3})


def test_an_inclusive_join_does_not_wait_for_what_cannot_come() -> None:
    content = model(
        start()
        + parallel("fork")
        + user("a")
        + user("b")
        + choice("which", default="which-gone")
        + end("gone")
        + inclusive("join")
        + user("after")
        + end(),
        """start->fork
        fork->a
        fork->b
        b->which
        which->join ? outcome == "join"
        which->gone
        a->join
        join->after
        after->end""",
    )
    player = Player(content).complete("a")
    assert player.open == ["b"]
    assert Player(content).complete("a").complete("b", "join").open == ["after"]
    assert player.complete("b", "leave").open == ["after"]
    late = Player(content).complete("b", "leave").complete("a")
    assert late.open == ["after"]


def test_an_inclusive_join_waits_for_a_boundary_event_that_may_still_come() -> None:
    content = model(
        start()
        + parallel("fork")
        + user("a")
        + user("b")
        + boundary("late", "b", "timer PT1H")
        + inclusive("join")
        + user("after")
        + end("other")
        + end(),
        """start->fork
        fork->a
        fork->b
        a->join
        b->other
        late->join
        join->after
        after->end""",
    )
    player = Player(content).complete("a")
    assert player.open == ["b"]
    assert player.wait(hours=1).open == ["after"]


def test_an_inclusive_join_in_a_loop_does_not_wait_for_itself() -> None:
    content = model(
        start() + inclusive("join") + user("a") + choice("again", default="again-end") + end(),
        'start->join\njoin->a\na->again\nagain->join ? outcome == "more"\nagain->end',
    )
    player = Player(content).complete("a", "more").complete("a", "more")
    assert player.complete("a", "enough").snapshot.ended


def test_several_flows_out_of_a_task_split_in_parallel() -> None:
    content = model(
        start() + script("a", "x = 1") + user("b") + user("c") + end(),
        "start->a\na->b\na->c\nb->end\nc->end",
    )
    assert Player(content).open == ["b", "c"]


CONDITIONAL = """start->a
a->b ? n > 0
a->c ? n > 5
a->d
b->end
c->end
d->end"""


@pytest.mark.parametrize(
    ("default", "n", "opened"),
    [
        ("a-d", 0, ["d"]),
        ("a-d", 1, ["b"]),
        ("a-d", 9, ["b", "c"]),
        ("", 0, ["d"]),
        ("", 9, ["b", "c", "d"]),
    ],
)
def test_conditions_out_of_a_task(default: str, n: int, opened: list[str]) -> None:
    content = model(
        start() + script("a", "x = 1", default=default) + user("b") + user("c") + user("d") + end(),
        CONDITIONAL,
    )
    assert Player(content, {"n": n}).open == opened


def test_a_task_whose_conditions_all_fail_fails_the_step() -> None:
    content = model(
        start() + script("a", "x = 1") + end("b") + end("c"),
        "start->a\na->b ? n == 1\na->c ? n == 2",
    )
    with pytest.raises(bpmn.StepFailed) as caught:
        Player(content, {"n": 3})
    assert caught.value.node == "a"


def test_each_token_passes_a_task_by_itself() -> None:
    content = model(
        start() + parallel("fork") + user("a") + user("b") + user("after") + end(),
        "start->fork\nfork->a\nfork->b\na->after\nb->after\nafter->end",
    )
    player = Player(content).complete("a").complete("b")
    assert player.open == ["after", "after"]
    assert player.complete("after").complete("after").snapshot.ended


def test_two_flows_from_one_gateway_to_one_join_count_as_two() -> None:
    twice = (
        '<bpmn:sequenceFlow id="f1" sourceRef="fork" targetRef="join"/>'
        '<bpmn:sequenceFlow id="f2" sourceRef="fork" targetRef="join"/>'
    )
    content = model(
        start() + parallel("fork", "join") + user("after") + end() + twice,
        "start->fork\njoin->after\nafter->end",
    )
    assert Player(content).open == ["after"]
