"""Our properties, the names they use, and the people who do a node."""

from tests.bpmn.bad.ground import ROAD, Cases, around, drawn, process_with
from tests.bpmn.drawing import call, catch, process, send, start_with, sub, throw
from tests.bpmn.models import element, end, model, properties, service, start, user

BEGIN = element("startEvent", "b")
BOTH = "approve=同意;reject=不予办理"


def _calling(**given: str) -> bytes:
    return drawn(
        start() + call("a", "p", **given) + end(),
        ROAD,
        beside=process("p", BEGIN + end("z"), "b->z"),
    )


def _starting(position: str, **given: str) -> bytes:
    return model(properties(start_positions=position) + start() + user("a", **given) + end(), ROAD)


BAD: Cases = {
    "property-misplaced": {
        "elsewhere": (around(user("a", operation="room.act")), "a"),
        "of another operation": (
            around(element("serviceTask", "a", properties(operation="room.act", ledger="x"))),
            "a",
        ),
        "correlation of a signal": (around(catch("a", "signal", correlation="ticket")), "a"),
        "payload of a timer": (around(catch("a", "timer", payload="amount")), "a"),
        "form of a message start": (
            drawn(start_with("message", form="trial/apply") + user("a") + end(), ROAD),
            "start",
        ),
        "operation of a send task": (around(send("a", operation="room.act")), "a"),
        "result inside a subprocess": (
            around(sub("a", BEGIN + element("endEvent", "z", properties(result="closed")), "b->z")),
            "z",
        ),
        "numbering of a called process": (
            drawn(
                start() + call("a", "p") + end(),
                ROAD,
                beside=process("p", properties(category="x") + BEGIN + end("z"), "b->z"),
            ),
            "p",
        ),
    },
    "property-value": {
        "assign": (around(user("a", assign="everybody")), "a"),
        "outcomes": (around(user("a", outcomes="同意")), "a"),
        "outcome twice": (around(user("a", outcomes="a=1;a=2")), "a"),
        "deadline": (around(user("a", deadline="soon")), "a"),
        "deadline of no day": (around(user("a", deadline="0wd from opened")), "a"),
        "deadline of hours from a day": (around(user("a", deadline="24h from field:left_on")), "a"),
        "remind": (around(user("a", deadline="3wd", remind="soon")), "a"),
        "remind twice": (around(user("a", deadline="3wd", remind="1wd, 1wd")), "a"),
        "lapse before": (around(user("a", deadline="3wd", lapse="1wd")), "a"),
        "lapse never": (around(user("a", deadline="3wd", lapse="none")), "a"),
        "escalate before": (around(user("a", deadline="3wd", escalate="1wd")), "a"),
        "escalate twice": (process_with(properties(escalate="0, +1wd")), "trial"),
        "empty title": (process_with(properties(title="")), "trial"),
        "payload": (around(throw("a", "signal", payload="a.b")), "a"),
        "payload that counts": (around(throw("a", "signal", payload="loopCounter")), "a"),
        "empty correlation": (around(send("a", correlation="")), "a"),
        "columns": (
            around(
                element(
                    "serviceTask",
                    "a",
                    properties(operation="ledgers.append", ledger="trial", ledger_columns="x"),
                )
            ),
            "a",
        ),
        "in": (_calling(**{"in": "a b"}), "a"),
        "out twice": (_calling(out="x;x=y"), "a"),
    },
    "deadline-undated": {
        "no date": (
            model(
                start(form="trial/apply") + user("a", deadline="5wd from field:days") + end(), ROAD
            ),
            "a",
        ),
        "no start form": (around(user("a", deadline="5wd from field:left_on")), "a"),
        "of the process": (
            process_with(properties(deadline="1mo from field:days")),
            "trial",
        ),
    },
    "bars-unknown": {
        "no such field": (process_with(properties(bars="people.left_on")), "trial"),
        "of a step": (around(user("a", bars="nobody")), "a"),
    },
    "progress-unknown": {
        "no such field": (process_with(properties(progress="telephone")), "trial"),
    },
    "again-unknown": {"no such step": (around(user("a", again="b")), "a")},
    "lapse-unheard": {
        "no deadline": (around(user("a", lapse="+1wd")), "a"),
        "nobody hears it": (around(user("a", deadline="3wd", lapse="+1wd")), "a"),
    },
    "split-misplaced": {
        "at a step": (around(user("a", form="trial/mixed")), "a"),
    },
    "parameter-unknown": {
        "none of the name": (around(user("a", deadline="{dreaming} from opened")), "a"),
        "hours from a day": (around(user("a", deadline="{answering} from field:left_on")), "a"),
    },
    "property-missing": {
        "assign": (around(element("userTask", "a")), "a"),
        "operation": (around(element("serviceTask", "a")), "a"),
        "assign inside a subprocess": (
            around(sub("a", BEGIN + element("userTask", "u") + end("z"), "b->u\nu->z")),
            "u",
        ),
    },
    "check-unknown": {
        "form": (around(user("a", form="trial/strict")), "a"),
        "recheck": (around(user("a", recheck="room.nothing")), "a"),
    },
    "form-unknown": {"form": (around(user("a", form="trial/other")), "a")},
    "operation-unknown": {"operation": (around(service("a", "room.other")), "a")},
    "position-unknown": {
        "assign": (around(user("a", assign="position:king@requester.unit;person:requester")), "a"),
        "starter": (process_with(properties(start_positions="king")), "trial"),
    },
    "nobody": {
        "position": (around(user("a", assign="position:king@requester.unit")), "a"),
        "field": (
            model(start(form="trial/apply") + user("a", assign="field:days") + end(), ROAD),
            "a",
        ),
    },
    "self-approval": {"requester": (around(user("a", outcomes=BOTH)), "a")},
    "same-position": {
        "clerks": (
            _starting("clerk", assign="position:clerk@requester.unit", outcomes=BOTH),
            "a",
        ),
    },
}
