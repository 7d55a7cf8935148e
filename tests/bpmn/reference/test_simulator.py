"""The second opinion itself, on models drawn by hand: what each act enters, completes, cancels."""

from datetime import timedelta
from typing import Any

import pytest

from tests.bpmn.models import NOW
from tests.bpmn.reference.model import Clock, Flow, Loop, Model, Node, Scope, Trigger
from tests.bpmn.reference.simulator import Failed, Game
from tests.bpmn.reference.terms import Term, const, sign, var


def scope(name: str, nodes: list[Node], *ways: str, **conditions: Term) -> Scope:
    """`"a-b"` is a flow from a to b; a condition is named after its target."""
    flows = []
    for way in ways:
        source, target = way.split("-")
        flows.append(Flow(way, source, target, conditions.get(target)))
    return Scope(name, nodes, flows)


def begin(main: Scope, *called: Scope, **variables: Any) -> Game:
    game = Game(Model(main, list(called)), variables, NOW)
    game.start()
    return game


def events(game: Game, event: str = "completed") -> list[str]:
    return sorted(node for node, what in game.log.elements() if what == event)


def open_now(game: Game) -> list[str]:
    return [visit.node.id for visit in game.waiting()]


def complete(game: Game, node: str, **changes: Any) -> None:
    game.complete(next(v for v in game.waiting() if v.node.id == node), changes)


def user(name: str) -> Node:
    return Node(name, "userTask")


def ends() -> list[Node]:
    return [Node("start", "startEvent"), Node("end", "endEvent")]


def test_a_parallel_join_waits_for_every_branch() -> None:
    nodes = [*ends(), Node("p", "parallelGateway"), user("u"), user("v")]
    nodes.append(Node("j", "parallelGateway"))
    game = begin(scope("m", nodes, "start-p", "p-u", "p-v", "u-j", "v-j", "j-end"))
    assert open_now(game) == ["u", "v"]
    complete(game, "u")
    assert events(game) == ["u"]
    complete(game, "v")
    assert game.ended
    assert events(game) == ["end", "j", "v"]


def test_a_second_token_on_one_flow_waits_for_the_next_time() -> None:
    """U is entered twice, v once: the join counts flows, not tokens."""
    nodes = [*ends(), Node("p", "parallelGateway"), user("u"), user("v")]
    nodes += [Node("q", "parallelGateway"), Node("j", "parallelGateway")]
    ways = ["start-p", "p-q", "p-u", "q-u", "q-v", "u-j", "v-j", "j-end"]
    game = begin(scope("m", nodes, *ways))
    assert open_now(game) == ["u", "u", "v"]
    complete(game, "u")
    complete(game, "u")
    assert open_now(game) == ["v"]
    complete(game, "v")
    assert not game.ended
    assert events(game) == ["end", "j", "v"]


@pytest.mark.parametrize(("n", "expected"), [(1, "a"), (2, "b"), (9, "c")])
def test_the_first_true_way_is_taken_else_the_default(n: int, expected: str) -> None:
    nodes = [*ends(), Node("x", "exclusiveGateway", default="x-c"), user("a"), user("b"), user("c")]
    ways = ["start-x", "x-a", "x-b", "x-c", "a-end", "b-end", "c-end"]
    game = begin(scope("m", nodes, *ways, a=sign("n", "<", 2), b=sign("n", "<", 3)), n=n)
    assert open_now(game) == [expected]


def test_no_way_out_is_a_failure() -> None:
    nodes = [*ends(), Node("x", "exclusiveGateway"), user("a"), user("b")]
    main = scope(
        "m",
        nodes,
        *("start-x", "x-a", "x-b", "a-end", "b-end"),
        a=sign("n", "<", 2),
        b=sign("n", "<", 3),
    )
    with pytest.raises(Failed):
        begin(main, n=5)


def inclusive() -> Scope:
    nodes = [*ends(), Node("i", "inclusiveGateway", default="i-c"), user("a"), user("b"), user("c")]
    nodes.append(Node("j", "inclusiveGateway"))
    ways = ["start-i", "i-a", "i-b", "i-c", "a-j", "b-j", "c-j", "j-end"]
    return scope("m", nodes, *ways, a=sign("n", "<", 2), b=sign("n", "<", 3))


def test_an_inclusive_join_waits_for_those_on_their_way_only() -> None:
    game = begin(inclusive(), n=1)
    assert open_now(game) == ["a", "b"]
    complete(game, "b")
    assert events(game) == ["b"]
    complete(game, "a")
    assert game.ended
    game = begin(inclusive(), n=7)
    assert open_now(game) == ["c"]
    complete(game, "c")
    assert game.ended


def test_an_interrupting_timer_takes_the_inside_away() -> None:
    inside = scope("sub", [Node("s", "startEvent"), user("u"), Node("e", "endEvent")], "s-u", "u-e")
    late = Trigger("timer", clock=Clock("duration", 10))
    nodes = [*ends(), Node("sub", "subProcess", inside=inside), user("v")]
    nodes.append(Node("b", "boundaryEvent", trigger=late, attached="sub"))
    game = begin(scope("m", nodes, "start-sub", "sub-end", "b-v", "v-end"))
    game.fire_due(NOW + timedelta(seconds=9))
    assert not game.log
    game.fire_due(NOW + timedelta(seconds=12))
    assert events(game, "cancelled") == ["sub", "u"]
    assert open_now(game) == ["v"]
    assert dict(game.fired) == {("b", NOW + timedelta(seconds=10)): 1}


@pytest.mark.parametrize(("times", "fired", "left"), [(3, 3, None), (None, 1, 50)])
def test_a_late_cycle(times: int | None, fired: int, left: int | None) -> None:
    """With a number each occurrence fires; without one a late sweep fires once."""
    cycle = Trigger("timer", clock=Clock("cycle", 10, times))
    nodes = [*ends(), user("u"), user("v"), Node("w", "endEvent")]
    nodes.append(Node("b", "boundaryEvent", trigger=cycle, attached="u", interrupting=False))
    game = begin(scope("m", nodes, "start-u", "u-end", "b-v", "v-w"))
    game.fire_due(NOW + timedelta(seconds=45))
    assert open_now(game) == ["u", *["v"] * fired]
    dues = [armed.due for armed in game.armed if armed.due]
    assert dues == ([NOW + timedelta(seconds=left)] if left else [])


@pytest.mark.parametrize(("code", "caught"), [("e0", "inner"), ("e1", "outer"), ("e2", "any")])
def test_an_error_goes_outwards_to_the_nearest_that_fits(code: str, caught: str) -> None:
    error = Trigger("error", code)
    deep = scope("in", [Node("s2", "startEvent"), Node("bad", "endEvent", trigger=error)], "s2-bad")
    mid = scope(
        "out",
        [
            Node("s1", "startEvent"),
            Node("in", "subProcess", inside=deep),
            Node("b0", "boundaryEvent", trigger=Trigger("error", "e0"), attached="in"),
            *(user("inner"), Node("e1", "endEvent")),
        ],
        *("s1-in", "in-e1", "b0-inner", "inner-e1"),
    )
    nodes = [*ends(), Node("out", "subProcess", inside=mid), user("outer"), user("any")]
    nodes.append(Node("b2", "boundaryEvent", trigger=Trigger("error"), attached="out"))
    nodes.append(Node("b1", "boundaryEvent", trigger=Trigger("error", "e1"), attached="out"))
    main = scope("m", nodes, "start-out", "out-end", "b1-outer", "b2-any", "outer-end", "any-end")
    game = begin(main)
    assert open_now(game) == [caught]
    assert ("out", "cancelled") not in game.log or caught != "inner"


def test_terminate_ends_its_own_scope() -> None:
    stop = Node("t", "endEvent", trigger=Trigger("terminate"))
    inside = scope(
        "sub",
        [Node("s", "startEvent"), Node("p", "parallelGateway"), user("u"), user("w"), stop],
        *("s-p", "p-u", "p-w", "u-t", "w-t"),
    )
    nodes = [*ends(), Node("sub", "subProcess", inside=inside), user("v")]
    game = begin(scope("m", nodes, "start-sub", "sub-v", "v-end"))
    complete(game, "u")
    assert events(game, "cancelled") == ["w"]
    assert events(game) == ["sub", "t", "u"]
    assert open_now(game) == ["v"]


def test_a_called_process_has_a_map_of_its_own() -> None:
    called = scope(
        "c",
        [
            Node("s", "startEvent"),
            Node("set", "scriptTask", script=(("y", sign("x", "+", 1)), ("secret", const(1)))),
            Node("e", "endEvent"),
        ],
        *("s-set", "set-e"),
    )
    call = Node("call", "callActivity", called="c")
    call.into, call.back = (("x", sign("n", "*", 2)),), (("n", var("y")),)
    game = begin(scope("m", [*ends(), call], "start-call", "call-end"), called, n=3)
    assert game.ended
    assert game.root.map.view() == {"n": 7}


@pytest.mark.parametrize("sequential", [True, False])
def test_a_multi_instance_script_collects_in_order(sequential: bool) -> None:
    loop = Loop(
        multi=True,
        sequential=sequential,
        items="rows",
        item="row",
        output="all",
        output_item="one",
    )
    script = (("one", sign(sign("row", "*", 10), "+", "loopCounter")),)
    task = Node("s", "scriptTask", script=script, loop=loop)
    game = begin(scope("m", [*ends(), task], "start-s", "s-end"), rows=[3, 1])
    assert game.root.map.view() == {"rows": [3, 1], "all": [30, 11]}
    assert game.log["s", "entered"] == game.log["s", "completed"] == 2


@pytest.mark.parametrize(("before", "n", "passes"), [(True, 5, 0), (False, 5, 1), (True, 1, 2)])
def test_a_loop_looks_before_or_after(before: bool, n: int, passes: int) -> None:
    loop = Loop(multi=False, test_before=before, maximum=4, condition=sign("n", "<", 3))
    task = Node("s", "scriptTask", script=(("n", sign("n", "+", 1)),), loop=loop)
    game = begin(scope("m", [*ends(), task], "start-s", "s-end"), n=n)
    assert game.log["s", "completed"] == passes
    assert game.root.map.view() == {"n": n + passes}


def test_the_first_event_behind_an_event_based_gateway_wins() -> None:
    nodes = [*ends(), Node("g", "eventBasedGateway")]
    heard = Trigger("message", "m0")
    nodes.append(Node("a", "intermediateCatchEvent", trigger=heard))
    nodes.append(
        Node("b", "intermediateCatchEvent", trigger=Trigger("timer", clock=Clock("duration", 5)))
    )
    game = begin(scope("m", nodes, "start-g", "g-a", "g-b", "a-end", "b-end"))
    assert not game.deliver("message", "m1", None, {})
    assert game.deliver("message", "m0", None, {"n": 1})
    assert events(game) == ["a", "end", "g"]
    assert game.ended
    assert game.root.map.view() == {"n": 1}


def test_a_condition_fires_each_time_it_turns_true() -> None:
    asked = Trigger("conditional", condition=sign("k", ">", 0))
    nodes = [*ends(), user("u"), user("v"), user("w"), Node("p", "parallelGateway")]
    nodes.append(Node("b", "boundaryEvent", trigger=asked, attached="u", interrupting=False))
    ways = ["start-p", "p-u", "p-w", "u-end", "w-w2", "b-v", "v-end", "w2-w3", "w3-end"]
    nodes += [user("w2"), user("w3")]
    game = begin(scope("m", nodes, *ways), k=0)
    complete(game, "w", k=1)
    assert events(game) == ["b", "w"]
    complete(game, "w2", k=2)
    assert events(game) == ["w2"]
    complete(game, "w3", k=0)
    complete(game, "v", k=1)
    assert events(game) == ["b", "end", "v"]
