"""One bad model for every rule, so that a refusal cannot pass for the wrong reason."""

import pytest

import bpmn
from bpmn.rules.catalogue import RULES
from tests.bpmn.bad import BAD
from tests.bpmn.bad.ground import KNOWING, KNOWN, ROAD, around
from tests.bpmn.models import (
    choice,
    element,
    end,
    model,
    parallel,
    properties,
    script,
    start,
    terminate,
    user,
)
from tests.support.patience import calls

CASES = [(code, case) for code, cases in BAD.items() for case in cases]


@pytest.mark.parametrize(("code", "case"), CASES, ids=lambda part: part.replace(" ", "-"))
def test_a_broken_rule_is_told_of_its_element_with_a_remedy(code: str, case: str) -> None:
    content, name = BAD[code][case]
    found = bpmn.lint(content, KNOWING)
    fitting = [finding for finding in found if (finding.rule, finding.element) == (code, name)]
    assert fitting, found
    assert {finding.severity for finding in fitting} == {RULES[code].severity}
    assert all(f.message and f.remedy.endswith("。") for f in found)


def test_every_rule_has_a_bad_model() -> None:
    assert BAD.keys() == RULES.keys()


def test_refused_carries_the_findings() -> None:
    with pytest.raises(bpmn.Refused, match="a: ") as caught:
        bpmn.parse(around(element("callActivity", "a")))
    assert [finding.element for finding in caught.value.findings] == ["a"]


def test_unreadable_bytes_are_refused_by_the_parser_too() -> None:
    with pytest.raises(bpmn.Refused):
        bpmn.parse(b"")


def test_names_are_checked_only_against_what_is_known() -> None:
    assert bpmn.lint(around(user("a", form="trial/other"))) == ()


def test_an_accepted_model_may_have_notes_lanes_a_pool_and_every_property() -> None:
    note = (
        '<bpmn:textAnnotation id="note"><bpmn:text>提示</bpmn:text></bpmn:textAnnotation>'
        '<bpmn:association id="link" sourceRef="a" targetRef="note"/>'
    )
    given = properties(
        title="试验",
        category="试验",
        numbering="SY-{year}-{serial:4}",
        start_positions="clerk",
        title_pattern="{kind}",
        documents="trial",
        retention="permanent",
        basis="E23A",
        deadline="5wd",
        remind="none",
        escalate="0",
    )
    lanes = (
        '<bpmn:laneSet id="s"><bpmn:lane id="l" name="经办"><bpmn:flowNodeRef>a</bpmn:flowNodeRef>'
        "</bpmn:lane></bpmn:laneSet>"
    )
    full = user(
        "a",
        form="trial/apply",
        assign="position:clerk@requester.unit\nposition:clerk@same_level(requester.unit);field:who",
        decide="quorum:2/3",
        actions="return;transfer",
        outcomes="approve=同意;reject",
        deadline="5wd from field:event_date; pause on return",
        remind="1wd, 4h，0, +1wd",
        escalate="+2wd",
        sign="签字+盖章",
        documents="trial",
        empty="incident",
        bars="who",
        again="a",
        recheck="room.rule",
    )
    pool = (
        '<bpmn:collaboration id="c"><bpmn:participant id="p" processRef="trial"/>'
        "</bpmn:collaboration>"
    )
    content = model(
        given + lanes + start(form="trial/apply") + full + end(), ROAD, beside=pool
    ).replace(b"</bpmn:process>", f"{note}</bpmn:process>".encode())
    assert bpmn.lint(content, KNOWN) == ()
    definition = bpmn.parse(content)
    assert definition.nodes["a"].lane == "经办"
    assert definition.road == ("start", "a")
    assert bpmn.pairs(definition.nodes["a"].properties["outcomes"]) == {
        "approve": "同意",
        "reject": "reject",
    }


def test_joins_that_always_fill_are_accepted() -> None:
    nested = model(
        start()
        + parallel("fork", "join")
        + choice("which")
        + choice("meet")
        + "".join(user(name) for name in ("a", "b", "c"))
        + script("set", "c_outcome = 'late'")
        + choice("last")
        + end()
        + terminate("stop"),
        """start->fork
        fork->which
        fork->c
        which->a ? x == 1
        which->b ? x != 1
        a->meet
        b->meet
        meet->join
        c->join
        join->set
        set->last
        last->end ? c_outcome == "late"
        last->stop ? c_outcome != "late\"""",
    )
    assert bpmn.lint(nested) == ()


def test_choices_in_many_branches_do_not_multiply() -> None:
    """Thirty diamonds side by side have 2^30 plays; the last one blocks all the same."""
    parts, flows = [], ["start->fork", "join->end"]
    for n in range(30):
        parts += [choice(f"x{n}"), user(f"a{n}"), user(f"b{n}"), choice(f"y{n}")]
        flows += [f"fork->x{n}", f"x{n}->a{n} ? v == {n}", f"x{n}->b{n} ? v != {n}"]
        flows += [f"a{n}->y{n}", f"b{n}->y{n}", f"y{n}->join"]
    fine = model(start() + parallel("fork", "join") + "".join(parts) + end(), "\n".join(flows))
    assert bpmn.lint(fine) == ()
    flows.remove("b29->y29")
    flows.append("b29->end")
    bad = model(start() + parallel("fork", "join") + "".join(parts) + end(), "\n".join(flows))
    assert [finding.element for finding in bpmn.lint(bad)] == ["join"]


def test_a_game_without_verdict_is_no_finding() -> None:
    """A loop that multiplies tokens has no last marking; what is drawn is still executed."""
    content = model(
        start() + choice("meet") + user("a") + parallel("fork") + end(),
        "start->meet\nmeet->a\na->fork\nfork->meet\nfork->end",
    )
    assert {finding.severity for finding in bpmn.lint(content)} <= {"warning"}


def test_the_road_takes_the_longer_way_of_a_choice_and_all_of_a_fork() -> None:
    content = model(
        start()
        + choice("which")
        + user("short")
        + parallel("fork", "join")
        + user("left")
        + user("right")
        + user("last")
        + end(),
        """start->which
        which->short ? x == 1
        which->fork ? x != 1
        short->end
        fork->left
        fork->right
        left->join
        right->join
        join->last
        last->end""",
    )
    assert bpmn.parse(content).road == ("left", "right", "last")


def _shape(kind: str, count: int) -> bytes:
    """`count` diamonds in a row: a split, two tasks, a join."""
    parts, flows, last = [], [], "start"
    for n in range(count):
        parts += [element(kind, f"f{n}"), user(f"a{n}"), user(f"b{n}"), element(kind, f"j{n}")]
        condition = "" if kind == "parallelGateway" else " ? x == 1"
        flows += [f"{last}->f{n}", f"f{n}->a{n}{condition}", f"f{n}->b{n}{condition}"]
        flows += [f"a{n}->j{n}", f"b{n}->j{n}"]
        last = f"j{n}"
    return model(start() + "".join(parts) + end(), "\n".join([*flows, f"{last}->end"]))


@pytest.mark.parametrize("kind", ["exclusiveGateway", "inclusiveGateway"])
def test_linting_500_nodes_costs_a_few_readings(kind: str) -> None:
    """By the calls they make, because a machine may be slow."""
    content = _shape(kind, 124)
    assert not [f for f in bpmn.lint(content) if f.severity == "error"]
    reading = calls(lambda: bpmn.load.__wrapped__(content))
    assert calls(lambda: bpmn.lint(content)) < 15 * reading


def test_a_rule_of_a_form_may_read_what_a_script_has_taken_over() -> None:
    """The answer `left_on` is held because the script reads it, `agreed_on` because it sets it."""
    road = "start->take\ntake->a\na->b\nb->end"
    steps = user("a", form="trial/later") + user("b", form="trial/apart")
    taken = script("take", "agreed_on = left_on")
    assert bpmn.lint(model(start(form="trial/apply") + taken + steps + end(), road), KNOWING) == ()
