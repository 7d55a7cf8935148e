"""Events of every accepted kind, caught and thrown (BPMN 2.0.2, 10.5 and 13.5)."""

from datetime import timedelta

import pytest

import bpmn
from tests.bpmn.models import (
    NOW,
    boundary,
    catch,
    declared,
    end,
    ends,
    first_event,
    model,
    parallel,
    receive,
    script,
    send,
    start,
    starts,
    subprocess,
    terminate,
    throw,
    user,
)
from tests.bpmn.player import Player

NAMES = declared("signal go", "signal stop", "message reply", "message other")


def with_boundary(event: str, *, interrupting: bool) -> bytes:
    return model(
        start()
        + user("work")
        + boundary("event", "work", event, interrupting=interrupting)
        + user("extra")
        + end(),
        "start->work\nwork->end\nevent->extra\nextra->end",
        beside=NAMES,
    )


def test_an_interrupting_timer_takes_the_work_away() -> None:
    player = Player(with_boundary("timer PT1H", interrupting=True))
    assert player.snapshot.due_at == NOW + timedelta(hours=1)
    assert player.wait(minutes=59).open == ["work"]
    assert player.wait(minutes=1).open == ["extra"]
    assert ("work", "cancelled") in player.log
    assert player.snapshot.due_at is None
    assert [timer.node for timer in player.snapshot.fired] == ["event"]


def test_a_timer_that_does_not_interrupt_fires_once() -> None:
    player = Player(with_boundary("timer PT1H", interrupting=False))
    assert player.wait(hours=3).open == ["work", "extra"]
    assert player.wait(hours=3).open == ["work", "extra"]
    assert player.complete("work").complete("extra").snapshot.ended


def test_a_timer_goes_away_with_its_work() -> None:
    player = Player(with_boundary("timer PT1H", interrupting=True)).complete("work")
    assert player.snapshot.ended
    assert player.snapshot.due_at is None


def test_a_cycle_makes_up_for_each_occurrence() -> None:
    player = Player(with_boundary("cycle R3/PT1H", interrupting=False))
    assert player.wait(hours=1).open == ["work", "extra"]
    assert player.wait(hours=9).open == ["work", "extra", "extra", "extra"]
    assert player.snapshot.due_at is None


def test_a_cycle_without_end_does_not_make_up() -> None:
    player = Player(with_boundary("cycle R/PT1H", interrupting=False)).wait(hours=9, minutes=30)
    assert player.open == ["work", "extra"]
    assert player.snapshot.due_at == NOW + timedelta(hours=10)


def test_late_timers_fire_in_due_order_with_what_follows() -> None:
    content = model(
        start()
        + parallel("fork")
        + catch("late", "timer PT2H")
        + script("second", "order = order + [2]")
        + catch("soon", "timer PT1H")
        + script("first", "order = order + [1]")
        + end(),
        """start->fork
        fork->late
        fork->soon
        late->second
        soon->first
        second->end
        first->end""",
    )
    player = Player(content, {"order": []}).wait(hours=5)
    assert player.snapshot.ended
    assert player.variables["order"] == [1, 2]
    assert [timer.node for timer in player.snapshot.fired] == ["soon", "late"]


@pytest.mark.parametrize("text", ["PT1S", '"PT1S"', "'PT1S'"])
def test_a_duration_may_stand_in_quotes(text: str) -> None:
    content = model(start() + catch("wait", f"timer {text}") + end(), "start->wait\nwait->end")
    assert Player(content).wait(seconds=1).snapshot.ended


def test_a_date_that_is_past_fires_at_once() -> None:
    content = model(
        start() + catch("wait", "date 2020-01-01T00:00:00Z") + end(), "start->wait\nwait->end"
    )
    assert Player(content).snapshot.ended


@pytest.mark.parametrize("interrupting", [True, False])
@pytest.mark.parametrize(("kind", "name"), [("signal", "go"), ("message", "reply")])
def test_a_signal_and_a_message_reach_a_boundary(kind: str, name: str, interrupting: bool) -> None:
    player = Player(with_boundary(f"{kind} {name}", interrupting=interrupting))
    assert [(c.kind, c.name, c.node) for c in player.snapshot.catches] == [(kind, name, "event")]
    player.deliver(kind, name, days=3)  # type: ignore[arg-type]
    assert player.variables == {"days": 3}
    if interrupting:
        assert player.open == ["extra"]
        with pytest.raises(bpmn.NobodyWaits):
            player.deliver(kind, name)  # type: ignore[arg-type]
    else:
        assert player.deliver(kind, name).open == ["work", "extra", "extra"]  # type: ignore[arg-type]


def test_a_message_goes_to_the_one_that_waits_longest() -> None:
    content = model(
        start()
        + parallel("fork")
        + receive("a", "reply")
        + receive("b", "reply")
        + receive("c", "other")
        + end(),
        "start->fork\nfork->a\nfork->b\nfork->c\na->end\nb->end\nc->end",
        beside=NAMES,
    )
    player = Player(content)
    assert player.deliver("message", "reply").done()[-2:] == ["a", "end"]
    assert player.deliver("message", "reply").done()[-2:] == ["b", "end"]
    assert player.deliver("message", "other").snapshot.ended


def test_a_message_is_correlated_by_a_variable() -> None:
    content = model(
        start() + receive("a", "reply", correlation="order") + end(),
        "start->a\na->end",
        beside=NAMES,
    )
    player = Player(content, {"order": 17})
    assert player.snapshot.catches[0].correlation == "17"
    for wrong in ("18", None):
        with pytest.raises(bpmn.NobodyWaits):
            player.deliver("message", "reply", wrong)
    assert player.deliver("message", "reply", "17").snapshot.ended


def test_what_is_sent_leaves_with_its_correlation_and_payload() -> None:
    content = model(
        start()
        + send("tell", "other", correlation="order", payload="days")
        + throw("shout", "signal go")
        + ends("end", "message reply"),
        "start->tell\ntell->shout\nshout->end",
        beside=NAMES,
    )
    player = Player(content, {"order": "A1", "days": 3})
    assert player.snapshot.thrown == (
        bpmn.Event("message", "other", "A1", {"days": 3}),
        bpmn.Event("signal", "go"),
        bpmn.Event("message", "reply"),
    )


def test_a_signal_reaches_all_branches_of_its_own_ticket() -> None:
    content = model(
        start()
        + parallel("fork")
        + catch("a", "signal go")
        + catch("b", "signal go")
        + user("c")
        + ends("tell", "signal go")
        + end(),
        "start->fork\nfork->a\nfork->b\nfork->c\na->end\nb->end\nc->tell",
        beside=NAMES,
    )
    player = Player(content).complete("c")
    assert player.snapshot.ended
    assert {"a", "b", "tell"} <= set(player.done())


def test_an_interrupting_signal_stops_automatic_work_that_was_to_come() -> None:
    inner = subprocess(
        "sub",
        start().replace('"start"', '"begin"') + script("late", "late = 1") + end("inner_end"),
        "begin->late\nlate->inner_end",
    )
    content = model(
        start()
        + parallel("fork")
        + inner
        + boundary("stopped", "sub", "signal stop")
        + throw("stop", "signal stop")
        + end(),
        "start->fork\nfork->sub\nfork->stop\nsub->end\nstop->end\nstopped->end",
        beside=NAMES,
    )
    player = Player(content)
    assert player.snapshot.ended
    assert player.variables == {}
    assert ("stopped", "completed") in player.log


def test_a_condition_is_looked_at_after_each_step() -> None:
    content = model(
        start()
        + parallel("fork")
        + catch("enough", "condition n >= 2")
        + user("count")
        + user("after")
        + end(),
        "start->fork\nfork->enough\nenough->after\nafter->end\nfork->count\ncount->end",
    )
    assert Player(content, {"n": 1}).complete("count", n=2).open == ["after"]
    assert Player(content, {"n": 5}).open == ["count", "after"]
    assert Player(content, {"n": 1}).edit(n=2).open == ["count", "after"]


def test_a_condition_at_a_boundary_comes_each_time_it_turns_true() -> None:
    content = model(
        start()
        + parallel("fork")
        + user("work")
        + boundary("high", "work", "condition n > 5", interrupting=False)
        + user("extra")
        + user("set")
        + end(),
        "start->fork\nfork->work\nwork->end\nhigh->extra\nextra->end\nfork->set\nset->end",
    )
    player = Player(content, {"n": 1})
    counts = [player.edit(n=n).open.count("extra") for n in (6, 7, 3, 8)]
    assert counts == [1, 1, 1, 2]


def test_an_event_gateway_takes_the_first_event_only() -> None:
    content = model(
        start()
        + first_event("first")
        + catch("wait", "timer PT1H")
        + receive("reply", "reply")
        + catch("shout", "signal go")
        + user("late")
        + user("answered")
        + end(),
        """start->first
        first->wait
        first->reply
        first->shout
        wait->late
        reply->answered
        shout->end
        late->end
        answered->end""",
        beside=NAMES,
    )
    player = Player(content).deliver("message", "reply")
    assert player.open == ["answered"]
    assert player.snapshot.due_at is None
    assert player.snapshot.catches == ()
    assert player.done() == ["start", "first", "reply"]
    assert Player(content).wait(hours=2).open == ["late"]


def test_a_link_leads_to_its_catching_partner() -> None:
    content = model(
        start()
        + parallel("fork")
        + throw("from_a", "link there")
        + throw("from_b", "link there")
        + catch("arrive", "link there")
        + user("after")
        + end(),
        "start->fork\nfork->from_a\nfork->from_b\narrive->after\nafter->end",
    )
    assert Player(content).open == ["after", "after"]


def test_a_start_event_of_a_message_begins_only_there() -> None:
    content = model(
        start()
        + starts("called", "message reply")
        + starts("nightly", "cycle R/P1D")
        + user("a")
        + user("b")
        + end(),
        "start->a\ncalled->b\nnightly->b\na->end\nb->end",
        beside=NAMES,
    )
    assert Player(content).open == ["a"]
    assert Player(content, event="called").open == ["b"]
    definition = bpmn.parse(content)
    assert [(node.id, node.event) for node in definition.starts] == [
        ("start", "none"),
        ("called", "message"),
        ("nightly", "timer"),
    ]


def test_payload_may_be_named() -> None:
    content = model(
        start() + receive("a", "reply", payload="days") + end(), "start->a\na->end", beside=NAMES
    )
    player = Player(content).deliver("message", "reply", days=3, approved=True)
    assert player.variables == {"days": 3}


def test_no_message_says_what_people_decided() -> None:
    content = model(start() + receive("a", "reply") + end(), "start->a\na->end", beside=NAMES)
    player = Player(content, {"b_outcome": "reject"})
    player.deliver("message", "reply", outcome="approve", b_outcome="approve", days=3)
    assert player.variables == {"b_outcome": "reject", "days": 3}


def test_the_definition_of_an_event_may_be_shared() -> None:
    shared = '<bpmn:signalEventDefinition id="shared" signalRef="signal_go"/>'
    reference = "<bpmn:eventDefinitionRef>shared</bpmn:eventDefinitionRef>"
    part = f'<bpmn:intermediateCatchEvent id="a">{reference}</bpmn:intermediateCatchEvent>'
    content = model(start() + part + end(), "start->a\na->end", beside=NAMES + shared)
    assert Player(content).deliver("signal", "go").snapshot.ended


def test_a_condition_comes_true_by_work_that_nothing_automatic_follows() -> None:
    content = model(
        start()
        + parallel("fork", "join")
        + catch("enough", "condition n >= 1")
        + user("a")
        + end(),
        "start->fork\nfork->enough\nfork->a\nenough->join\na->join\njoin->end",
    )
    assert Player(content, {"n": 0}).complete("a", n=1).snapshot.ended


@pytest.mark.parametrize("event", ["signal go", "condition n >= 0"])
def test_of_two_events_at_once_an_event_gateway_takes_the_first(event: str) -> None:
    content = model(
        start() + first_event("first") + catch("x", event) + catch("y", event) + user("a") + end(),
        "start->first\nfirst->x\nfirst->y\nx->a\ny->end\na->end",
        beside=NAMES,
    )
    player = Player(content, {"n": 0})
    if event.startswith("signal"):
        player.deliver("signal", "go")
    assert player.open == ["a"]


def test_an_event_that_has_come_is_not_held_up_by_a_terminate_end() -> None:
    content = model(
        start() + script("a", "x = 1") + catch("now", "timer PT0S") + terminate("stop"),
        "start->a\na->now\na->stop\nnow->stop",
    )
    player = Player(content)
    assert ("now", "completed") in player.log
    assert [timer.node for timer in player.snapshot.fired] == ["now"]


def test_a_condition_on_what_has_no_value_yet_waits() -> None:
    content = model(
        start()
        + parallel("fork")
        + catch("enough", "condition approved")
        + user("a")
        + user("b")
        + end(),
        "start->fork\nfork->enough\nfork->a\nenough->b\na->end\nb->end",
    )
    player = Player(content)
    assert player.open == ["a"]
    assert player.complete("a", approved=True).open == ["b"]
