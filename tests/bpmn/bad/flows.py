"""Flows and scopes: what dangles or never ends."""

from tests.bpmn.bad.ground import ROAD, Cases, around, drawn, process_with, task
from tests.bpmn.drawing import (
    boundary,
    call,
    catch,
    process,
    start_with,
    sub,
    throw,
)
from tests.bpmn.models import (
    HEAD,
    choice,
    element,
    end,
    model,
    parallel,
    start,
    user,
)

LOOPING = """start->a
a->which
which->end ? x == 1
which->a"""
INNER = element("startEvent", "b") + end("z")


def _pools(inside: str) -> bytes:
    beside = f'<bpmn:collaboration id="c">{inside}</bpmn:collaboration>'
    return model(start() + end(), "start->end", beside=beside)


def _called(parts: str, flows: str) -> bytes:
    return drawn(start() + call("a", "other") + end(), ROAD, beside=process("other", parts, flows))


BAD: Cases = {
    "flow-dangling": {
        "to nowhere": (model(start() + user("a") + end(), f"{ROAD}\na->gone"), "a-gone"),
        "from nowhere": (model(start() + user("a") + end(), f"{ROAD}\ngone->a"), "gone-a"),
        "to a pool": (model(start() + user("a") + end(), f"{ROAD}\na->trial"), "a-trial"),
    },
    "flow-crosses": {
        "into a subprocess": (
            drawn(
                start() + sub("a", INNER, "b->z") + end() + choice("c"),
                f"{ROAD}\nc->z",
            ),
            "c-z",
        ),
        "into another process": (
            drawn(
                start() + call("a", "other") + end(),
                f"{ROAD}\na->z",
                beside=process("other", INNER, "b->z"),
            ),
            "a-z",
        ),
    },
    "flow-into-first": {
        "start": (
            model(start() + choice("a") + end(), "start->a\na->end ? true\na->start ? false"),
            "start",
        ),
        "boundary": (
            drawn(
                start() + user("a") + boundary("late", "a", "timer") + end(),
                f"{ROAD}\nlate->end\na->late",
            ),
            "late",
        ),
        "link": (around(catch("a", "link")), "a"),
    },
    "flow-out-of-last": {
        "end": (model(start() + user("a") + end(), f"{ROAD}\nend->a"), "end"),
        "link": (around(throw("a", "link")), "a"),
    },
    "no-way-in": {
        "task": (model(start() + user("a") + user("b") + end(), f"{ROAD}\nb->end"), "b"),
    },
    "no-way-out": {
        "task": (
            model(start() + parallel("a") + user("b") + end(), "start->a\na->b\na->end"),
            "b",
        ),
        "boundary": (
            drawn(start() + user("a") + boundary("late", "a", "timer") + end(), ROAD),
            "late",
        ),
        "subprocess without flows": (process_with(sub("p", INNER, "b->z")), "p"),
    },
    "ports-disagree": {"outgoing": (task("<bpmn:outgoing>other</bpmn:outgoing>"), "a")},
    "unreachable": {
        "island": (
            model(start() + user("a") + user("b") + user("c") + end(), f"{ROAD}\nb->c\nc->b"),
            "b",
        ),
    },
    "never-ends": {
        "a circle": (
            model(
                start() + parallel("a") + user("b") + user("c") + end(),
                "start->a\na->end\na->b\nb->c\nc->b",
            ),
            "c",
        ),
        "a circle behind a boundary": (
            drawn(
                start() + user("a") + boundary("late", "a", "timer") + user("b") + end(),
                f"{ROAD}\nlate->b\nb->b",
            ),
            "b",
        ),
    },
    "lane": {
        "of strangers": (
            process_with(
                '<bpmn:laneSet id="s"><bpmn:lane id="l"><bpmn:flowNodeRef>gone</bpmn:flowNodeRef>'
                "</bpmn:lane></bpmn:laneSet>"
            ),
            "gone",
        ),
        "two lanes": (
            process_with(
                '<bpmn:laneSet id="s"><bpmn:lane id="l"><bpmn:flowNodeRef>a</bpmn:flowNodeRef>'
                '</bpmn:lane><bpmn:lane id="m"><bpmn:flowNodeRef>a</bpmn:flowNodeRef></bpmn:lane>'
                "</bpmn:laneSet>"
            ),
            "a",
        ),
    },
    "pool": {
        "empty": (_pools('<bpmn:participant id="p"/>'), "p"),
        "drawn twice": (
            _pools(
                '<bpmn:participant id="p" processRef="trial"/>'
                '<bpmn:participant id="q" processRef="trial"/>'
            ),
            "q",
        ),
    },
    "process-count": {
        "none": (f"{HEAD}</bpmn:definitions>".encode(), "file"),
        "two": (drawn(start() + end(), "start->end", beside=process("p", INNER, "b->z")), "file"),
    },
    "main-not-executable": {
        "false": (model(start() + end(), "start->end", attributes='isExecutable="false"'), "trial")
    },
    "start-missing": {
        "process": (model(user("a") + end(), "a->end"), "trial"),
        "subprocess": (around(sub("a", user("u") + end("z"), "u->z")), "a"),
        "empty subprocess": (around(element("subProcess", "a")), "a"),
        "called": (_called(user("u") + end("z"), "u->z"), "other"),
    },
    "start-twice": {
        "two plain ones": (
            model(start() + element("startEvent", "b") + user("a") + end(), f"{ROAD}\nb->a"),
            "trial",
        ),
        "subprocess": (
            around(sub("a", INNER + element("startEvent", "c"), "b->z\nc->z")),
            "a",
        ),
        "called": (_called(INNER + element("startEvent", "c"), "b->z\nc->z"), "other"),
    },
    "start-same-message": {
        "two": (
            drawn(
                start_with("message") + start_with("message", "other") + user("a") + end(),
                f"{ROAD}\nother->a",
            ),
            "other",
        )
    },
    "end-missing": {
        "process": (model(start() + user("a"), "start->a"), "trial"),
        "subprocess": (around(sub("a", element("startEvent", "b") + user("u"), "b->u")), "a"),
    },
    "inner-form": {
        "subprocess": (
            around(
                sub("a", start(form="trial/apply").replace('"start"', '"b"') + end("z"), "b->z")
            ),
            "b",
        ),
        "called": (
            _called(start(form="trial/apply").replace('"start"', '"b"') + end("z"), "b->z"),
            "b",
        ),
    },
    "call-unknown": {
        "nobody": (around(element("callActivity", "a")), "a"),
        "elsewhere": (around(call("a", "gone", out="x=y")), "a"),
        "a task": (around(call("a", "start")), "a"),
    },
    "call-recursion": {
        "itself": (around(call("a", "trial")), "a"),
        "in turn": (
            drawn(
                start() + call("a", "p") + end(),
                ROAD,
                beside=process("p", INNER + call("c", "q"), "b->c\nc->z")
                + process(
                    "q",
                    element("startEvent", "q1") + call("d", "p") + end("q2"),
                    "q1->d\nd->q2",
                ),
            ),
            "d",
        ),
    },
}
