"""The address book of an area."""

from collections.abc import Mapping

from app.phonebook import service
from tests.rights.counties import LAIFENG, XIANFENG
from tests.rights.writes.base import WORDS, Asked, Case, Prepare, Write, because, plain
from tests.rights.writes.why import ADDS, ALONE, EACH, FILE, FORM, NO_VERSION, OWN, PAGE
from tests.support.lists import phone
from tests.support.office import Office

CLERK, FAR_CLERK = (one.username("message_clerk") for one in (XIANFENG, LAIFENG))
PHONE, OTHER = phone(39_200), phone(39_201)
GIVEN = {
    "kind": "person",
    "name": "毕淑芬",
    "phone": PHONE,
    "source": "hall",
    "collected_on": "2026-01-05",
}
SHEET = (
    f"类别,姓名,手机号,来源,采集日期\n个人,毕淑芬,{PHONE},服务大厅,2026-01-05\n".encode(),
    "通讯录.csv",
)
ONE_CLERK = because("one clerk keeps the book of a county", Case.SECOND)
LOOKS = EACH | ADDS | ALONE | because("looks up and changes nothing", Case.SECOND)


def uploaded(*, is_page: bool) -> Prepare:
    sent = {"client_key": "k" * 32} if is_page else {}
    return lambda _office: Asked({}, sent, {"file": SHEET})


def entered(**sent: object) -> Prepare:
    """The page shows its second version."""

    def make(office: Office) -> Asked:
        made = service.add(
            office.session, actor=office.actor(CLERK), now=office.tick(), given=GIVEN
        )
        made.rev = 2
        office.session.flush()
        return Asked({"entry_id": made.id}, {"version": 2, **sent})

    return make


ROWS: Mapping[str, Write] = {
    "phonebook.find": Write(CLERK, plain(phone=PHONE), LOOKS | PAGE | FORM, again="same"),
    "phonebook.add": Write(CLERK, plain(**GIVEN), ALONE | NO_VERSION | ONE_CLERK | PAGE | FORM),
    "phonebook.change": Write(
        CLERK,
        entered(**{**GIVEN, "phone": OTHER, "group_name": WORDS}),
        ONE_CLERK | PAGE | FORM,
        stranger=FAR_CLERK,
    ),
    "phonebook.mark": Write(
        CLERK,
        entered(state="stopped", reason=WORDS),
        ONE_CLERK | PAGE | FORM,
        stranger=FAR_CLERK,
    ),
    "phonebook.upload": Write(
        CLERK, uploaded(is_page=True), OWN | NO_VERSION | PAGE | FORM, again="same"
    ),
    "api.find_phone_entries": Write(CLERK, plain(phone=PHONE), LOOKS | FORM, again="same"),
    "api.create_phone_entry": Write(
        CLERK, plain(**GIVEN), ALONE | NO_VERSION | ONE_CLERK | FORM, again="same"
    ),
    "api.change_phone_entry": Write(
        CLERK,
        entered(**{**GIVEN, "phone": OTHER}),
        ONE_CLERK | FORM,
        again="same",
        stranger=FAR_CLERK,
    ),
    "api.mark_phone_entry": Write(
        CLERK,
        entered(state="stopped", reason="本人不再使用"),
        ONE_CLERK | FORM,
        again="same",
        stranger=FAR_CLERK,
    ),
    "api.import_phone_entries": Write(
        CLERK, uploaded(is_page=False), OWN | NO_VERSION | FILE | FORM, again="same"
    ),
}
