"""Lists of recipients, and numbers that get nothing."""

from collections.abc import Mapping

from app.messaging.audience.types import Block
from app.phonebook import service as phonebook
from app.recipients import service
from tests.rights.counties import LAIFENG, XIANFENG
from tests.rights.writes.base import WORDS, Asked, Case, Prepare, Write, because, plain
from tests.rights.writes.why import (
    ALONE,
    FILE,
    FORM,
    NO_BODY,
    NO_VERSION,
    OWN,
    PAGE,
    STATE,
)
from tests.support.lists import filed_template, frozen_list, phone
from tests.support.office import Office

CLERK, FAR_CLERK = (one.username("message_clerk") for one in (XIANFENG, LAIFENG))
REVIEWER, FAR_REVIEWER = (one.username("message_reviewer") for one in (XIANFENG, LAIFENG))
PHONE = phone(39_100)
SHEET = (f"手机号\n{PHONE}\n".encode(), "名单.csv")
TOLD = {"phone": PHONE, "kind": "refused"}
GONE = because("what is gone is not found: tests/weihai/test_lists.py", Case.DOUBLE)
ANYBODY = because("whoever enters a number twice: tests/weihai/test_lists.py", Case.SECOND)
ONE_CLERK = because("one clerk a unit makes its lists", Case.SECOND)
ONE_REVIEWER = because("of two who lift one is heard: see double click", Case.SECOND)


def uploaded(*, is_page: bool) -> Prepare:
    def make(office: Office) -> Asked:
        template = filed_template(office.session, office.actor(CLERK))
        values = {"template_id": template.id} if is_page else {"template": template.ticket}
        sent = {"client_key": "k" * 32} if is_page else {}
        return Asked(values, sent, {"file": SHEET})

    return make


def chosen(office: Office) -> Asked:
    template = filed_template(office.session, office.actor(CLERK))
    given = {
        "kind": "person",
        "name": "毕淑芬",
        "phone": phone(39_300),
        "source": "hall",
        "collected_on": "2026-01-05",
    }
    phonebook.add(office.session, actor=office.actor(CLERK), now=office.tick(), given=given)
    return Asked({}, {"template": template.ticket, "kind": "person"})


def listed(office: Office) -> Asked:
    clerk = office.actor(CLERK)
    made = frozen_list(office.session, clerk, filed_template(office.session, clerk), office.tick())
    return Asked({"list_id": made.id})


def blocked(**sent: object) -> Prepare:
    def make(office: Office) -> Asked:
        made = service.block(
            office.session,
            actor=office.actor(CLERK),
            now=office.tick(),
            phone=PHONE,
            kind=Block.REFUSED,
            source="本人来电",
        )
        return Asked({"block_id": made.id}, dict(sent))

    return make


ROWS: Mapping[str, Write] = {
    "recipients.make": Write(
        CLERK,
        uploaded(is_page=True),
        OWN | NO_VERSION | PAGE | FORM,
        again="same",
        stranger=FAR_CLERK,
    ),
    "recipients.delete": Write(
        CLERK, listed, GONE | STATE | ONE_CLERK | PAGE | FORM, stranger=FAR_CLERK
    ),
    "recipients.block": Write(
        CLERK, plain(**TOLD, source=WORDS), ANYBODY | ALONE | NO_VERSION | PAGE | FORM
    ),
    "recipients.lift": Write(
        REVIEWER,
        blocked(reason=WORDS),
        GONE | STATE | ONE_REVIEWER | PAGE | FORM,
        stranger=FAR_REVIEWER,
    ),
    "api.create_recipient_list": Write(
        CLERK,
        uploaded(is_page=False),
        OWN | NO_VERSION | FILE | FORM,
        again="same",
        stranger=FAR_CLERK,
    ),
    "api.create_recipient_list_from_phonebook": Write(
        CLERK, chosen, OWN | NO_VERSION | FORM, again="same", stranger=FAR_CLERK
    ),
    "api.delete_recipient_list": Write(
        CLERK, listed, GONE | STATE | ONE_CLERK | NO_BODY | FORM, stranger=FAR_CLERK
    ),
    "api.create_number_block": Write(
        CLERK,
        plain(**TOLD, source="本人来电"),
        ANYBODY | ALONE | NO_VERSION | FORM,
        again="same",
    ),
    "api.lift_number_block": Write(
        REVIEWER,
        blocked(reason="本人来电恢复"),
        STATE | ONE_REVIEWER | FORM,
        again="same",
        stranger=FAR_REVIEWER,
    ),
}
