"""The shipped process, walked over every road and returned from every node."""

from itertools import pairwise
from pathlib import Path

import pytest

import bpmn
from bpmn import xml
from tests.bpmn.player import Player

MODEL = Path("bpmn/processes/operator-account.bpmn").read_bytes()
ROAD = (
    "apply",
    "department_opinion",
    "leader_approval",
    "account_execution",
    "permission_execution",
)
OUTCOMES = {
    "apply": None,
    "department_opinion": "approve",
    "leader_approval": "approve",
    "account_execution": "done",
    "permission_execution": "done",
}
KNOWN = bpmn.Known(
    forms=frozenset(
        f"operator-account/{name}" for name in ("apply", "account-result", "permission-result")
    ),
    operations=frozenset(
        f"access.{name}" for name in ("apply_accounts", "apply_grants", "close_accounts")
    ),
    positions=frozenset({"clerk", "dept_head", "unit_leader", "account_admin", "permission_admin"}),
)


def at(node: str) -> Player:
    """Play up to the visit of a node."""
    player = Player(MODEL)
    for step in ROAD[: ROAD.index(node)]:
        player.complete(step, OUTCOMES[step])
    assert player.open == [node]
    return player


def test_the_lint_finds_nothing() -> None:
    assert bpmn.lint(MODEL, KNOWN) == ()


def test_the_step_strip_shows_the_way_to_the_happy_end() -> None:
    assert bpmn.parse(MODEL).road == ROAD


def test_it_reads_outcomes_only() -> None:
    definition = bpmn.parse(MODEL)
    assert definition.variables_read == {"department_opinion_outcome", "leader_approval_outcome"}


def test_lanes_and_properties_reach_the_nodes() -> None:
    definition = bpmn.parse(MODEL)
    leader = definition.nodes["leader_approval"]
    assert definition.key == "operator-account"
    assert definition.name == definition.properties["title"] == "操作员账户权限申请"
    assert definition.start.id == "apply"
    assert leader.lane == "单位分管领导"
    assert bpmn.pairs(leader.properties["outcomes"]) == {"approve": "同意", "reject": "不予办理"}
    assert bpmn.values(leader.properties["actions"]) == (
        *("return", "transfer", "delegate", "add-signers"),
    )


def test_approved_it_applies_accounts_then_grants_then_closes_accounts() -> None:
    player = at("account_execution")
    assert player.called == []
    player.complete("account_execution", "done")
    assert player.called == ["access.apply_accounts"]
    player.complete("permission_execution", "done")
    assert player.called == [
        "access.apply_accounts",
        "access.apply_grants",
        "access.close_accounts",
    ]
    assert player.snapshot.ended
    assert player.log[-1] == ("done", "completed")


@pytest.mark.parametrize("node", ["department_opinion", "leader_approval"])
def test_rejected_it_ends_refused_and_changes_nothing(node: str) -> None:
    player = at(node).complete(node, "reject")
    assert player.snapshot.ended
    assert player.log[-1] == ("refused", "completed")
    assert player.called == []
    assert player.definition.nodes["refused"].properties["result"] == "refused"


@pytest.mark.parametrize("here", ROAD[1:])
def test_it_can_be_returned_to_every_earlier_node_and_then_finished(here: str) -> None:
    earlier = ROAD[: ROAD.index(here)]
    assert at(here).targets(*ROAD) == earlier
    for target in earlier:
        player = at(here).return_to(target)
        assert player.open == [target]
        assert player.visit(target).round == 2
        for step in ROAD[ROAD.index(target) :]:
            player.complete(step, OUTCOMES[step])
        assert player.log[-1] == ("done", "completed")


def test_an_outcome_nobody_foresaw_fails_the_step() -> None:
    with pytest.raises(bpmn.StepFailed, match="leader_decision"):
        at("leader_approval").complete("leader_approval", "perhaps")


def test_its_state_is_small_at_every_node() -> None:
    for node in ROAD:
        assert len(at(node).snapshot.state) <= 300


def test_every_node_and_flow_is_drawn_inside_its_lane_without_overlap() -> None:
    root = xml.read(MODEL)
    diagram = "{http://www.omg.org/spec/BPMN/20100524/DI}"
    boxes = {
        shape.get("bpmnElement"): tuple(
            float(shape[0].get(name)) for name in ("x", "y", "width", "height")
        )
        for shape in root.iter(f"{diagram}BPMNShape")
    }
    edges = {edge.get("bpmnElement") for edge in root.iter(f"{diagram}BPMNEdge")}
    assert edges == {flow.get("id") for flow in xml.find(root, "sequenceFlow")}
    for lane in xml.find(root, "lane"):
        left, top, width, height = boxes[lane.get("id")]
        for member in xml.children(lane, "flowNodeRef"):
            x, y, w, h = boxes[xml.reference(member)]
            assert left <= x
            assert top <= y
            assert x + w <= left + width
            assert y + h <= top + height
    nodes = sorted(boxes[name] for name in bpmn.parse(MODEL).nodes)
    for (x, y, w, h), (x2, y2, _, h2) in pairwise(nodes):
        assert x + w <= x2 or y + h <= y2 or y2 + h2 <= y
