"""Which steps lie on every way to a node: nobody gets rights past who has to sign."""

import bpmn
from tests.bpmn.models import choice, end, model, parallel, service, start, user


def passed(flows: str, *parts: str) -> set[str]:
    content = model(start() + "".join(parts) + service("give", "room.give") + end(), flows)
    return set(bpmn.parse(content).passed_before("give"))


def test_a_straight_road_asks_everybody() -> None:
    flows = "start->head\nhead->leader\nleader->give\ngive->end"
    assert passed(flows, user("head"), user("leader")) == {"head", "leader"}


def test_who_may_be_gone_around_is_not_asked() -> None:
    flows = """start->which
    which->head ? x == 1
    which->meet ? x != 1
    head->meet
    meet->leader
    leader->give
    give->end"""
    parts = (choice("which"), choice("meet"), user("head"), user("leader"))
    assert passed(flows, *parts) == {"leader"}


def test_every_arm_of_a_fork_is_asked() -> None:
    flows = """start->leader
    leader->fork
    fork->a
    fork->b
    a->join
    b->join
    join->give
    give->end"""
    parts = (user("leader"), user("a"), user("b"), parallel("fork", "join"))
    assert passed(flows, *parts) == {"leader", "a", "b"}


def test_what_comes_after_is_not_asked() -> None:
    flows = "start->leader\nleader->give\ngive->check\ncheck->end"
    assert passed(flows, user("leader"), user("check")) == {"leader"}
