"""Every element of the accepted set where it may stand: the lint has nothing to say."""

from datetime import timedelta

import pytest

import bpmn
from tests.bpmn.bad.ground import KNOWN, ROAD, around, drawn
from tests.bpmn.drawing import (
    boundary,
    call,
    catch,
    definition,
    end_with,
    event_gateway,
    inclusive,
    many,
    over,
    process,
    receive,
    repeat,
    script_with,
    send,
    start_with,
    sub,
    throw,
)
from tests.bpmn.models import (
    NOW,
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

BEGIN = element("startEvent", "b")
WORKING = sub("a", BEGIN + user("u") + end("z"), "b->u\nu->z")
COUNTING = sub("a", BEGIN + script("c", "x = 1") + end("z"), "b->c\nc->z", repeat())
CYCLE = "<bpmn:timeCycle>R3/PT10M</bpmn:timeCycle>"
OTHER = process("p", BEGIN + user("u") + end("z"), "b->u\nu->z")
QUIET = process("p", BEGIN + script("c", "x = 1") + end("z"), "b->c\nc->z")
HOSTS = {"userTask": user("a"), "receiveTask": receive("a"), "subProcess": WORKING}


def _late(host: str, *events: str) -> bytes:
    lines = "\n".join(f"late{n}->end" for n in range(len(events)))
    return drawn(start() + host + "".join(events) + end(), f"{ROAD}\n{lines}")


def _inner(ending: str, catching: str = "") -> bytes:
    return _late(sub("a", BEGIN + ending, "b->z"), *([catching] if catching else []))


GOOD: dict[str, bytes] = {
    **{
        f"catch {kind}": around(catch("a", kind))
        for kind in ("timer", "message", "signal", "conditional")
    },
    **{
        f"throw {kind}": around(throw("a", kind))
        for kind in ("", "message", "signal", "escalation")
    },
    **{
        f"end {kind}": drawn(start() + user("a") + end_with(kind), ROAD)
        for kind in ("", "terminate", "message", "signal", "escalation")
    },
    "end error": _inner(end_with("error", "z"), boundary("late0", "a", "error")),
    "end error, any caught": _inner(
        end_with("error", "z"),
        boundary("late0", "a", "error").replace('errorRef="e"', ""),
    ),
    "end error of a called process": drawn(
        start() + call("a", "p") + boundary("late", "a", "error") + end(),
        f"{ROAD}\nlate->end",
        beside=process("p", BEGIN + end_with("error", "z"), "b->z"),
    ),
    "end error two levels below": _late(
        sub(
            "a",
            BEGIN
            + sub("c", element("startEvent", "d") + end_with("error", "y"), "d->y")
            + end("z"),
            "b->c\nc->z",
        ),
        boundary("late0", "a", "error"),
    ),
    "two errors of a code, one of them chosen": _late(
        sub(
            "a",
            BEGIN
            + choice("which", "which-z")
            + end_with("error", "z")
            + end_with("error", "y")
            + end("w"),
            "b->which\nwhich->y ? x == 2\nwhich->w ? x == 3\nwhich->z",
        ),
        boundary("late0", "a", "error"),
    ),
    "end escalation caught": _inner(
        end_with("escalation", "z"), boundary("late0", "a", "escalation", interrupts=False)
    ),
    **{
        f"boundary {kind} on {host}, {'' if interrupts else 'not '}interrupting": _late(
            drawing, boundary("late0", "a", kind, interrupts=interrupts)
        )
        for host, drawing in HOSTS.items()
        for kind in ("timer", "message", "signal", "conditional")
        for interrupts in (True, False)
    },
    "boundary on a call": drawn(
        start() + call("a", "p") + boundary("late", "a", "timer") + end(),
        f"{ROAD}\nlate->end",
        beside=OTHER,
    ),
    "boundary with a cycle": _late(
        user("a"), boundary("late0", "a", "timer", interrupts=False, inside=CYCLE)
    ),
    "several boundaries": _late(
        user("a"),
        boundary("late0", "a", "timer"),
        boundary("late1", "a", "signal", interrupts=False),
        boundary("late2", "a", "conditional"),
    ),
    "start by message beside a plain one": drawn(
        start() + start_with("message", "other", payload="amount") + user("a") + end(),
        f"{ROAD}\nother->a",
    ),
    "start by message alone": drawn(start_with("message") + user("a") + end(), ROAD),
    "start by time": drawn(
        start_with("timer").replace(definition("timer"), definition("timer", inside=CYCLE))
        + user("a")
        + end(),
        ROAD,
    ),
    "event definition by reference": drawn(
        start()
        + element(
            "intermediateCatchEvent", "a", "<bpmn:eventDefinitionRef>t</bpmn:eventDefinitionRef>"
        )
        + end(),
        ROAD,
        beside=definition("timer").replace("Definition ", 'Definition id="t" ', 1),
    ),
    "link": drawn(
        start()
        + throw("t", "link")
        + user("a")
        + throw("u", "link")
        + catch("c", "link")
        + end()
        + parallel("f"),
        "start->f\nf->t\nf->a\na->u\nc->end",
    ),
    "send and receive": around(send("a", correlation="ticket", payload="amount;reason")),
    "receive": around(receive("a", correlation="ticket", payload="amount")),
    "subprocess": around(WORKING),
    "eight levels": around(WORKING),
    "call": drawn(
        start() + call("a", "p", **{"in": "x=1 + 1;y", "out": "z=x"}) + end(), ROAD, beside=OTHER
    ),
    "call of a call": drawn(
        start() + call("a", "p") + end(),
        ROAD,
        beside=process("p", BEGIN + call("c", "q") + end("z"), "b->c\nc->z")
        + process("q", element("startEvent", "q1") + user("q2") + end("q3"), "q1->q2\nq2->q3"),
    ),
    "implicit split": model(
        start() + user("a") + user("c") + end() + end("out"),
        "start->a\na->end\na->c\nc->out",
    ),
    "conditions of a task with default": model(
        start() + user("a").replace('id="a"', 'id="a" default="a-out"') + end() + end("out"),
        "start->a\na->end ? x == 1\na->out",
    ),
    "inclusive split and join": model(
        start() + inclusive("i", "i-c") + user("a") + user("c") + inclusive("j") + end(),
        "start->i\ni->a ? x == 1\ni->c\na->j\nc->j\nj->end",
    ),
    "inclusive join behind a parallel split": model(
        start() + parallel("i") + user("a") + user("c") + inclusive("j") + end(),
        "start->i\ni->a\ni->c\na->j\nc->j\nj->end",
    ),
    "inclusive join with an early end": model(
        start()
        + parallel("i")
        + user("a")
        + choice("which")
        + inclusive("j")
        + parallel("k")
        + end()
        + end("out"),
        "start->i\ni->a\ni->which\na->j\nwhich->j ? x == 1\nwhich->out ? x != 1\nj->k\nk->end",
    ),
    "event gateway": drawn(
        start()
        + event_gateway("g")
        + timer("a", "P1D")
        + catch("c", "signal")
        + catch("d", "conditional")
        + receive("r")
        + choice("meet")
        + end(),
        "start->g\ng->a\ng->c\ng->d\ng->r\na->meet\nc->meet\nd->meet\nr->meet\nmeet->end",
    ),
    "loop": around(COUNTING),
    "loop with a maximum": around(
        script_with("a", "x = 1", '<bpmn:standardLoopCharacteristics loopMaximum="3"/>')
    ),
    "loop of a service": around(
        element("serviceTask", "a", properties(operation="room.act") + repeat())
    ),
    "loop of a call": drawn(start() + call("a", "p", repeat()) + end(), ROAD, beside=QUIET),
    "instances of a send task": around(send("a", many())),
    "instances of a script": around(
        script_with("a", "one = row * 2", over("rows", "row", "all_rows", "one"))
    ),
    "instances of a subprocess": around(
        sub(
            "a",
            BEGIN + script("c", "one = row") + end("z"),
            "b->c\nc->z",
            over("rows", "row", "all_rows", "one"),
        )
    ),
    "instances until": around(send("a", many("3", "numberOfCompletedInstances &gt;= 2"))),
    "a drawn loop of people": model(
        start() + user("a") + choice("which") + end(),
        "start->a\na->which\nwhich->end ? x == 1\nwhich->a ? x != 1",
    ),
    "a drawn loop of the system": model(
        start() + service("a") + choice("which") + end(),
        "start->a\na->which\nwhich->end ? x == 1\nwhich->a ? x != 1",
    ),
    "terminate beside people": model(
        start() + parallel("f") + user("a") + user("c") + terminate("end") + end("out"),
        "start->f\nf->a\nf->c\na->end\nc->out",
    ),
    "colours and the modeler": around(user("a"))
    .replace(
        b'id="file"',
        b'id="file" xmlns:modeler="http://camunda.org/schema/modeler/1.0" '
        b'modeler:executionPlatform="x" xmlns:bioc="http://bpmn.io/schema/bpmn/biocolor/1.0"',
    )
    .replace(b'<bpmn:userTask id="a"', b'<bpmn:userTask id="a" bioc:fill="#fff"')
    .replace(
        b"</bpmn:extensionElements>",
        b'<s:signavioMetaData xmlns:s="http://www.signavio.com"/></bpmn:extensionElements>',
    ),
}


VARIABLES = {"x": 1, "y": 2, "ready": False, "row": 0, "rows": [1, 2], "ticket": "A", "b": 1}
GIVEN = {**VARIABLES, "amount": 1, "reason": "r"}


def _nothing(_operation: str, _node: str, _variables: bpmn.Variables) -> None:
    """The operation of the models."""


class Walk:
    """An instance to which happens whatever it waits for, people first or last."""

    def __init__(self, content: bytes) -> None:
        self.definition = bpmn.parse(content)
        self.now = NOW
        begun = self.definition.starts[0].id
        self.at = bpmn.start(
            self.definition, GIVEN, operate=_nothing, now=self.now, event=begun, payload={}
        )

    def step(self, *, people_first: bool) -> None:
        waiting, catches = self.at.waiting, self.at.catches
        given = (self.definition, self.at.state, self.at.variables)
        if waiting and (people_first or not (catches or self.at.timers)):
            self.at = bpmn.complete(
                *given, visit=waiting[0].key, changes={}, operate=_nothing, now=self.now
            )
        elif catches:
            event = bpmn.Event(catches[0].kind, catches[0].name, catches[0].correlation)
            self.at = bpmn.deliver(*given, event=event, operate=_nothing, now=self.now)
        elif self.at.timers:
            self.now += timedelta(days=1)
            self.at = bpmn.fire_due(*given, operate=_nothing, now=self.now)
        else:  # only a condition is left
            self.at = bpmn.edit(*given, changes={"ready": True}, operate=_nothing, now=self.now)


@pytest.mark.parametrize("people_first", [True, False], ids=["people first", "events first"])
@pytest.mark.parametrize("name", GOOD)
def test_what_is_accepted_runs_to_its_end(name: str, people_first: bool) -> None:
    walk = Walk(GOOD[name])
    for turn in range(20):
        if walk.at.ended:
            return
        # A boundary event that does not interrupt stays: sooner or later people must act.
        walk.step(people_first=people_first or turn % 3 == 2)
    raise AssertionError(walk.at)


@pytest.mark.parametrize("name", GOOD)
def test_the_accepted_set_lints_clean(name: str) -> None:
    assert bpmn.lint(GOOD[name], KNOWN) == ()
