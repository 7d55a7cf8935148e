"""Standard loops and multi-instance activities (BPMN 2.0.2, 13.3.6 and 13.3.7)."""

import pytest

import bpmn
from tests.bpmn.models import (
    boundary,
    call,
    called,
    declared,
    end,
    ends,
    loop,
    model,
    multi,
    script,
    service,
    start,
    subprocess,
    user,
)
from tests.bpmn.player import Player


def alone(part: str, beside: str = "") -> bytes:
    return model(
        start() + part + user("after") + end(), "start->a\na->after\nafter->end", beside=beside
    )


@pytest.mark.parametrize(
    ("how", "n"),
    [
        (loop("n < 3"), 3),
        (loop("n < 3", before=True), 3),
        (loop("n > 100"), 1),
        (loop("n > 100", before=True), 0),
        (loop("n < 100", most=4), 4),
        (loop(most=2), 2),
        (loop("loopCounter < 3"), 3),
        (loop("loopCounter < 3", before=True), 3),
    ],
)
def test_a_loop_repeats_while_its_condition_holds(how: str, n: int) -> None:
    player = Player(alone(script("a", "n = n + 1", how)), {"n": 0})
    assert player.open == ["after"]
    assert player.variables == {"n": n}
    assert player.done().count("a") == n


def test_the_body_of_a_loop_sees_the_number_of_its_pass() -> None:
    player = Player(alone(script("a", "seen = seen + [loopCounter]", loop(most=3))), {"seen": []})
    assert player.variables == {"seen": [0, 1, 2]}


@pytest.mark.parametrize("sequential", [True, False])
def test_results_are_collected_in_the_order_of_the_items(sequential: bool) -> None:
    how = multi(items="days", item="day", results="fees", result="fee", sequential=sequential)
    content = alone(script("a", "fee = day * rate + loopCounter", how))
    player = Player(content, {"days": [1, 2, 3], "rate": 10})
    assert player.variables == {"days": [1, 2, 3], "rate": 10, "fees": [10, 21, 32]}
    assert player.done().count("a") == 3


def test_a_number_of_times_and_none_at_all() -> None:
    content = alone(script("a", "x = loopCounter", multi(count="n", results="xs", result="x")))
    assert Player(content, {"n": 3}).variables["xs"] == [0, 1, 2]
    assert Player(content, {"n": 0}).variables["xs"] == []
    assert Player(content, {"n": 0}).open == ["after"]


@pytest.mark.parametrize("n", [-1, 1.5, "3", 5000])
def test_a_bad_number_of_times_fails_the_step(n: object) -> None:
    with pytest.raises(bpmn.StepFailed) as caught:
        Player(alone(script("a", "x = 1", multi(count="n", results="xs", result="x"))), {"n": n})
    assert caught.value.node == "a"


def test_a_list_that_is_none_fails_the_step() -> None:
    with pytest.raises(bpmn.StepFailed):
        Player(
            alone(script("a", "x = 1", multi(items="days", item="day", results="xs", result="x"))),
            {"days": 3},
        )


def test_enough_cancels_the_rest() -> None:
    how = multi(count="5", until="numberOfCompletedInstances >= 2", results="xs", result="x")
    player = Player(alone(script("a", "x = loopCounter", how)))
    assert player.variables["xs"] == [0, 1]
    assert player.log.count(("a", "cancelled")) == 3
    assert player.open == ["after"]


def test_operations_run_once_for_each_item_and_keep_their_answers_apart() -> None:
    how = multi(items="rows", item="row", results="numbers", result="number")
    player = Player(
        alone(service("a", loop=how)), {"rows": ["x", "y"]}, answers={"a": {"number": 7, "junk": 1}}
    )
    assert player.called == ["room.act", "room.act"]
    assert player.variables == {"rows": ["x", "y"], "numbers": [7, 7]}


def test_a_repeated_subprocess_keeps_what_its_passes_write() -> None:
    inner = (
        start().replace('"start"', '"begin"')
        + script("one", "fee = day + 1")
        + script("two", "fee = fee * 10")
        + end("inner_end")
    )
    how = multi(items="days", item="day", results="fees", result="fee")
    content = alone(subprocess("a", inner, "begin->one\none->two\ntwo->inner_end", how))
    player = Player(content, {"days": [1, 2]})
    assert player.variables == {"days": [1, 2], "fees": [20, 30]}
    assert player.done().count("one") == 2


def test_a_repeated_call_has_variables_of_each_pass() -> None:
    helper = called(
        "helper",
        start().replace('"start"', '"begin"') + script("add", "n = n + 1") + end("done"),
        "begin->add\nadd->done",
    )
    how = multi(items="days", item="day", results="sums", result="sum")
    content = alone(call("a", "helper", how, **{"in": "n=day", "out": "sum=n"}), helper)
    assert Player(content, {"days": [4, 5]}).variables["sums"] == [5, 6]


def test_an_error_in_one_pass_takes_all_passes_away() -> None:
    inner = start().replace('"start"', '"begin"') + ends("fails", "error broken")
    content = model(
        start()
        + subprocess("a", inner, "begin->fails", multi(count="3"))
        + boundary("caught", "a", "error broken")
        + user("mend")
        + end(),
        "start->a\na->end\ncaught->mend\nmend->end",
        beside=declared("error broken"),
    )
    player = Player(content)
    assert player.open == ["mend"]
    assert player.done().count("fails") == 1


def test_a_loop_in_a_loop_counts_for_itself() -> None:
    inner = (
        start().replace('"start"', '"begin"')
        + script("b", "seen = seen + [loopCounter]", loop(most=2))
        + end("inner_end")
    )
    content = alone(subprocess("a", inner, "begin->b\nb->inner_end", loop(most=2)))
    assert Player(content, {"seen": []}).variables["seen"] == [0, 1, 0, 1]
