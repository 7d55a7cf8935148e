"""Embedded subprocesses, calls, and what goes out of them (BPMN 2.0.2, 13.3.4 and 13.3.5)."""

from datetime import timedelta

import pytest

import bpmn
from tests.bpmn.models import (
    NOW,
    boundary,
    call,
    called,
    choice,
    declared,
    end,
    ends,
    model,
    parallel,
    script,
    start,
    subprocess,
    terminate,
    throw,
    user,
)
from tests.bpmn.player import Player

INNER = start().replace('"start"', '"begin"') + user("a") + end("inner_end")
INNER_FLOWS = "begin->a\na->inner_end"


def with_subprocess(parts: str, flows: str, more: str = "", more_flows: str = "") -> bytes:
    return model(
        start() + subprocess("sub", parts, flows) + more + user("after") + end(),
        f"start->sub\nsub->after\nafter->end\n{more_flows}",
        beside=declared("error broken", "error other", "escalation late"),
    )


def test_a_subprocess_ends_when_no_token_is_left_inside() -> None:
    parts = INNER + parallel("fork") + user("b") + end("other_end")
    flows = "begin->fork\nfork->a\nfork->b\na->inner_end\nb->other_end"
    player = Player(with_subprocess(parts, flows))
    assert player.open == ["a", "b"]
    assert player.complete("a").open == ["b"]
    assert player.complete("b").open == ["after"]
    assert player.done()[-3:] == ["b", "other_end", "sub"]


def test_a_subprocess_shares_the_variables() -> None:
    parts = start().replace('"start"', '"begin"') + script("add", "n = n + 1") + end("inner_end")
    content = with_subprocess(parts, "begin->add\nadd->inner_end")
    assert Player(content, {"n": 1}).variables == {"n": 2}


def test_a_terminate_end_ends_its_own_subprocess_only() -> None:
    parts = INNER + parallel("fork") + user("b") + terminate("stop")
    flows = "begin->fork\nfork->a\nfork->b\na->inner_end\nb->stop"
    player = Player(with_subprocess(parts, flows)).complete("b")
    assert player.open == ["after"]
    assert ("a", "cancelled") in player.log


def test_an_error_leaves_by_the_boundary_event_with_its_code() -> None:
    parts = INNER + parallel("fork") + user("b") + ends("fails", "error broken")
    flows = "begin->fork\nfork->a\nfork->b\na->inner_end\nb->fails"
    content = with_subprocess(
        parts,
        flows,
        boundary("any", "sub", "error")
        + boundary("exact", "sub", "error broken")
        + boundary("other", "sub", "error other")
        + user("mend"),
        "exact->mend\nany->end\nother->end\nmend->end",
    )
    player = Player(content).complete("b")
    assert player.open == ["mend"]
    assert {("a", "cancelled"), ("sub", "cancelled"), ("exact", "completed")} <= set(player.log)


def test_an_error_goes_outwards_past_those_that_do_not_fit() -> None:
    deep = subprocess(
        "deep",
        start().replace('"start"', '"dig"') + ends("fails", "error broken"),
        "dig->fails",
    )
    parts = (
        start().replace('"start"', '"begin"')
        + deep
        + boundary("wrong", "deep", "error other")
        + end("inner_end")
    )
    content = with_subprocess(
        parts,
        "begin->deep\ndeep->inner_end\nwrong->inner_end",
        boundary("caught", "sub", "error") + user("mend"),
        "caught->mend\nmend->end",
    )
    assert Player(content).open == ["mend"]


@pytest.mark.parametrize("interrupting", [True, False])
def test_an_escalation_interrupts_or_not(interrupting: bool) -> None:
    parts = start().replace('"start"', '"begin"') + throw("tell", "escalation late") + user("a")
    content = with_subprocess(
        parts + end("inner_end"),
        "begin->tell\ntell->a\na->inner_end",
        boundary("told", "sub", "escalation late", interrupting=interrupting) + user("boss"),
        "told->boss\nboss->end",
    )
    player = Player(content)
    assert player.open == (["boss"] if interrupting else ["boss", "a"])
    assert ("tell", "completed") in player.log
    assert ("tell", "cancelled") not in player.log


def test_an_escalation_nobody_catches_passes() -> None:
    parts = start().replace('"start"', '"begin"') + throw("tell", "escalation late") + user("a")
    content = with_subprocess(parts + end("inner_end"), "begin->tell\ntell->a\na->inner_end")
    assert Player(content).open == ["a"]


CALLED = called(
    "helper",
    start().replace('"start"', '"begin"') + user("ask") + script("add", "n = n + 1") + end("done"),
    "begin->ask\nask->add\nadd->done",
)


def test_a_call_has_variables_of_its_own_handed_in_and_back() -> None:
    content = model(
        start() + call("help", "helper", **{"in": "n=count * 2", "out": "count=n"}) + end(),
        "start->help\nhelp->end",
        beside=CALLED,
    )
    player = Player(content, {"count": 4, "n": 0})
    assert player.open == ["ask"]
    player.complete("ask", "yes", extra=1)
    assert player.snapshot.ended
    assert player.variables == {"count": 9, "n": 0}


def test_two_calls_at_once_do_not_see_each_other() -> None:
    content = model(
        start()
        + parallel("fork", "join")
        + call("left", "helper", **{"in": "n=1", "out": "l=n"})
        + call("right", "helper", **{"in": "n=5", "out": "r=n"})
        + end(),
        "start->fork\nfork->left\nfork->right\nleft->join\nright->join\njoin->end",
        beside=CALLED,
    )
    player = Player(content)
    assert player.open == ["ask", "ask"]
    player.complete("ask").complete("ask")
    assert player.snapshot.ended
    assert player.variables == {"l": 2, "r": 6}


def test_an_error_leaves_a_called_process() -> None:
    helper = called(
        "helper",
        start().replace('"start"', '"begin"') + ends("fails", "error broken"),
        "begin->fails",
    )
    content = model(
        start()
        + call("help", "helper")
        + boundary("caught", "help", "error broken")
        + user("mend")
        + end(),
        "start->help\nhelp->end\ncaught->mend\nmend->end",
        beside=declared("error broken") + helper,
    )
    assert Player(content).open == ["mend"]


def test_subprocesses_in_subprocesses_survive_between_steps() -> None:
    parts = start().replace('"start"', '"s0"') + user("a") + end("e0")
    flows = "s0->a\na->e0"
    for depth in range(1, 5):
        inner = subprocess(f"sub{depth}", parts, flows)
        parts = (
            start().replace('"start"', f'"s{depth}"') + inner + user(f"u{depth}") + end(f"e{depth}")
        )
        flows = f"s{depth}->sub{depth}\nsub{depth}->u{depth}\nu{depth}->e{depth}"
    player = Player(model(parts, flows)).complete("a")
    for depth in range(1, 5):
        assert player.open == [f"u{depth}"]
        player.complete(f"u{depth}")
    assert player.snapshot.ended


def test_a_return_leads_out_of_a_subprocess_and_back_into_it() -> None:
    content = with_subprocess(INNER, INNER_FLOWS)
    player = Player(content).complete("a", "x")
    assert player.open == ["after"]
    assert player.targets("a", "after") == ("a",)
    player.return_to("a")
    assert player.open == ["a"]
    assert player.variables == {}
    assert player.visit("a").round == 2
    assert player.complete("a").open == ["after"]


def test_a_return_out_of_an_open_subprocess_closes_it() -> None:
    content = model(
        start() + user("first") + subprocess("sub", INNER, INNER_FLOWS) + end(),
        "start->first\nfirst->sub\nsub->end",
    )
    player = Player(content).complete("first")
    player.return_to("first")
    assert player.open == ["first"]
    assert {("a", "cancelled"), ("sub", "cancelled")} <= set(player.log)
    assert player.complete("first").complete("a").snapshot.ended


def test_a_return_within_a_call_keeps_its_variables() -> None:
    helper = called(
        "helper",
        start().replace('"start"', '"begin"') + user("ask") + user("then") + end("done"),
        "begin->ask\nask->then\nthen->done",
    )
    content = model(
        start() + call("help", "helper", **{"in": "n=7", "out": "m=n"}) + user("after") + end(),
        "start->help\nhelp->after\nafter->end",
        beside=helper,
    )
    player = Player(content).complete("ask", n=8)
    assert player.targets("ask") == ("ask",)
    player.return_to("ask").complete("ask").complete("then")
    assert player.variables == {"m": 7}
    assert player.targets("ask", "then") == ()  # the call is over, its variables are gone


def test_a_decision_after_a_choice_inside_a_subprocess() -> None:
    parts = INNER + choice("which", default="which-inner_end") + ends("fails", "error broken")
    flows = 'begin->a\na->which\nwhich->fails ? outcome == "bad"\nwhich->inner_end'
    content = with_subprocess(
        parts, flows, boundary("caught", "sub", "error broken"), "caught->end"
    )
    assert Player(content).complete("a", "bad").snapshot.ended
    assert Player(content).complete("a", "good").open == ["after"]


def test_an_error_nobody_catches_is_refused() -> None:
    content = with_subprocess(
        start().replace('"start"', '"begin"') + ends("fails", "error broken"), "begin->fails"
    )
    with pytest.raises(bpmn.Refused):
        Player(content)


def test_a_return_into_a_subprocess_takes_back_what_interrupted_it() -> None:
    content = with_subprocess(
        INNER + user("b"),
        "begin->a\na->b\nb->inner_end",
        boundary("late", "sub", "timer PT1H") + user("mend"),
        "late->mend\nmend->end",
    )
    player = Player(content).complete("a").wait(hours=2)
    assert player.open == ["mend"]
    player.return_to("a")
    assert player.open == ["a"]
    assert player.snapshot.due_at == player.now + timedelta(hours=1)
    assert player.complete("a").open == ["b"]


def test_a_move_puts_a_token_anywhere_it_can_rest() -> None:
    content = with_subprocess(INNER, INNER_FLOWS)
    player = Player(content, {"n": 1}).move("after")
    assert player.open == ["after"]
    assert player.move("a", "after").open == ["a"]
    assert player.variables == {"n": 1}
    assert player.move("end").snapshot.ended
    for nowhere in ("nonsense", "sub-after"):
        with pytest.raises(bpmn.NotMovable):
            Player(content).move(nowhere)
    with pytest.raises(bpmn.NotMovable):
        Player(content).move("after", "nobody stands here")


def test_another_version_is_refused_where_something_live_would_be_lost() -> None:
    old = with_subprocess(INNER, INNER_FLOWS)
    more = with_subprocess(
        INNER, INNER_FLOWS, boundary("late", "sub", "timer PT1H") + user("x"), "late->x\nx->end"
    )
    player = Player(old, {"n": 1})
    to = bpmn.parse(more)
    state = player.snapshot.state
    assert bpmn.losses(player.definition, state, to) == ()
    taken = bpmn.migrate(player.definition, state, player.variables, to=to, now=NOW)
    assert [visit.key for visit in taken.waiting] == [player.visit("a").key]
    assert taken.due_at == NOW + timedelta(hours=1)
    back = bpmn.losses(to, taken.state, player.definition)
    assert [loss.node for loss in back] == ["sub"]
    with pytest.raises(bpmn.WouldLose, match="sub"):
        bpmn.migrate(to, taken.state, taken.variables, to=player.definition, now=NOW)
    flat = bpmn.parse(model(start() + user("a") + end(), "start->a\na->end"))
    assert [loss.node for loss in bpmn.losses(player.definition, state, flat)] == ["sub", "a"]
