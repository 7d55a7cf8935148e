"""The rules of `decide`: pure first, then people at a node of a real process."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.processes.models import Incident
from app.tasks import service as tasks
from app.tasks.models import Visit
from app.tasks.types import (
    NotYourTurn,
    Outcome,
    StalePage,
    TaskAlreadyDone,
    TaskKind,
    TaskState,
    VisitState,
)
from app.tasks.voting import Decide, Rule, Share, refusals, verdict
from app.tickets.types import TicketState
from tests.support.office import Office
from tests.tasks.together import VOTERS, begun, inboxes, say, share

DRAWN = (Outcome("approve", "同意"), Outcome("amend", "修改后同意"), Outcome("reject", "不同意"))
ALL, TWO_THIRDS = Rule.parse("all"), Rule.parse("quorum:2/3")


def shares(*said: str, kind: TaskKind = TaskKind.MAIN) -> list[Share]:
    """One word a person: an outcome, `open` or `waiting`."""
    return [
        Share(kind, TaskState(word))
        if word in ("open", "waiting", "cancelled")
        else Share(kind, TaskState.DONE, word)
        for word in said
    ]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("any", Rule(Decide.ANY)),
        ("", Rule(Decide.ANY)),
        ("all", Rule(Decide.ALL)),
        ("all_in_order", Rule(Decide.IN_ORDER)),
        ("quorum:2/3", Rule(Decide.QUORUM, 2, 3)),
    ],
)
def test_rule_is_read_as_drawn(text: str, rule: Rule) -> None:
    assert Rule.parse(text) == rule


@pytest.mark.parametrize(
    ("rule", "said", "outcome"),
    [
        (ALL, ("approve", "open"), None),
        (ALL, ("approve", "approve"), "approve"),
        (ALL, ("approve", "amend"), "amend"),  # the least agreeing is everybody's
        (ALL, ("reject", "open", "open"), "reject"),  # one refusal ends it
        (ALL, ("approve", "cancelled"), "approve"),  # who has gone is not waited for
        (TWO_THIRDS, ("approve", "open", "open"), None),
        (TWO_THIRDS, ("approve", "approve", "open"), "approve"),
        (TWO_THIRDS, ("approve", "reject", "open"), None),
        (TWO_THIRDS, ("reject", "reject", "open"), "reject"),  # two can no longer agree
        (TWO_THIRDS, ("amend", "approve", "reject"), "amend"),
        (TWO_THIRDS, ("approve", "approve", "open", "open"), None),  # three of four
    ],
)
def test_verdict(rule: Rule, said: tuple[str, ...], outcome: str | None) -> None:
    assert verdict(rule, DRAWN, shares(*said)) == outcome


def test_least_agreeing_of_outcomes_without_a_refusal_refuses() -> None:
    drawn = (Outcome("yes", "可行"), Outcome("no", "不可行"))
    assert refusals(drawn) == {"no"}
    assert refusals(drawn[:1]) == frozenset()
    assert verdict(ALL, drawn, shares("no", "open")) == "no"


def test_advice_counts_for_nothing() -> None:
    advice = shares("reject", kind=TaskKind.BEFORE)
    assert verdict(ALL, DRAWN, [*shares("approve"), *advice]) == "approve"


@given(st.lists(st.sampled_from(["approve", "amend", "reject"]), min_size=1, max_size=5))
def test_order_of_the_votes_changes_nothing(said: list[str]) -> None:
    """When all have voted; and whoever may still vote could not have changed what was decided."""
    for rule in (ALL, TWO_THIRDS, Rule.parse("quorum:1/2")):
        found = {verdict(rule, DRAWN, shares(*order)) for order in permutations(said)}
        assert len(found) == 1
        assert None not in found
        for known in range(len(said)):
            early = verdict(rule, DRAWN, shares(*said[:known], *["open"] * (len(said) - known)))
            refused = early in refusals(DRAWN)
            assert early is None or (refused == (found <= refusals(DRAWN)))


def test_all_have_a_share_and_the_last_one_decides(office: Office) -> None:
    ticket = begun(office)
    assert inboxes(office, ticket) == set(VOTERS)
    for name in VOTERS[:3]:
        say(office, ticket, name)
        assert ticket.state is TicketState.RUNNING
    assert inboxes(office, ticket) == {VOTERS[3]}
    say(office, ticket, VOTERS[3], "amend", opinion="少一间也行")
    assert inboxes(office, ticket) == {"pengxiuying"}
    visit = office.session.get_one(Visit, share(office, ticket, VOTERS[0]).visit_id)
    assert (visit.state, visit.outcome, visit.shares) == (VisitState.DECIDED, "amend", 4)
    assert ticket.instance.variables["review_outcome"] == "amend"


def test_one_refusal_ends_it_for_all(office: Office) -> None:
    ticket = begun(office)
    say(office, ticket, VOTERS[0])
    say(office, ticket, VOTERS[2], "reject")
    assert ticket.state is TicketState.REFUSED
    assert share(office, ticket, VOTERS[1]).state is TaskState.CANCELLED
    with pytest.raises(TaskAlreadyDone):
        say(office, ticket, VOTERS[1])


def test_in_order_one_after_the_other(office: Office) -> None:
    ticket = begun(office, "all_in_order")
    for name in VOTERS:
        assert inboxes(office, ticket) == {name}
        say(office, ticket, name)
    assert inboxes(office, ticket) == {"pengxiuying"}


def test_who_comes_later_waits_for_his_turn(office: Office) -> None:
    ticket = begun(office, "all_in_order")
    with pytest.raises(NotYourTurn):
        say(office, ticket, VOTERS[1])


def test_enough_votes_decide_and_the_others_need_not(office: Office) -> None:
    ticket = begun(office, "quorum:1/2")
    say(office, ticket, VOTERS[3])
    say(office, ticket, VOTERS[1], "reject")
    assert inboxes(office, ticket) == {VOTERS[0], VOTERS[2]}
    say(office, ticket, VOTERS[0])
    assert inboxes(office, ticket) == {"pengxiuying"}
    assert share(office, ticket, VOTERS[2]).state is TaskState.CANCELLED


def test_two_who_decide_at_once_both_count(office: Office) -> None:
    """Each share has its own version: the other's decision makes no page stale."""
    ticket = begun(office)
    seen = {name: share(office, ticket, name).version for name in VOTERS}
    for name in VOTERS:
        say(office, ticket, name, version=seen[name])
    assert inboxes(office, ticket) == {"pengxiuying"}


def test_the_second_click_finds_it_done(office: Office) -> None:
    ticket = begun(office)
    say(office, ticket, VOTERS[0])
    with pytest.raises(TaskAlreadyDone):
        say(office, ticket, VOTERS[0])
    with pytest.raises(StalePage):
        say(office, ticket, VOTERS[1], version=0)


def test_nobody_at_all_is_an_incident(office: Office) -> None:
    ticket = begun(office, assign="position:second_reviewer@requester.unit")
    incident = office.session.query(Incident).filter_by(instance_id=ticket.instance_id).one()
    assert incident.cause == "“会审”没有可以办理的人"
    (task,) = [task for task in office.tasks(ticket) if task.is_active]
    assert task.assignee_id is None


def test_a_return_voids_what_the_others_decided(office: Office) -> None:
    """And the shares that are open are closed; the next submission asks everybody again."""
    ticket = begun(office)
    say(office, ticket, VOTERS[0])
    task = share(office, ticket, VOTERS[1])
    tasks.return_task(
        office.session,
        actor=office.actor(VOTERS[1]),
        now=office.tick(),
        task_id=task.id,
        version=task.version,
        reason="说明太短",
    )
    assert inboxes(office, ticket) == {"yaohaiyang"}
    assert share(office, ticket, VOTERS[0]).voided_at is not None
    office.submit(ticket, {"note": "两间会议室，各三小时"})
    assert inboxes(office, ticket) == set(VOTERS)
