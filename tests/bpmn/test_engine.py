from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

import bpmn
from bpmn import turn
from tests.bpmn.models import (
    NOW,
    choice,
    end,
    model,
    parallel,
    refuse_operation,
    script,
    service,
    start,
    terminate,
    timer,
    user,
)
from tests.bpmn.player import Player

FORK = parallel("fork", "join")
TWO = model(
    start() + FORK + user("a") + user("b") + user("c") + end(),
    """start->fork
    fork->a
    fork->b
    a->join
    b->join
    join->c
    c->end""",
)


def test_a_start_with_a_form_waits_for_the_first_answers() -> None:
    player = Player(model(start(form="trial/apply") + user("a") + end(), "start->a\na->end"))
    assert player.open == ["start"]
    assert player.visit("start").round == 1
    assert player.complete("start", kind="new").open == ["a"]
    assert player.variables == {"kind": "new"}


def test_a_start_without_a_form_goes_on_at_once() -> None:
    assert Player(model(start() + user("a") + end(), "start->a\na->end")).open == ["a"]


def test_an_instance_without_people_ends_in_its_first_step() -> None:
    player = Player(model(start() + end(), "start->end"))
    assert player.snapshot.ended
    assert player.log == [
        ("start", "entered"),
        ("start", "completed"),
        ("end", "entered"),
        ("end", "completed"),
    ]


def test_a_join_is_entered_once_all_its_tokens_are_there() -> None:
    player = Player(TWO).complete("a")
    assert ("join", "entered") not in player.log
    player.complete("b")
    assert player.log[-4:] == [
        ("b", "completed"),
        ("join", "entered"),
        ("join", "completed"),
        ("c", "entered"),
    ]


CHOICE = model(
    start()
    + user("a")
    + choice("which", default="which-no")
    + end("yes")
    + end("no")
    + end("both"),
    """start->a
    a->which
    which->yes ? outcome == "approve"
    which->both ? a_outcome in ["approve", "both"]
    which->no""",
)


@pytest.mark.parametrize(
    ("outcome", "goal"), [("approve", "yes"), ("both", "both"), ("reject", "no")]
)
def test_an_exclusive_gateway_takes_the_first_true_flow_else_the_default(
    outcome: str, goal: str
) -> None:
    player = Player(CHOICE).complete("a", outcome)
    assert player.log[-1] == (goal, "completed")


def test_flow_order_is_the_files_not_the_drawings() -> None:
    def drawn(first: int, second: int) -> bytes:
        shapes = "".join(
            f'<bpmndi:BPMNShape id="{name}_di" bpmnElement="{name}">'
            f'<dc:Bounds x="1" y="{y}" width="1" height="1"/></bpmndi:BPMNShape>'
            for name, y in (("yes", first), ("both", second))
        )
        diagram = (
            '<bpmndi:BPMNDiagram id="d"><bpmndi:BPMNPlane id="p" bpmnElement="trial">'
            f"{shapes}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"
        )
        return CHOICE.replace(b"</bpmn:definitions>", f"{diagram}</bpmn:definitions>".encode())

    for content in (drawn(1, 900), drawn(900, 1)):
        assert Player(content).complete("a", "approve").log[-1] == ("yes", "completed")


def test_a_gateway_without_a_true_condition_fails_the_step() -> None:
    player = Player(
        model(
            start() + choice("which") + end("x") + end("y"),
            """start->which
            which->x ? true
            which->y ? false""",
        )
    )
    assert player.snapshot.ended
    content = model(
        start() + user("a") + choice("which") + end("x") + end("y"),
        """start->a
        a->which
        which->x ? outcome == "x"
        which->y ? outcome == "y\"""",
    )
    player = Player(content)
    with pytest.raises(bpmn.StepFailed, match="which"):
        player.complete("a", "z")
    assert player.complete("a", "x").snapshot.ended  # the old state still holds


@pytest.mark.parametrize("condition", ["unknown == 1", "outcome", "outcome > 1"])
def test_a_condition_that_is_neither_true_nor_false_fails_the_step(condition: str) -> None:
    content = model(
        start() + user("a") + choice("which", default="which-y") + end("x") + end("y"),
        f"""start->a
        a->which
        which->x ? {condition}
        which->y""",
    )
    with pytest.raises(bpmn.StepFailed) as caught:
        Player(content).complete("a", "x")
    assert caught.value.node == "which"


def test_a_join_waits_for_every_branch_and_loses_no_variable() -> None:
    player = Player(TWO, {"approved": True})
    assert player.open == ["a", "b"]
    player.complete("a", approved=False, left=1)
    assert player.open == ["b"]
    player.complete("b", right=2)
    assert player.open == ["c"]
    assert player.variables == {"approved": False, "left": 1, "right": 2}
    assert player.complete("c").snapshot.ended


def test_a_second_token_on_one_flow_waits_for_the_next_pass() -> None:
    """BPMN 2.0.2, 13.4.1: excess tokens remain at the flow."""
    names = ("a", "b", "c", "d")
    content = model(
        start()
        + parallel("fork", "join")
        + choice("left")
        + choice("right")
        + "".join(user(name) for name in (*names, "after"))
        + end(),
        """start->fork
        fork->a
        fork->b
        fork->c
        fork->d
        a->left
        b->left
        c->right
        d->right
        left->join
        right->join
        join->after
        after->end""",
    )
    player = Player(content).complete("a").complete("b")
    assert player.open == ["c", "d"]
    assert player.complete("c").open == ["d", "after"]
    player.complete("after")
    assert not player.snapshot.ended
    assert player.complete("d").open == ["after"]
    assert player.complete("after").snapshot.ended


def test_a_terminate_end_takes_all_other_tokens_along() -> None:
    content = model(
        start() + parallel("fork") + user("a") + user("b") + terminate("stop") + end(),
        """start->fork
        fork->a
        fork->b
        a->stop
        b->end""",
    )
    player = Player(content).complete("a")
    assert player.snapshot.ended
    assert ("b", "cancelled") in player.log


def test_a_terminate_end_stops_automatic_work_that_was_ready() -> None:
    content = model(
        start() + parallel("fork") + service("late") + terminate("stop") + end(),
        """start->fork
        fork->stop
        fork->late
        late->end""",
    )
    player = Player(content)
    assert player.snapshot.ended
    assert player.called == []


def test_a_service_task_writes_what_its_operation_answers() -> None:
    content = model(start() + service("act") + user("a") + end(), "start->act\nact->a\na->end")
    player = Player(content, answers={"act": {"rows": 3}})
    assert player.called == ["room.act"]
    assert player.variables == {"rows": 3}


def test_an_operation_may_answer_nothing_and_cannot_write_into_the_map() -> None:
    content = model(start() + service("act") + end(), "start->act\nact->end")

    def operate(_operation: str, _node: str, variables: Mapping[str, Any]) -> None:
        with pytest.raises(TypeError):
            variables["x"] = 1  # type: ignore[index]

    snapshot = bpmn.start(bpmn.parse(content), {}, operate=operate, now=NOW)
    assert snapshot.ended
    assert snapshot.variables == {}


def test_an_operations_exception_passes_through_unchanged() -> None:
    content = model(start() + service("act") + end(), "start->act\nact->end")
    with pytest.raises(AssertionError) as caught:
        bpmn.start(bpmn.parse(content), {"x": 1}, operate=refuse_operation, now=NOW)
    assert caught.value.args == (("room.act", "act", {"x": 1}),)


def test_a_script_task_assigns_and_a_failing_one_fails_the_step() -> None:
    content = model(
        start() + user("a") + script("sum", "total = days * 2") + user("b") + end(),
        "start->a\na->sum\nsum->b\nb->end",
    )
    assert Player(content).complete("a", days=4).variables["total"] == 8
    with pytest.raises(bpmn.StepFailed) as caught:
        Player(content).complete("a")
    assert caught.value.node == "sum"
    assert "days" in caught.value.message


LOOP = model(
    start()
    + choice("again")
    + script("count", "n = n + 1")
    + choice("done", default="done-again")
    + end(),
    """start->again
    again->count
    count->done
    done->end ? n >= limit
    done->again""",
)


def test_a_drawn_loop_of_automatic_steps_is_bounded() -> None:
    assert Player(LOOP, {"n": 0, "limit": 300}).variables["n"] == 300
    with pytest.raises(bpmn.StepFailed, match="1000"):
        Player(LOOP, {"n": 0, "limit": 1_000_000})


def test_automatic_steps_are_bounded_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(100))
    monkeypatch.setattr(turn.time, "thread_time", lambda: float(next(ticks)))
    with pytest.raises(bpmn.StepFailed, match="5 秒"):
        Player(LOOP, {"n": 0, "limit": 300})


def test_nobody_waits_under_an_old_or_strange_key() -> None:
    player = Player(TWO)
    old = player.visit("a").key
    player.complete("a")
    for key in (old, "", "7.1", "x"):
        with pytest.raises(bpmn.NoSuchVisit):
            bpmn.complete(
                player.definition,
                player.snapshot.state,
                {},
                visit=key,
                changes={},
                operate=refuse_operation,
                now=NOW,
            )


def test_the_callers_variables_are_never_changed() -> None:
    variables = {"n": 1}
    definition = bpmn.parse(TWO)
    first = bpmn.start(definition, variables, operate=refuse_operation, now=NOW)
    bpmn.complete(
        definition,
        first.state,
        variables,
        visit=first.waiting[0].key,
        changes={"n": 2},
        operate=refuse_operation,
        now=NOW,
    )
    assert variables == {"n": 1}


def test_a_cancelled_instance_has_ended_and_says_who_was_waiting() -> None:
    player = Player(TWO)
    snapshot = bpmn.cancel(player.definition, player.snapshot.state, player.variables)
    assert snapshot.ended
    assert snapshot.waiting == ()
    assert {(line.node, line.event) for line in snapshot.log} == {
        ("a", "cancelled"),
        ("b", "cancelled"),
    }


TIMED = model(
    start()
    + parallel("fork")
    + timer("two", "PT2H")
    + timer("one", "'PT1H'")
    + service("x", "a.two")
    + service("y", "a.one")
    + user("late")
    + end(),
    """start->fork
    fork->two
    fork->one
    two->x
    one->y
    x->late
    y->end
    late->end""",
)


def test_a_timer_fires_when_due_and_not_before() -> None:
    player = Player(TIMED)
    assert player.snapshot.due_at == NOW + timedelta(hours=1)
    assert player.log.count(("one", "entered")) == 1
    player.fire_due(NOW + timedelta(minutes=59))
    assert player.called == []
    player.fire_due(NOW + timedelta(hours=1))
    assert player.called == ["a.one"]
    assert player.log.count(("one", "entered")) == player.log.count(("one", "completed")) == 1
    assert player.snapshot.due_at == NOW + timedelta(hours=2)


def test_late_timers_fire_once_in_due_order() -> None:
    player = Player(TIMED).fire_due(NOW + timedelta(days=1))
    assert player.called == ["a.one", "a.two"]
    assert player.snapshot.due_at is None
    player.fire_due(NOW + timedelta(days=2))
    assert player.called == ["a.one", "a.two"]
    assert player.open == ["late"]


def test_a_timer_cancelled_by_an_earlier_one_stays_silent() -> None:
    content = model(
        start()
        + parallel("fork")
        + timer("two", "PT2H")
        + timer("one", "PT1H")
        + service("x")
        + terminate("stop")
        + end(),
        """start->fork
        fork->two
        fork->one
        two->x
        x->end
        one->stop""",
    )
    player = Player(content).fire_due(NOW + timedelta(days=1))
    assert player.snapshot.ended
    assert player.called == []


def test_a_timer_may_name_a_moment_also_a_past_one() -> None:
    content = model(
        start() + timer("at", "2026-11-21T17:00:00+08:00", "timeDate") + end(),
        "start->at\nat->end",
    )
    player = Player(content)
    assert player.snapshot.due_at == NOW + timedelta(hours=1)
    past = content.replace(b"2026-11-21", b"2020-11-21")
    assert Player(past).snapshot.ended


def test_ids_may_be_spelled_like_the_engines_own_names() -> None:
    content = model(
        start() + user("Start") + user("End") + end("Root"), "start->Start\nStart->End\nEnd->Root"
    )
    assert Player(content).complete("Start").complete("End").snapshot.ended
