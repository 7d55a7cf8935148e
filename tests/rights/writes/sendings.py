"""Pausing, resuming and stopping a sending."""

from collections.abc import Mapping

from app.sendings import service
from tests.rights.counties import LAIFENG, XIANFENG
from tests.rights.writes.base import WORDS, Asked, Case, Prepare, Write, because
from tests.rights.writes.why import FORM, NO_VERSION, OWN, PAGE, REST_OPEN
from tests.support.lists import filed_template, opened_sending
from tests.support.office import Office

CLERK, FAR_CLERK = (one.username("message_clerk") for one in (XIANFENG, LAIFENG))
SIGNED = because(
    "unsigned it is not read: tests/sendings/test_pushing.py", Case.DOUBLE, Case.LIST, Case.UNKNOWN
)
STEERED = because("of two who steer one is heard: tests/sendings/test_steering.py", Case.SECOND)


def opened(*, paused: bool = False, **sent: object) -> Prepare:
    def make(office: Office) -> Asked:
        clerk, now = office.actor(CLERK), office.tick()
        ticket = office.start()
        found = opened_sending(
            office.session, clerk, filed_template(office.session, clerk), ticket.instance_id, now
        )
        if paused:
            service.pause(
                office.session,
                actor=clerk,
                now=now,
                sending_id=found.id,
                version=found.rev,
                reason=WORDS,
            )
        return Asked({"sending_id": found.id}, {"version": found.rev, **sent})

    return make


def _write(prepare: Prepare, *left: Mapping[Case, str], again: str = "refused") -> Write:
    out: dict[Case, str] = dict(STEERED)
    for one in left:
        out |= one
    return Write(CLERK, prepare, out, again=again, stranger=FAR_CLERK)


def push(_office: Office) -> Asked:
    return Asked({"gateway": "mas"}, {"receipts": []})


ROWS: Mapping[str, Write] = {
    "api.take_push": Write(CLERK, push, REST_OPEN | OWN | NO_VERSION | FORM | SIGNED),
    "sendings.pause": _write(opened(reason=WORDS), PAGE, FORM),
    "sendings.resume": _write(opened(paused=True), PAGE, FORM),
    "sendings.stop": _write(opened(reason=WORDS), PAGE, FORM),
    "api.pause_campaign": _write(opened(reason=WORDS), FORM, again="same"),
    "api.resume_campaign": _write(opened(paused=True), FORM, again="same"),
    "api.stop_campaign": _write(opened(reason=WORDS), FORM, again="same"),
}
