"""What somebody was told and chose; what did not arrive; chats of units."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from app.core.clock import utcnow
from app.core.crypto import seal
from app.identity.queries import unit_by_code
from app.notifications import outside
from app.notifications import service as notifications
from app.notifications.confirming import code_of
from app.notifications.models import Channel, Delivery, Notification
from app.notifications.types import DeliveryState
from tests.rights.writes.base import Asked, Case, Prepare, Write, because, plain
from tests.rights.writes.people import CLERK, FAR_REPAIRER, REPAIRER, SECOND_REPAIRER
from tests.rights.writes.why import FORM, MINE, NO_BODY, NO_VERSION, NUMBER, OWN, PAGE
from tests.support.office import Office

COUNTY = "422826"
TWO = because("a second chat of the same unit is another chat", Case.DOUBLE, Case.SECOND) | because(
    "a unit out of reach is told like one that is missing: 422", Case.STRANGER
)
GONE = because("what is read is read: the same again", Case.STALE)


def told(**sent: Any) -> Prepare:
    def make(office: Office) -> Asked:
        notifications.notify(
            office.session,
            kind="ticket.closed",
            people=[office.actor(CLERK).person_id],
            key="write",
            facts={"process": "试"},
            now=office.tick(),
            ticket="X-1",
        )
        made = select(Notification.id).order_by(Notification.id.desc())
        return Asked({"notification_id": office.session.scalars(made).first()}, sent)

    return make


def addressed(office: Office) -> Asked:
    """The code of an address that waits to be confirmed."""
    row = notifications.set_address(
        office.session, actor=office.actor(CLERK), now=utcnow(), address="yao@office.example"
    )
    return Asked({}, {"code": code_of(row)})


def refused(office: Office) -> Asked:
    """A mail to the clerk that did not arrive."""
    asked = told()(office)
    row = Delivery(
        notification_id=asked.values["notification_id"],
        person_id=office.actor(CLERK).person_id,
        line="mail",
        state=DeliveryState.FAILED,
        error="550",
        due_at=office.now,
        created_at=office.now,
    )
    office.session.add(row)
    office.session.flush()
    return Asked({"dispatch_id": row.id}, {"retries": 0})


def opened(office: Office) -> Asked:
    row = Channel(
        unit_id=unit_by_code(office.session, COUNTY).id,
        name="试群",
        url_sealed=seal("wecombot://key"),
        entered_by_id=office.actor(REPAIRER).person_id,
        entered_at=office.now,
    )
    office.session.add(row)
    office.session.flush()
    return Asked({"channel_id": row.id}, {"version": 1})


def allowed(office: Office) -> Asked:
    del office
    ways = replace(outside.current(), chats={"wecombot": frozenset()})
    outside.configure(ways)
    return Asked({}, {"unit": COUNTY, "name": "试群", "url": "wecombot://0123456789abcdef"})


KEPT = {"second": SECOND_REPAIRER, "stranger": FAR_REPAIRER}
ROWS: Mapping[str, Write] = {
    "notifications.choose": Write(
        CLERK,
        plain(rev=1, quiet_from="18:00", quiet_until="08:00"),
        OWN | PAGE | FORM,
        again="same",
        seen="rev",
    ),
    "notifications.write_address": Write(
        CLERK, plain(address="yao@office.example"), OWN | NO_VERSION | PAGE | FORM, again="same"
    ),
    "notifications.confirm_address": Write(
        CLERK,
        addressed,
        OWN | NO_VERSION | PAGE | FORM,
        again="same",
    ),
    "notifications.send_again": Write(REPAIRER, refused, PAGE | FORM, seen="retries", **KEPT),
    "notifications.enter_channel": Write(REPAIRER, allowed, NO_VERSION | PAGE | FORM | TWO, **KEPT),
    "notifications.close_channel": Write(REPAIRER, opened, PAGE | FORM, **KEPT),
    "notifications.open_it": Write(CLERK, told(), MINE | GONE | PAGE | FORM, again="same"),
    "notifications.read": Write(CLERK, told(unread="1"), MINE | GONE | PAGE | FORM, again="same"),
    "notifications.read_all": Write(
        CLERK, plain(until=1), OWN | NO_VERSION | PAGE | FORM, again="same"
    ),
    "api.read_notification": Write(CLERK, told(), MINE | GONE | NO_BODY | FORM, again="same"),
    "api.read_notifications": Write(
        CLERK, plain(until=1), OWN | NO_VERSION | FORM | NUMBER, again="same"
    ),
}
