"""What somebody was told, marked as read."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.notifications import service as notifications
from app.notifications.models import Notification
from tests.rights.writes.base import Asked, Case, Prepare, Write, because, plain
from tests.rights.writes.people import CLERK
from tests.rights.writes.why import FORM, MINE, NO_BODY, NO_VERSION, NUMBER, OWN, PAGE
from tests.support.office import Office

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


ROWS: Mapping[str, Write] = {
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
