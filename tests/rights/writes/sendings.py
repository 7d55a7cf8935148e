"""Pausing, resuming and stopping a sending, asking about it; what a gateway brings."""

from collections.abc import Mapping

from sqlalchemy import select

from app.sendings import service
from app.sendings.models import Delivery
from app.sendings.service import moving
from app.sendings.service.moving import Change
from app.sendings.types import DeliveryState
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


def opened(*, paused: bool = False, unknown: bool = False, **sent: object) -> Prepare:
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
        if unknown:
            rows = office.session.scalars(select(Delivery).where(Delivery.sending_id == found.id))
            changes = [Change(one, DeliveryState.UNKNOWN) for one in rows]
            moving.move(office.session, found, changes, now)
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
    "sendings.look_up": _write(opened(unknown=True), PAGE, FORM),
    "api.look_up_campaign": _write(opened(unknown=True), FORM, again="same"),
    "sendings.stop": _write(opened(reason=WORDS), PAGE, FORM),
    "api.pause_campaign": _write(opened(reason=WORDS), FORM, again="same"),
    "api.resume_campaign": _write(opened(paused=True), FORM, again="same"),
    "api.stop_campaign": _write(opened(reason=WORDS), FORM, again="same"),
}
