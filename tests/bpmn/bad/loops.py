"""Loops, expressions, scripts and the variables they read."""

from tests.bpmn.bad.ground import ROAD, Cases, around, drawn
from tests.bpmn.drawing import (
    call,
    catch,
    each,
    many,
    over,
    process,
    repeat,
    script_with,
    send,
    sub,
)
from tests.bpmn.models import (
    choice,
    element,
    end,
    model,
    script,
    service,
    start,
    terminate,
    timer,
    user,
)

BEGIN = element("startEvent", "b")


def _condition(text: str) -> bytes:
    return model(start() + choice("a") + end(), f"start->a\na->end ? {text}")


def _asking(cases: dict[str, tuple[bytes, str]]) -> dict[str, tuple[bytes, str]]:
    """With a form to begin with: where none is, whoever starts it may set any variable."""
    plain, with_form = start().encode(), start(form="trial/apply").encode()
    return {name: (case.replace(plain, with_form, 1), at) for name, (case, at) in cases.items()}


def _around_each(inside: str) -> bytes:
    return around(script_with("a", "x = 1", each(inside)))


def _body(parts: str, flows: str, marker: str) -> bytes:
    return around(sub("a", BEGIN + parts + end("z"), flows, marker))


def _deciding(outcomes: str, condition: str) -> bytes:
    return model(
        start() + user("a", outcomes=outcomes) + choice("which") + end(),
        f"start->a\na->which\nwhich->end ? {condition}\nwhich->a ? 1 == 1",
    )


COUNT = "<bpmn:loopCardinality>{}</bpmn:loopCardinality>"
LIST = "<bpmn:loopDataInputRef>{}</bpmn:loopDataInputRef>"
ITEM = '<bpmn:inputDataItem id="i" name="{}"/>'
BAD: Cases = {
    "loop-twice": {
        "both": (around(script_with("a", "x = 1", repeat() + many())), "a"),
    },
    "loop-waits": {
        "people inside": (_body(user("u"), "b->u\nu->z", many()), "a"),
        "time inside": (_body(timer("t", "PT1H"), "b->t\nt->z", repeat()), "a"),
        "a message inside": (_body(catch("t", "message"), "b->t\nt->z", many()), "a"),
        "deeper": (
            _body(
                sub("c", element("startEvent", "c1") + user("u") + end("c2"), "c1->u\nu->c2"),
                "b->c\nc->z",
                repeat(),
            ),
            "a",
        ),
        "called": (
            drawn(
                start() + call("a", "p", many()) + end(),
                ROAD,
                beside=process("p", BEGIN + user("u") + end("z"), "b->u\nu->z"),
            ),
            "a",
        ),
    },
    "loop-terminate": {
        "subprocess": (
            around(sub("a", BEGIN + terminate("z"), "b->z", many())),
            "z",
        )
    },
    "loop-endless": {
        "nothing said": (
            around(script_with("a", "x = 1", "<bpmn:standardLoopCharacteristics/>")),
            "a",
        )
    },
    "loop-maximum": {
        text: (around(script_with("a", "x = 1", repeat(attributes=f'loopMaximum="{text}"'))), "a")
        for text in ("0", "-3", "99999999999")
    },
    "multi-instance": {
        "neither": (_around_each(""), "a"),
        "both": (_around_each(COUNT.format(2) + LIST.format("l") + ITEM.format("i")), "a"),
        "a list without item": (_around_each(LIST.format("l")), "a"),
        "an item without list": (_around_each(COUNT.format(2) + ITEM.format("i")), "a"),
        "no count": (_around_each(COUNT.format("'two'")), "a"),
        "less than none": (_around_each(COUNT.format("-1")), "a"),
        "a reserved name": (_around_each(LIST.format("l") + ITEM.format("loopCounter")), "a"),
        "no name at all": (_around_each(LIST.format("l") + ITEM.format("two words")), "a"),
    },
    "multi-instance-writes": {
        "another variable": (
            around(script_with("a", "x = 1", over(results="all", result="one"))),
            "a",
        ),
        "no result at all": (around(script_with("a", "x = 1", many())), "a"),
        "in a subprocess": (
            _body(script("c", "x = 1"), "b->c\nc->z", over(results="all", result="one")),
            "c",
        ),
        "out of a call": (
            drawn(
                start() + call("a", "p", many(), out="total") + end(),
                ROAD,
                beside=process("p", BEGIN + end("z"), "b->z"),
            ),
            "a",
        ),
    },
    "expression": {
        "hostile": (_condition("().__class__"), "a-end"),
        "empty": (_condition("true").replace(b">true<", b"> <"), "a-end"),
        "loop": (around(script_with("a", "x = 1", repeat("open('x')"))), "a"),
        "cardinality": (around(script_with("a", "x = 1", many("import os"))), "a"),
        "completion": (around(script_with("a", "x = 1", many("2", "a.b"))), "a"),
        "correlation": (around(send("a", correlation="a.b")), "a"),
        "in": (
            drawn(
                start() + call("a", "p", **{"in": "x=a.b"}) + end(),
                ROAD,
                beside=process("p", BEGIN + end("z"), "b->z"),
            ),
            "a",
        ),
        "conditional event": (
            around(catch("a", "conditional")).replace(b"ready == true", b"a.b"),
            "a",
        ),
    },
    "expression-language": {
        "time": (
            around(timer("a", "P1D")).replace(
                b"<bpmn:timeDuration>",
                b'<bpmn:timeDuration xsi:type="bpmn:tFormalExpression" language="urn:juel">',
            ),
            "a",
        ),
        "condition": (
            _condition("true").replace(
                b"tFormalExpression", b'tFormalExpression" language="urn:juel'
            ),
            "a-end",
        ),
    },
    "condition-truth": {
        "a number": (_condition("1 + 1"), "a-end"),
        "a text": (_condition("'yes'"), "a-end"),
        "loop": (around(script_with("a", "x = 1", repeat("2"))), "a"),
        "conditional event": (
            around(catch("a", "conditional")).replace(b"ready == true", b"[1]"),
            "a",
        ),
    },
    "condition-twice": {
        "flow": (
            _condition("true").replace(
                b"</bpmn:sequenceFlow></bpmn:process>",
                b"<bpmn:conditionExpression>true</bpmn:conditionExpression></bpmn:sequenceFlow>"
                b"</bpmn:process>",
            ),
            "a-end",
        ),
    },
    "condition-empty": {
        "none": (
            around(catch("a", "conditional")).replace(
                b"<bpmn:condition>ready == true</bpmn:condition>", b""
            ),
            "a",
        ),
    },
    "script": {
        "import": (around(script("a", "import os")), "a"),
        "empty": (around(script("a", "")), "a"),
    },
    "name-reserved": {"counter": (around(script("a", "loopCounter = 2")), "a")},
    "counter-outside": {
        "behind the loop": (
            model(
                start() + script_with("a", "x = 1", repeat()) + choice("c") + end(),
                "start->a\na->c\nc->end ? loopCounter > 1",
            ),
            "c-end",
        ),
        "in a script": (around(script("a", "x = loopCounter")), "a"),
    },
    "outcome-unknown": {
        "of nobody": (_deciding("yes=是;no=否", 'b_outcome == "x"'), "which-end"),
        "of another process": (
            drawn(
                start() + user("u") + call("a", "p") + end(),
                "start->u\nu->a\na->end",
                beside=process(
                    "p",
                    BEGIN + choice("c") + end("z"),
                    'b->c\nc->z ? u_outcome == "x"',
                ),
            ),
            "c-z",
        ),
    },
    "outcome-impossible": {
        "no such answer": (_deciding("yes=是;no=否", 'a_outcome == "maybe"'), "which-end"),
    },
    "variable-unset": _asking(
        {
            "condition": (_condition("daze > 3"), "a-end"),
            "script": (around(script("a", "x = y + 1")), "a"),
            "list": (around(script_with("a", "one = row", over("rows", "row", "all", "one"))), "a"),
            "not handed in": (
                drawn(
                    start() + script("s", "x = 1") + call("a", "p", **{"in": "y=x"}) + end(),
                    "start->s\ns->a\na->end",
                    beside=process("p", BEGIN + choice("c") + end("z"), "b->c\nc->z ? x > 0"),
                ),
                "c-z",
            ),
            "not handed back": (
                drawn(
                    start() + call("a", "p", out="x=y") + end(),
                    ROAD,
                    beside=process("p", BEGIN + end("z"), "b->z"),
                ),
                "a",
            ),
            "rule of a form": (around(user("a", form="trial/later")), "a"),
            "rule of a form that reads an answer nobody takes over": (
                around(user("a", form="trial/apart")),
                "a",
            ),
            "rule of a form in a called process": (
                drawn(
                    start() + user("a") + call("c", "p", **{"in": "agreed_on=days"}) + end(),
                    "start->a\na->c\nc->end",
                    beside=process(
                        "p", BEGIN + user("u", form="trial/later") + end("z"), "b->u\nu->z"
                    ),
                ),
                "u",
            ),
            "operation that does not write it": (
                model(
                    start() + service("s") + choice("a") + end(),
                    "start->s\ns->a\na->end ? bought == 1",
                ),
                "a-end",
            ),
        }
    ),
}
