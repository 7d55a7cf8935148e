import json
import zlib
from dataclasses import replace
from datetime import timedelta

import pytest

import bpmn
from bpmn import state as state_module
from tests.bpmn.models import (
    NOW,
    boundary,
    choice,
    declared,
    end,
    model,
    parallel,
    receive,
    start,
    timer,
    user,
)
from tests.bpmn.player import Player

LINE = model(
    start(form="trial/apply") + user("a") + user("b") + user("c") + end(),
    "start->a\na->b\nb->c\nc->end",
)
NESTED = model(
    start()
    + user("before")
    + parallel("fork", "join")
    + user("a1")
    + user("a2")
    + user("b1")
    + user("b2")
    + user("after")
    + end(),
    """start->before
    before->fork
    fork->a1
    a1->a2
    a2->join
    fork->b1
    b1->b2
    b2->join
    join->after
    after->end""",
)


def test_a_return_opens_the_node_with_its_next_round_and_a_new_key() -> None:
    player = Player(LINE).complete("start").complete("a").complete("b")
    first = player.visit("c").key
    player.return_to("a")
    assert player.open == ["a"]
    assert player.visit("a").round == 2
    assert ("c", "cancelled") in player.log
    player.complete("a").complete("b")
    assert player.visit("c").round == 2
    assert player.visit("c").key != first


def test_the_start_is_a_legal_target() -> None:
    player = Player(LINE).complete("start").complete("a").return_to("start")
    assert player.open == ["start"]
    assert player.visit("start").round == 2


def test_a_return_restores_the_variables_of_the_targets_entry() -> None:
    player = Player(LINE, {"days": 1})
    player.complete("start", days=2).complete("a", "approve").complete("b", "reject", extra=[1])
    player.return_to("b")
    assert player.variables == {"days": 2, "outcome": "approve", "a_outcome": "approve"}
    player.return_to("start")
    assert player.variables == {"days": 1}


def test_an_equal_value_of_another_type_is_a_change() -> None:
    player = Player(LINE, {"n": 1}).complete("start", n=True)
    assert player.variables["n"] is True
    assert player.return_to("start").variables["n"] == 1
    assert player.variables["n"] is not True


def test_targets_are_earlier_nodes_in_the_order_given_not_the_open_one() -> None:
    player = Player(LINE).complete("start").complete("a")
    assert player.targets("a", "start", "a", "b", "c", "nonsense") == ("a", "start")


def test_after_a_return_the_nodes_behind_the_target_are_no_targets() -> None:
    player = Player(LINE).complete("start").complete("a").complete("b").return_to("a")
    assert player.targets("start", "a", "b", "c") == ("start",)


@pytest.mark.parametrize("node", ["c", "end", "nonsense"])
def test_a_node_never_entered_cannot_be_returned_to(node: str) -> None:
    player = Player(LINE).complete("start").complete("a")
    with pytest.raises(bpmn.NotReturnable, match=node):
        player.return_to(node)


def test_a_return_within_a_branch_leaves_the_other_branch_alone() -> None:
    player = Player(NESTED).complete("before").complete("a1", "x").complete("b1", "y")
    assert player.open == ["a2", "b2"]
    assert player.targets("before", "a1", "b1") == ("before", "a1", "b1")
    player.return_to("a1")
    assert sorted(player.open) == ["a1", "b2"]
    assert player.variables == {"outcome": "y", "b1_outcome": "y"}
    player.complete("a1").complete("a2").complete("b2")
    assert player.open == ["after"]


def test_a_branch_that_waits_at_the_join_keeps_its_place() -> None:
    player = Player(NESTED).complete("before").complete("a1").complete("a2")
    player.complete("b1", "y")
    player.return_to("b1")
    assert player.open == ["b1"]
    assert player.complete("b1").complete("b2").open == ["after"]


def test_a_token_at_the_join_is_taken_back_by_a_return_into_its_branch() -> None:
    player = Player(NESTED).complete("before").complete("a1").complete("a2")
    player.return_to("a1")
    assert sorted(player.open) == ["a1", "b1"]
    assert player.complete("b1").complete("b2").open == ["a1"]
    assert player.complete("a1").complete("a2").open == ["after"]


def test_a_finished_branch_can_be_reopened_while_the_join_still_waits() -> None:
    player = Player(NESTED).complete("before").complete("a1").complete("a2")
    player.return_to("before")
    assert player.open == ["before"]
    assert player.complete("before").open == ["a1", "b1"]


def test_a_return_out_of_a_fork_takes_all_branches_along() -> None:
    player = Player(NESTED).complete("before").complete("a1").return_to("before")
    assert player.open == ["before"]
    assert {("a2", "cancelled"), ("b1", "cancelled")} <= set(player.log)


def test_a_branch_behind_its_join_is_no_target_since_the_join_would_block() -> None:
    player = Player(NESTED)
    for node in ("before", "a1", "a2", "b1", "b2"):
        player.complete(node)
    assert player.targets("before", "a1", "a2", "b1", "b2") == ("before",)
    with pytest.raises(bpmn.NotReturnable):
        player.return_to("a2")


def test_a_visit_sees_only_the_targets_of_its_own_way() -> None:
    player = Player(NESTED).complete("before").complete("a1").complete("b1")
    visited, key = ("before", "a1", "b1"), player.visit("a2").key
    state = player.snapshot.state
    found = bpmn.return_targets(player.definition, state, visited, visit=key)
    assert found == ("before", "a1")


def test_what_a_return_would_undo_is_told_and_nothing_is_changed() -> None:
    player = Player(NESTED).complete("before").complete("a1").complete("b1")
    branch = bpmn.undone(player.definition, player.snapshot.state, "a1")
    assert (branch.visits, branch.tokens) == ((player.visit("a2"),), 1)
    assert branch.nodes == {"a1", "a2", "join", "after", "end"}
    whole = bpmn.undone(player.definition, player.snapshot.state, "before")
    assert [visit.node for visit in whole.visits] == ["a2", "b2"]
    assert player.open == ["a2", "b2"]


def test_what_cannot_be_returned_to_undoes_nothing() -> None:
    player = Player(NESTED).complete("before")
    with pytest.raises(bpmn.NotReturnable, match="a2"):
        bpmn.undone(player.definition, player.snapshot.state, "a2")


def test_state_stays_flat_over_fifty_returns() -> None:
    player = Player(LINE).complete("start")
    sizes = []
    for _ in range(50):
        player.complete("a", "approve").complete("b", "approve").return_to("a")
        sizes.append(len(player.snapshot.state))
    assert player.visit("a").round == 51
    assert sizes[-1] <= sizes[1] + 8  # longer numbers, nothing else


def test_state_stays_flat_over_drawn_loops() -> None:
    content = model(
        start() + choice("meet") + user("a") + user("b") + choice("again") + end(),
        """start->meet
        meet->a
        a->b
        b->again
        again->end ? outcome == "done"
        again->meet ? outcome != "done\"""",
    )
    player = Player(content)
    sizes = []
    for _ in range(60):
        player.complete("a", "more", total=1).complete("b", "more", total=2)
        sizes.append(len(player.snapshot.state))
    assert sizes[-1] <= sizes[2] + 8
    assert player.return_to("b").variables["total"] == 1
    assert player.complete("b", "done").snapshot.ended


def test_an_instance_that_ended_can_be_returned_by_an_administrator() -> None:
    player = Player(LINE)
    for node in ("start", "a", "b", "c"):
        player.complete(node)
    assert player.snapshot.ended
    assert player.return_to("c").open == ["c"]


def test_a_state_of_a_newer_engine_is_not_read() -> None:
    definition = bpmn.parse(LINE)
    packed = state_module.dump(state_module.State())
    assert state_module.load(packed, definition.graph) == state_module.State()
    with pytest.raises(ValueError, match="version 3"):
        bpmn.cancel(definition, zlib.compress(b"[3,0,{},[],[]]"), {})


def test_a_state_of_the_first_version_goes_on() -> None:
    """Written before there were subprocesses: a visit, a token at a join, a timer."""
    content = model(
        start() + parallel("fork", "join") + timer("wait", "PT1H") + user("a") + user("b") + end(),
        """start->fork
        fork->wait
        fork->a
        fork->b
        wait->join
        a->join
        b->join
        join->end""",
    )
    due = (NOW + timedelta(hours=1)).isoformat()
    tokens = [[1, "a", 1, {}], [2, "join", 0, {"from": "b"}], [3, "wait", 0, {"due": due}]]
    packed = zlib.compress(json.dumps([1, 3, {"a": 1, "b": 1}, tokens, [["a"], ["b"]]]).encode())
    player = Player(content)
    player.take(replace(player.snapshot, state=packed))
    player.fire_due(NOW + timedelta(hours=2))
    assert player.open == ["a"]
    assert player.visit("a").key == "1.1"
    assert player.complete("a").snapshot.ended


def test_a_join_that_two_waves_would_fill_unevenly_is_no_way_back() -> None:
    content = model(
        start()
        + user("a")
        + boundary("again", "a", "signal go", interrupting=False)
        + parallel("fork", "join")
        + user("b")
        + user("c")
        + end()
        + end("both"),
        """start->a
        a->end
        again->fork
        fork->b
        fork->c
        b->join
        c->join
        join->both""",
        beside=declared("signal go"),
    )
    player = Player(content).deliver("signal", "go").complete("b").deliver("signal", "go")
    assert player.open == ["a", "c", "b", "c"]
    assert player.targets("b") == ()
    with pytest.raises(bpmn.NotReturnable):
        player.return_to("b")


def test_what_only_an_event_could_bring_fills_no_join() -> None:
    content = model(
        start()
        + receive("wait", "reply")
        + boundary("again", "wait", "signal go", interrupting=False)
        + parallel("fork", "join")
        + user("b")
        + user("c")
        + user("after")
        + end()
        + end("both"),
        """start->wait
        wait->end
        again->fork
        fork->b
        fork->c
        b->join
        c->join
        join->after
        after->both""",
        beside=declared("signal go", "message reply"),
    )
    player = Player(content).deliver("signal", "go").complete("b").complete("c")
    assert player.open == ["after"]
    assert player.targets("b", "c") == ()
