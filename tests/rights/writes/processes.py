"""Processes: bundles, publication, and what reaches a running one from outside."""

from collections.abc import Mapping

from app.tickets.models import Ticket
from tests.bpmn.models import catch, declared, end, model, parallel, receive, start
from tests.processes.events import begin, publish
from tests.rights.writes.base import Asked, Case, Write, because, plain
from tests.rights.writes.people import DESIGNER, FAR_TESTER, PUBLISHER, TESTER
from tests.rights.writes.why import ALONE, FORM, NO_BODY, NO_VERSION, PAGE, PARTS, STATE
from tests.support.office import PROCESS, Office


def hearing(office: Office) -> Ticket:
    """A ticket of a tester that waits for a signal beside a message."""
    parts = start() + parallel("fork") + catch("hear", "signal go") + receive("wait", "reply")
    flows = "start->fork\nfork->hear\nfork->wait\nhear->end\nwait->end"
    publish(office, model(parts + end(), flows, beside=declared("signal go", "message reply")))
    return begin(office, by=TESTER)


BUNDLE = (b"<x/>", "x.bpmn")

ROWS: Mapping[str, Write] = {
    "authoring.upload": Write(
        DESIGNER,
        lambda _office: Asked({}, {"act": "save"}, {"files": BUNDLE}),
        ALONE
        | NO_VERSION
        | FORM
        | PAGE
        | because("what is refused keeps nothing; the same bundle: tests/authoring", Case.DOUBLE)
        | because("another bundle is another version", Case.SECOND),
    ),
    "authoring.publish": Write(
        PUBLISHER,
        lambda _office: Asked({"key": PROCESS, "number": 1}, {"instead_of": "1"}),
        ALONE
        | FORM
        | PAGE
        | because("what was in force, not a version: tests/authoring", Case.STALE)
        | because("already published: tests/authoring", Case.DOUBLE, Case.SECOND),
    ),
    "api.create_version": Write(
        DESIGNER,
        plain(),
        ALONE
        | NO_VERSION
        | FORM
        | PARTS
        | because("the same bundle is the same version: tests/api/test_publishing.py", Case.DOUBLE)
        | because("another bundle is another version", Case.SECOND),
    ),
    "api.publish_version": Write(
        PUBLISHER,
        lambda _office: Asked({"key": PROCESS, "number": 1}),
        ALONE
        | STATE
        | FORM
        | NO_BODY
        | because("already published: tests/api/test_publishing.py", Case.DOUBLE, Case.SECOND),
    ),
    "api.lint_bundle": Write(
        DESIGNER,
        plain(),
        ALONE | NO_VERSION | FORM | PARTS | because("keeps nothing", Case.DOUBLE, Case.SECOND),
    ),
    "api.send_signal": Write(
        TESTER,
        lambda office: Asked({"number": hearing(office).number}, {"name": "go", "payload": {}}),
        STATE
        | FORM
        | because("one tester a county: who is late hears as who clicks twice", Case.SECOND),
        again="same",
        stranger=FAR_TESTER,
    ),
    "api.send_message": Write(
        TESTER,
        lambda office: hearing(office) and Asked({}, {"name": "reply", "payload": {}}),
        ALONE
        | STATE
        | FORM
        | because("one tester a county: who is late hears as who clicks twice", Case.SECOND),
        again="same",
    ),
}
