"""Gateways: conditions, what follows them, joins that block, cycles without exit."""

from tests.bpmn.bad.ground import ROAD, Cases, around, drawn, task
from tests.bpmn.drawing import (
    boundary,
    call,
    catch,
    event_gateway,
    inclusive,
    process,
    receive,
    sub,
    throw,
)
from tests.bpmn.models import (
    choice,
    element,
    end,
    model,
    parallel,
    script,
    service,
    start,
    timer,
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
    "gateway-direction": {
        "mixed": (
            around(element("parallelGateway", "a", attributes='gatewayDirection="Mixed"')),
            "a",
        ),
        "converging": (
            model(
                start()
                + element("inclusiveGateway", "a", attributes='gatewayDirection="Converging"')
                + end()
                + end("b"),
                "start->a\na->end ? x == 1\na->b ? x == 2",
            ),
            "a",
        ),
        "diverging": (
            model(
                start()
                + choice("c")
                + element("parallelGateway", "a", attributes='gatewayDirection="Diverging"')
                + user("u")
                + end(),
                "start->c\nc->a ? x == 1\nc->u ? x == 2\nu->a\na->end",
            ),
            "a",
        ),
    },
    "condition-missing": {
        "exclusive": (model(start() + user("a") + choice("which") + end(), LOOPING), "which-a"),
        "inclusive": (
            model(start() + inclusive("a") + end() + end("b"), "start->a\na->end ? x == 1\na->b"),
            "a-b",
        ),
    },
    "condition-misplaced": {
        "only flow of a task": (
            model(start() + user("a") + end(), "start->a\na->end ? x == 1"),
            "a-end",
        ),
        "parallel": (
            model(start() + parallel("a") + end() + end("b"), "start->a\na->end ? x == 1\na->b"),
            "a-end",
        ),
        "start": (
            model(start() + user("a") + end(), "start->a ? x == 1\na->end"),
            "start-a",
        ),
        "boundary": (
            drawn(
                start() + user("a") + boundary("late", "a", "timer") + end(),
                f"{ROAD}\nlate->end ? x == 1",
            ),
            "late-end",
        ),
        "event gateway": (
            drawn(
                start() + event_gateway("g") + timer("a", "P1D") + catch("c", "signal") + end(),
                "start->g\ng->a ? x == 1\ng->c\na->end\nc->end",
            ),
            "g-a",
        ),
    },
    "default-elsewhere": {
        "exclusive": (around(choice("a", default="start-a")), "a"),
        "task": (task(attributes='default="start-a"'), "a"),
    },
    "default-condition": {
        "exclusive": (
            model(
                start() + choice("a", default="a-end") + end() + end("b"),
                "start->a\na->end ? x == 1\na->b ? x == 2",
            ),
            "a-end",
        )
    },
    "default-pointless": {"task": (task(attributes='default="a-end"'), "a")},
    "event-gateway": {
        "one event": (
            drawn(
                start() + event_gateway("g") + timer("a", "P1D") + end(), "start->g\ng->a\na->end"
            ),
            "g",
        ),
        "a task": (
            drawn(
                start() + event_gateway("g") + timer("a", "P1D") + user("u") + end(),
                "start->g\ng->a\ng->u\na->end\nu->end",
            ),
            "u",
        ),
        "another way in": (
            drawn(
                start()
                + parallel("f")
                + event_gateway("g")
                + timer("a", "P1D")
                + catch("c", "signal")
                + end(),
                "start->f\nf->g\nf->c\ng->a\ng->c\na->end\nc->end",
            ),
            "c",
        ),
        "a boundary on a receiver": (
            drawn(
                start()
                + event_gateway("g")
                + timer("a", "P1D")
                + receive("r")
                + boundary("late", "r", "signal")
                + end(),
                "start->g\ng->a\ng->r\na->end\nr->end\nlate->end",
            ),
            "r",
        ),
        "message and receiver": (
            drawn(
                start() + event_gateway("g") + catch("a", "message") + receive("r") + end(),
                "start->g\ng->a\ng->r\na->end\nr->end",
            ),
            "a",
        ),
    },
    "join-blocks": {
        "choice into a join": (
            model(
                start() + choice("which") + user("a") + user("b") + parallel("join") + end(),
                "start->which\nwhich->a ? x == 1\nwhich->b ? x != 1\na->join\nb->join\njoin->end",
            ),
            "join",
        ),
        "one branch ends before the join": (
            model(
                start()
                + parallel("fork", "join")
                + choice("which")
                + user("a")
                + end()
                + end("out"),
                """start->fork
                fork->which
                fork->a
                which->join ? x == 1
                which->out ? x != 1
                a->join
                join->end""",
            ),
            "join",
        ),
        "a loop back into a join": (
            model(
                start() + parallel("join") + choice("which") + end(),
                "start->join\njoin->which\nwhich->join ? x == 1\nwhich->end ? x != 1",
            ),
            "join",
        ),
        "inclusive into a join": (
            model(
                start() + inclusive("which") + user("a") + user("b") + parallel("join") + end(),
                "start->which\nwhich->a ? x == 1\nwhich->b ? x > 0\na->join\nb->join\njoin->end",
            ),
            "join",
        ),
        "conditions of a task into a join": (
            model(
                start() + user("t") + user("a") + user("b") + parallel("join") + end(),
                "start->t\nt->a ? x == 1\nt->b\na->join\nb->join\njoin->end",
            ),
            "join",
        ),
        "a boundary leaves the branch": (
            drawn(
                start()
                + parallel("fork", "join")
                + user("a")
                + user("b")
                + boundary("late", "a", "timer")
                + end()
                + end("out"),
                "start->fork\nfork->a\nfork->b\na->join\nb->join\njoin->end\nlate->out",
            ),
            "join",
        ),
        "events into a join": (
            drawn(
                start()
                + event_gateway("g")
                + timer("a", "P1D")
                + catch("c", "signal")
                + parallel("join")
                + end(),
                "start->g\ng->a\ng->c\na->join\nc->join\njoin->end",
            ),
            "join",
        ),
        "inside a subprocess": (
            around(
                sub(
                    "a",
                    INNER + choice("which") + user("u") + parallel("join"),
                    "b->which\nwhich->u ? x == 1\nwhich->join ? x != 1\nu->join\njoin->z",
                )
            ),
            "join",
        ),
    },
    "lack-of-synchronisation": {
        "merged by a choice": (
            model(
                start()
                + parallel("fork")
                + user("a")
                + user("b")
                + choice("meet")
                + user("c")
                + end(),
                "start->fork\nfork->a\nfork->b\na->meet\nb->meet\nmeet->c\nc->end",
            ),
            "meet",
        ),
        "no gateway at all": (
            model(
                start() + user("t") + user("a") + user("b") + user("c") + end(),
                "start->t\nt->a\nt->b\na->c\nb->c\nc->end",
            ),
            "c",
        ),
    },
    "endless-loop": {
        "a fork that feeds itself": (
            model(
                start() + choice("meet") + script("a", "x = 1") + parallel("fork") + end(),
                "start->meet\nmeet->a\na->fork\nfork->meet\nfork->end",
            ),
            "meet",
        ),
        "a choice that is none": (
            model(
                start() + service("a") + choice("which") + end(),
                "start->a\na->which\nwhich->a ? true\nwhich->end ? x == 1",
            ),
            "a",
        ),
        "over a link": (
            drawn(
                start()
                + service("a")
                + parallel("fork")
                + throw("t", "link")
                + catch("c", "link")
                + end(),
                "start->a\na->fork\nfork->t\nfork->end\nc->a",
            ),
            "a",
        ),
    },
}
