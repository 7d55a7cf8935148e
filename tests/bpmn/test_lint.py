"""One bad model for every rule, so that a refusal cannot pass for the wrong reason."""

import pytest

import bpmn
from tests.bpmn.models import (
    HEAD,
    choice,
    element,
    end,
    model,
    parallel,
    properties,
    script,
    service,
    start,
    terminate,
    timer,
    user,
)

KNOWN = bpmn.Known(
    forms=frozenset({"trial/apply"}),
    operations=frozenset({"room.act"}),
    positions=frozenset({"clerk"}),
)
ROAD = "start->a\na->end"


def around(part: str) -> bytes:
    """Put one element named `a` between start and end."""
    return model(start() + part + end(), ROAD)


def task(inside: str = "", attributes: str = "") -> bytes:
    return around(
        element("userTask", "a", properties(assign="person:requester") + inside, attributes)
    )


def process_with(text: str) -> bytes:
    return model(text + start() + user("a") + end(), ROAD)


def event(inside: str) -> bytes:
    return around(element("intermediateCatchEvent", "a", inside))


LOOPING = """start->a
a->which
which->end ? x == 1
which->a"""
BAD: dict[str, tuple[bytes, str, str]] = {
    # rule: model, element named, part of the message
    "doctype": (b"<!DOCTYPE x>" + around(user("a")), "", "DOCTYPE"),
    "entity bomb": (
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + around(user("a")),
        "",
        "DOCTYPE",
    ),
    "too large": (around(user("a")) + b" " * 1024 * 1024, "", "1 MiB"),
    "other encoding": (around(user("a")).decode().encode("utf-16"), "", "UTF-8"),
    "broken": (around(user("a"))[:-9], "", "XML"),
    "deeply nested": (f"{HEAD}{'<a>' * 2000}".encode(), "", "XML"),
    "not bpmn": (b"<svg/>", "", "BPMN 2.0"),
    "too many nodes": (
        model(
            start() + "".join(user(f"n{n}") for n in range(500)) + end(),
            "\n".join(
                f"{a}->{b}"
                for a, b in zip(
                    ["start", *(f"n{n}" for n in range(500))],
                    [*(f"n{n}" for n in range(500)), "end"],
                    strict=True,
                )
            ),
        ),
        "file",
        "500",
    ),
    "no process": (f"{HEAD}</bpmn:definitions>".encode(), "file", "0 个流程"),
    "two processes": (
        model(start() + end(), "start->end", beside='<bpmn:process id="other"/>'),
        "file",
        "2 个流程",
    ),
    "not executable": (
        model(start() + end(), "start->end", attributes='isExecutable="false"'),
        "trial",
        "isExecutable",
    ),
    **{
        tag: (around(element(tag, "a")), "a", tag)
        for tag in (
            *("task", "manualTask", "businessRuleTask", "sendTask", "receiveTask", "subProcess"),
            *("transaction", "adHocSubProcess", "callActivity", "inclusiveGateway"),
            *("complexGateway", "eventBasedGateway", "intermediateThrowEvent"),
        )
    },
    **{
        f"end with {kind}": (
            model(
                start() + element("endEvent", "end", f"<bpmn:{kind}EventDefinition/>"), "start->end"
            ),
            "end",
            kind,
        )
        for kind in ("message", "signal", "error", "escalation", "cancel", "compensate")
    },
    **{
        f"start with {kind}": (
            model(
                element("startEvent", "start", f"<bpmn:{kind}EventDefinition/>") + end(),
                "start->end",
            ),
            "start",
            kind,
        )
        for kind in ("message", "signal", "timer", "conditional")
    },
    "boundary event": (
        model(
            start()
            + user("a")
            + element("boundaryEvent", "late", attributes='attachedToRef="a"')
            + end(),
            ROAD,
        ),
        "late",
        "boundaryEvent",
    ),
    "multi-instance": (task("<bpmn:multiInstanceLoopCharacteristics/>"), "a", "multiInstance"),
    "standard loop": (task("<bpmn:standardLoopCharacteristics/>"), "a", "standardLoop"),
    "data object": (process_with('<bpmn:dataObject id="d"/>'), "d", "dataObject"),
    "data input": (task("<bpmn:ioSpecification/>"), "a", "ioSpecification"),
    "event reference": (event("<bpmn:eventDefinitionRef>x</bpmn:eventDefinitionRef>"), "a", "Ref"),
    "link event": (event('<bpmn:linkEventDefinition name="l"/>'), "a", "link"),
    "message": (
        model(start() + end(), "start->end", beside='<bpmn:message id="m"/>'),
        "m",
        "message",
    ),
    "message flow": (
        model(
            start() + end(),
            "start->end",
            beside='<bpmn:collaboration id="c"><bpmn:messageFlow id="m"/></bpmn:collaboration>',
        ),
        "m",
        "messageFlow",
    ),
    "nested lanes": (
        process_with(
            '<bpmn:laneSet id="s"><bpmn:lane id="l"><bpmn:childLaneSet id="c"/></bpmn:lane>'
            "</bpmn:laneSet>"
        ),
        "c",
        "childLaneSet",
    ),
    "foreign element": (task('<x:y xmlns:x="urn:x"/>'), "a", "y"),
    "foreign element beside": (
        model(start() + end(), "start->end", beside='<x:y xmlns:x="urn:x"/>'),
        "file",
        "y",
    ),
    "foreign attribute": (task(attributes='xmlns:c="urn:c" c:assignee="me"'), "a", "assignee"),
    "unknown attribute": (task(attributes='priority="1"'), "a", "priority"),
    "start quantity": (task(attributes='startQuantity="2"'), "a", "startQuantity"),
    "compensation": (task(attributes='isForCompensation="true"'), "a", "isForCompensation"),
    "foreign extension": (
        task('<bpmn:extensionElements><x:y xmlns:x="urn:x"/></bpmn:extensionElements>'),
        "a",
        "y",
    ),
    "odd property": (
        task(properties(form="trial/apply").replace(' value="trial/apply"', "")),
        "a",
        "spiffworkflow:properties",
    ),
    "no id": (around(user("a").replace('id="a"', "")), "trial", "没有 id"),
    "odd id": (around(user("a")).replace(b'"start"', b'".root"'), ".root", "写法"),
    "id twice": (process_with(end("a")), "a", "用了 2 次"),
    "no start": (model(user("a") + end(), "a->end"), "trial", "0 个开始"),
    "two starts": (
        model(start() + element("startEvent", "b") + user("a") + end(), ROAD + "\nb->a"),
        "trial",
        "2 个开始",
    ),
    "no end": (model(start() + user("a"), "start->a"), "trial", "没有结束"),
    "dangling flow": (model(start() + user("a") + end(), ROAD + "\na->gone"), "a-gone", "一端"),
    "flow twice": (
        model(start() + choice("a") + end(), "start->a\na->end ? x == 1\na->end ? x == 2").replace(
            b'id="a-end"', b'id="first"', 1
        ),
        "a-end",
        "几条连线",
    ),
    "flow into start": (
        model(start() + choice("a") + end(), "start->a\na->end ? true\na->start ? false"),
        "start",
        "指向开始",
    ),
    "flow out of end": (model(start() + user("a") + end(), ROAD + "\nend->a"), "end", "出来"),
    "nothing leads in": (
        model(start() + user("a") + user("b") + end(), ROAD + "\nb->end"),
        "b",
        "通到",
    ),
    "nothing leads out": (
        model(start() + parallel("a") + user("b") + end(), "start->a\na->b\na->end"),
        "b",
        "出不去",
    ),
    "island": (
        model(start() + user("a") + user("b") + user("c") + end(), ROAD + "\nb->c\nc->b"),
        "b",
        "走不到这里",
    ),
    "never ending": (
        model(
            start() + parallel("a") + user("b") + user("c") + end(),
            "start->a\na->end\na->b\nb->c\nc->b",
        ),
        "c",
        "走不到结束",
    ),
    "ports disagree": (task("<bpmn:outgoing>other</bpmn:outgoing>"), "a", "outgoing"),
    "two flows out of a task": (
        model(start() + user("a") + end() + end("b"), ROAD + "\na->b"),
        "a",
        "几条连线",
    ),
    "condition after a task": (
        model(start() + user("a") + end(), "start->a\na->end ? x == 1"),
        "a-end",
        "排他网关",
    ),
    "direction": (
        around(element("parallelGateway", "a", attributes='gatewayDirection="Mixed"')),
        "a",
        "方向",
    ),
    "condition after parallel": (
        model(start() + parallel("a") + end() + end("b"), "start->a\na->end ? x == 1\na->b"),
        "a-end",
        "并行网关",
    ),
    "default elsewhere": (around(choice("a", default="start-a")), "a", "默认流向"),
    "default with condition": (
        model(
            start() + choice("a", default="a-end") + end() + end("b"),
            "start->a\na->end ? x == 1\na->b ? x == 2",
        ),
        "a-end",
        "默认流向",
    ),
    "no condition": (
        model(start() + user("a") + choice("which") + end(), LOOPING),
        "which-a",
        "没有条件",
    ),
    "lane of strangers": (
        process_with(
            '<bpmn:laneSet id="s"><bpmn:lane id="l"><bpmn:flowNodeRef>gone</bpmn:flowNodeRef>'
            "</bpmn:lane></bpmn:laneSet>"
        ),
        "gone",
        "泳道",
    ),
    "two lanes": (
        process_with(
            '<bpmn:laneSet id="s"><bpmn:lane id="l"><bpmn:flowNodeRef>a</bpmn:flowNodeRef>'
            '</bpmn:lane><bpmn:lane id="m"><bpmn:flowNodeRef>a</bpmn:flowNodeRef></bpmn:lane>'
            "</bpmn:laneSet>"
        ),
        "a",
        "几个泳道",
    ),
    "empty pool": (
        model(
            start() + end(),
            "start->end",
            beside='<bpmn:collaboration id="c"><bpmn:participant id="p"/></bpmn:collaboration>',
        ),
        "p",
        "泳池",
    ),
    "two pools": (
        model(
            start() + end(),
            "start->end",
            beside='<bpmn:collaboration id="c"><bpmn:participant id="p" processRef="trial"/>'
            '<bpmn:participant id="q" processRef="trial"/></bpmn:collaboration>',
        ),
        "q",
        "几个泳池",
    ),
    "choice into a join": (
        model(
            start() + choice("which") + user("a") + user("b") + parallel("join") + end(),
            "start->which\nwhich->a ? x == 1\nwhich->b ? x != 1\na->join\nb->join\njoin->end",
        ),
        "join",
        "等不齐",
    ),
    "one branch ends before the join": (
        model(
            start() + parallel("fork", "join") + choice("which") + user("a") + end() + end("out"),
            """start->fork
            fork->which
            fork->a
            which->join ? x == 1
            which->out ? x != 1
            a->join
            join->end""",
        ),
        "join",
        "等不齐",
    ),
    "a loop back into a join": (
        model(
            start() + parallel("join") + choice("which") + end(),
            "start->join\njoin->which\nwhich->join ? x == 1\nwhich->end ? x != 1",
        ),
        "join",
        "等不齐",
    ),
    "outcome of nobody": (
        model(
            start() + user("a") + choice("which") + end(),
            LOOPING.replace("x == 1", 'b_outcome == "x"').replace("->a\n", "->a\n", 1),
        ),
        "which-end",
        "没有名为 b",
    ),
    "outcome that cannot be": (
        model(
            start() + user("a", outcomes="yes=是;no=否") + choice("which") + end(),
            LOOPING.replace("x == 1", 'a_outcome == "maybe"'),
        ),
        "which-end",
        "不会是",
    ),
    "hostile condition": (
        model(start() + choice("a") + end(), "start->a\na->end ? ().__class__"),
        "a-end",
        "条件无效",
    ),
    "condition of no truth": (
        model(start() + choice("a") + end(), "start->a\na->end ? 1 + 1"),
        "a-end",
        "“是”或“否”",
    ),
    "constant condition": (
        model(start() + choice("a") + end(), "start->a\na->end ? 'yes'"),
        "a-end",
        "“是”或“否”",
    ),
    "condition in a language": (
        model(start() + choice("a") + end(), "start->a\na->end ? true").replace(
            b"tFormalExpression", b'tFormalExpression" language="urn:juel'
        ),
        "a-end",
        "语言",
    ),
    "two conditions": (
        model(start() + choice("a") + end(), "start->a\na->end ? true").replace(
            b"</bpmn:sequenceFlow></bpmn:process>",
            b"<bpmn:conditionExpression>true</bpmn:conditionExpression></bpmn:sequenceFlow>"
            b"</bpmn:process>",
        ),
        "a-end",
        "几个条件",
    ),
    "hostile script": (around(script("a", "import os")), "a", "脚本无效"),
    "no timer": (event(""), "a", "有且只有一个"),
    "timer cycle": (around(timer("a", "R/P1D", "timeCycle")), "a", "timeCycle"),
    "timer of months": (around(timer("a", "P1M")), "a", "时间无效"),
    "timer as program": (around(timer("a", "__import__('os')")), "a", "时间无效"),
    "moment without zone": (around(timer("a", "2026-12-01T09:00:00", "timeDate")), "a", "时间无效"),
    "two terminates": (
        model(
            start()
            + terminate("end").replace(
                "<bpmn:terminateEventDefinition/>", "<bpmn:terminateEventDefinition/>" * 2
            ),
            "start->end",
        ),
        "end",
        "几个事件定义",
    ),
    "property misplaced": (around(user("a", operation="room.act")), "a", "没有意义"),
    "no assign": (around(element("userTask", "a")), "a", "assign"),
    "no operation": (around(element("serviceTask", "a")), "a", "operation"),
    "bad assign": (around(user("a", assign="everybody")), "a", "assign"),
    "bad outcomes": (around(user("a", outcomes="同意")), "a", "outcomes"),
    "outcome twice": (around(user("a", outcomes="a=1;a=2")), "a", "outcomes"),
    "bad deadline": (around(user("a", deadline="soon")), "a", "deadline"),
    "empty title": (process_with(properties(title="")), "trial", "title"),
    "unknown form": (around(user("a", form="trial/other")), "a", "trial/other"),
    "unknown operation": (around(service("a", "room.other")), "a", "room.other"),
    "unknown position": (around(user("a", assign="position:king@requester.unit")), "a", "king"),
    "unknown starter": (process_with(properties(start_positions="king")), "trial", "king"),
}


@pytest.mark.parametrize("rule", BAD)
def test_what_is_not_executed_rightly_is_refused_with_element_and_remedy(rule: str) -> None:
    content, name, message = BAD[rule]
    found = bpmn.lint(content, KNOWN)
    fitting = [f for f in found if f.element == name and message in f.message]
    assert fitting, found
    assert all(f.severity == "error" and f.remedy.endswith("。") for f in found)


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
        sign="签字+盖章",
        documents="trial",
        empty="incident",
    )
    pool = (
        '<bpmn:collaboration id="c"><bpmn:participant id="p" processRef="trial"/>'
        "</bpmn:collaboration>"
    )
    content = model(
        given + lanes + start(form="trial/apply") + full + end() + note, ROAD, beside=pool
    )
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
    assert bpmn.lint(content) == ()


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
