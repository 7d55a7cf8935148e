"""Pausing, resuming and stopping a sending."""

from collections.abc import Mapping

from app.sendings import service
from tests.rights.counties import LAIFENG, XIANFENG
from tests.rights.writes.base import WORDS, Asked, Case, Prepare, Write, because
from tests.rights.writes.why import FORM, PAGE
from tests.support.lists import filed_template, opened_sending
from tests.support.office import Office

CLERK, FAR_CLERK = (one.username("message_clerk") for one in (XIANFENG, LAIFENG))
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


ROWS: Mapping[str, Write] = {
    "sendings.pause": _write(opened(reason=WORDS), PAGE, FORM),
    "sendings.resume": _write(opened(paused=True), PAGE, FORM),
    "sendings.stop": _write(opened(reason=WORDS), PAGE, FORM),
    "api.pause_campaign": _write(opened(reason=WORDS), FORM, again="same"),
    "api.resume_campaign": _write(opened(paused=True), FORM, again="same"),
    "api.stop_campaign": _write(opened(reason=WORDS), FORM, again="same"),
}
