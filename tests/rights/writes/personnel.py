"""Events of people, and sheets of them."""

from collections.abc import Mapping
from datetime import timedelta

from app.attachments.types import Accepted
from app.personnel import service as personnel
from app.personnel.types import Draft, EventKind
from tests.rights.writes.base import WORDS, Asked, Case, Prepare, Write, because, plain
from tests.rights.writes.people import CLERK, FAR_ADMIN, OTHER_ADMIN
from tests.rights.writes.why import ALONE, FILE, FORM, NO_BODY, NO_VERSION, OWN, PAGE, STATE
from tests.support.office import Office

YANG = {"id_number": "422899199309109992", "name": "杨𬱖"}
SOON = {"kind": "transfer", "date": "2027-06-30", **YANG}
SHEET = (
    "变动,姓名,身份证号,日期\n调离,杨𬱖,422899199309109992,2027-06-30\n".encode(),
    "变动.csv",
)


def entered(**sent: object) -> Prepare:
    """To come; the page shows its second version."""

    def make(office: Office) -> Asked:
        made = personnel.enter(
            office.session,
            actor=office.actor(CLERK),
            now=office.tick(),
            draft=Draft(
                EventKind.TRANSFER,
                office.now.date() + timedelta(days=100),
                id_number=YANG["id_number"],
            ),
        )
        made.rev = 2
        office.session.flush()
        return Asked({"event_id": made.id}, {"version": 2, **sent})

    return make


def sheet() -> Prepare:
    def make(office: Office) -> Asked:
        made = personnel.check_sheet(
            office.session,
            actor=office.actor(CLERK),
            now=office.tick(),
            accepted=Accepted(SHEET[1], "text/csv", SHEET[0]),
            client_key="k" * 32,
        )
        return Asked({"sheet_id": made.id})

    return make


ITS_UPLOADER = because("one's own import", Case.SECOND)
ROWS: Mapping[str, Write] = {
    "personnel.enter": Write(
        CLERK,
        plain(**SOON, note=WORDS),
        ALONE | NO_VERSION | PAGE | FORM,
        second=OTHER_ADMIN,
        again="same",
    ),
    "personnel.cancel": Write(
        CLERK, entered(reason=WORDS), PAGE | FORM, second=OTHER_ADMIN, stranger=FAR_ADMIN
    ),
    "personnel.upload": Write(
        CLERK,
        lambda _office: Asked({}, {"client_key": "k" * 32}, {"file": SHEET}),
        OWN | NO_VERSION | PAGE | FORM,
        again="same",
    ),
    "personnel.confirm_import": Write(
        CLERK, sheet(), PAGE | FORM | STATE | ITS_UPLOADER, again="same", stranger=FAR_ADMIN
    ),
    "api.create_person_event": Write(
        CLERK,
        plain(**SOON),
        ALONE | NO_VERSION | FORM,
        second=OTHER_ADMIN,
        again="same",
    ),
    "api.cancel_person_event": Write(
        CLERK,
        entered(reason="弄错了。"),
        FORM,
        second=OTHER_ADMIN,
        again="same",
        stranger=FAR_ADMIN,
    ),
    "api.import_person_events": Write(
        CLERK,
        lambda _office: Asked({}, files={"file": SHEET}),
        OWN | NO_VERSION | FILE | FORM,
        again="same",
    ),
    "api.confirm_person_import": Write(
        CLERK, sheet(), NO_BODY | FORM | STATE | ITS_UPLOADER, again="same", stranger=FAR_ADMIN
    ),
}
