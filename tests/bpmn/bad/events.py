"""Events, what they speak of, and who catches it."""

from tests.bpmn.bad.ground import ROAD, Cases, around, drawn
from tests.bpmn.drawing import (
    boundary,
    call,
    catch,
    definition,
    end_with,
    process,
    start_with,
    sub,
    throw,
)
from tests.bpmn.models import element, end, script, start, timer, user

BEGIN = element("startEvent", "b")
FAILING = sub("a", BEGIN + end_with("error", "z"), "b->z")


def _late(
    kind: str, *, host: str = "", interrupts: bool = True, inside: str | None = None
) -> bytes:
    return drawn(
        start()
        + (host or user("a"))
        + boundary("late", "a", kind, interrupts=interrupts, inside=inside)
        + end(),
        f"{ROAD}\nlate->end",
    )


def _on(host: str) -> bytes:
    return drawn(
        start() + user("a") + boundary("late", host, "timer") + end(), f"{ROAD}\nlate->end"
    )


def _ending(inside: str) -> bytes:
    return drawn(start() + user("a") + element("endEvent", "end", inside), ROAD)


def _catching(inside: str) -> bytes:
    return around(element("intermediateCatchEvent", "a", inside))


def _starting(kind: str) -> bytes:
    return drawn(start_with(kind) + user("a") + end(), ROAD)


def _linked(*parts: str) -> bytes:
    return drawn(start() + "".join(parts) + end(), "start->t\nc->end")


BAD: Cases = {
    "definition-missing": {
        "nothing there": (_catching("<bpmn:eventDefinitionRef>x</bpmn:eventDefinitionRef>"), "a"),
        "no definition": (_catching("<bpmn:eventDefinitionRef>m</bpmn:eventDefinitionRef>"), "a"),
    },
    "definitions-several": {
        "two terminates": (
            _ending("<bpmn:terminateEventDefinition/>" * 2),
            "end",
        ),
        "timer and signal": (_catching(definition("timer") + definition("signal")), "a"),
    },
    "event-misplaced": {
        "nothing to wait for": (_catching(""), "a"),
        **{
            f"start with {kind}": (_starting(kind), "start")
            for kind in ("signal", "conditional", "error", "escalation")
        },
        "timer start of a subprocess": (
            around(sub("a", start_with("timer", "b") + end("z"), "b->z")),
            "b",
        ),
        "message start of a called process": (
            drawn(
                start() + call("a", "p") + end(),
                ROAD,
                beside=process("p", start_with("message", "b") + end("z"), "b->z"),
            ),
            "b",
        ),
        "catching an error in the middle": (_catching(definition("error")), "a"),
        "throwing an error in the middle": (around(throw("a", "error")), "a"),
        "throwing a timer": (around(throw("a", "timer")), "a"),
        "ending with a timer": (_ending(definition("timer")), "end"),
        "ending with a link": (_ending(definition("link")), "end"),
        "boundary without definition": (_late(""), "late"),
        "error of a task": (_late("error"), "late"),
        "escalation of a task": (_late("escalation"), "late"),
        "terminate in the middle": (around(throw("a", "terminate")), "a"),
    },
    "boundary-host": {
        "nobody": (_on("gone"), "late"),
        "a gateway": (_late("timer", host=element("exclusiveGateway", "a")), "late"),
        "a script": (_late("timer", host=script("a", "x = 1")), "late"),
        "another level": (
            drawn(
                start()
                + sub("a", BEGIN + user("u") + end("z"), "b->u\nu->z")
                + boundary("late", "u", "timer")
                + end(),
                f"{ROAD}\nlate->end",
            ),
            "late",
        ),
    },
    "boundary-error": {
        "not interrupting": (_late("error", host=FAILING, interrupts=False), "late"),
    },
    "boundary-twice": {
        "two of a code": (
            drawn(
                start()
                + FAILING
                + boundary("late", "a", "error")
                + boundary("later", "a", "error")
                + end(),
                f"{ROAD}\nlate->end\nlater->end",
            ),
            "later",
        ),
    },
    "link": {
        "nobody throws": (
            drawn(start() + user("a") + catch("c", "link") + end(), f"{ROAD}\nc->end"),
            "c",
        ),
        "nobody catches": (
            drawn(start() + throw("t", "link"), "start->t"),
            "t",
        ),
        "two catch": (
            drawn(
                start() + throw("t", "link") + catch("c", "link") + catch("d", "link") + end(),
                "start->t\nc->end\nd->end",
            ),
            "t",
        ),
        "no name": (
            _linked(throw("t", "link"), catch("c", "link")).replace(b'name="there"', b'name=""'),
            "t",
        ),
        "on another level": (
            drawn(
                start()
                + throw("t", "link")
                + sub("a", BEGIN + catch("c", "link") + end("z"), "b->z\nc->z")
                + end(),
                "start->t\na->end",
            ),
            "t",
        ),
    },
    "timer": {
        "two times": (
            _catching(
                "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration>"
                "<bpmn:timeDate>2026-12-01T09:00:00+08:00</bpmn:timeDate>"
                "</bpmn:timerEventDefinition>"
            ),
            "a",
        ),
        "no time": (_catching("<bpmn:timerEventDefinition/>"), "a"),
        "months": (around(timer("a", "P1M")), "a"),
        "a program": (around(timer("a", "__import__('os')")), "a"),
        "a moment without zone": (around(timer("a", "2026-12-01T09:00:00", "timeDate")), "a"),
        **{
            f"cycle {text}": (
                _late(
                    "timer",
                    interrupts=False,
                    inside=f"<bpmn:timeCycle>{text}</bpmn:timeCycle>",
                ),
                "late",
            )
            for text in ("PT1H", "R0/PT1H", "R3/P1M", "R3/PT0S", "R-1/PT1H", "0 0 * * *")
        },
    },
    "timer-cycle": {
        "in the middle": (around(timer("a", "R/P1D", "timeCycle")), "a"),
        "interrupting": (
            _late("timer", inside="<bpmn:timeCycle>R3/PT1H</bpmn:timeCycle>"),
            "late",
        ),
    },
    "name-empty": {
        tag: (around(user("a"), beside=f'<bpmn:{tag} id="m"/>'), "m")
        for tag in ("message", "signal", "error", "escalation")
    },
    "name-twice": {
        f"{tag}": (
            around(
                user("a"),
                beside=f'<bpmn:{tag} id="m" {name}="n"/><bpmn:{tag} id="n" {name}="n"/>',
            ),
            "n",
        )
        for tag, name in (("message", "name"), ("error", "errorCode"))
    },
    "reference-missing": {
        **{
            f"end with {kind}": (_ending(definition(kind, reference="")), "end")
            for kind in ("message", "signal", "error", "escalation")
        },
        "catching a message": (_catching(definition("message", reference="")), "a"),
        "send task": (around(element("sendTask", "a")), "a"),
        "receive task": (around(element("receiveTask", "a")), "a"),
    },
    "reference-unknown": {
        "message": (_catching(definition("message", reference='messageRef="s"')), "a"),
        "signal": (_catching(definition("signal", reference='signalRef="gone"')), "a"),
        "error": (_ending(definition("error", reference='errorRef="gone"')), "end"),
        "receive task": (around(element("receiveTask", "a", attributes='messageRef="x"')), "a"),
    },
    "error-uncaught": {
        "main process": (_ending(definition("error")), "end"),
        "subprocess": (around(FAILING), "z"),
        "another code": (
            drawn(
                start()
                + FAILING
                + boundary("late", "a", "error").replace('errorRef="e"', 'errorRef="e2"')
                + end(),
                f"{ROAD}\nlate->end",
                beside='<bpmn:error id="e2" errorCode="E2"/>',
            ),
            "z",
        ),
        "one of two callers": (
            drawn(
                start() + call("a", "p") + boundary("late", "a", "error") + call("c", "p") + end(),
                "start->a\na->c\nc->end\nlate->end",
                beside=process("p", BEGIN + end_with("error", "z"), "b->z"),
            ),
            "z",
        ),
    },
    "never-thrown": {
        "error": (_late("error", host=sub("a", BEGIN + end("z"), "b->z")), "late"),
        "escalation": (_late("escalation", host=sub("a", BEGIN + end("z"), "b->z")), "late"),
    },
}
