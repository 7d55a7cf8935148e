"""Files, prints and scans."""

from collections.abc import Mapping

from app.documents import batches
from app.tickets.models import Ticket
from tests.rights.writes.base import Asked, Case, Write, because, plain
from tests.rights.writes.people import CLERK
from tests.rights.writes.prepared import PAPER
from tests.rights.writes.why import (
    FILE,
    FORM,
    MINE,
    NO_BODY,
    NO_VERSION,
    OWN,
    PAGE,
    REST_OPEN,
    SCANS,
    STATE,
)
from tests.support.office import PROCESS, Office


def scan(office: Office) -> Asked:
    ticket: Ticket = office.start(CLERK)
    return Asked({"number": ticket.number, "name": PROCESS}, files=PAPER)


def batch(office: Office) -> Asked:
    made = batches.create(
        office.session,
        actor=office.actor(CLERK),
        now=office.tick(),
        numbers=[office.start(CLERK).number],
        mode="",
        client_key="k" * 32,
    )
    return Asked({"batch_id": made.id})


ROWS: Mapping[str, Write] = {
    "attachments.upload": Write(
        CLERK,
        lambda _office: Asked(files=PAPER),
        OWN
        | NO_VERSION
        | FILE
        | FORM
        | because("each is a file; what is used nowhere goes after a day", Case.DOUBLE),
    ),
    "documents.create_batch": Write(
        CLERK,
        lambda office: Asked(
            {}, {"client_key": "k" * 32, "numbers": office.start(CLERK).number, "mode": ""}
        ),
        OWN | NO_VERSION | PAGE | FORM,
        again="same",
    ),
    "documents.stop_batch": Write(CLERK, batch, STATE | PAGE | FORM | MINE, again="same"),
    "documents.scan": Write(CLERK, scan, NO_VERSION | FILE | FORM | SCANS, again="same"),
    "api.create_attachment": Write(
        CLERK, lambda _office: Asked(files=PAPER), OWN | NO_VERSION | FILE | FORM, again="same"
    ),
    "api.create_batch": Write(
        CLERK,
        lambda office: Asked({}, {"numbers": [office.start(CLERK).number]}),
        OWN | NO_VERSION | FORM,
        again="same",
    ),
    "api.stop_batch": Write(CLERK, batch, STATE | FORM | MINE | NO_BODY, again="same"),
    "api.create_scan": Write(CLERK, scan, NO_VERSION | FILE | FORM | SCANS, again="same"),
    "api.verify": Write(
        CLERK,
        plain(),
        REST_OPEN
        | OWN
        | NO_VERSION
        | FORM
        | because("takes a PDF: tests/documents, tests/pdf", Case.LIST, Case.UNKNOWN)
        | because("keeps nothing", Case.DOUBLE),
    ),
}
