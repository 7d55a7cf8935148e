"""Paper ledgers that are imported."""

from collections.abc import Mapping

from app.attachments.types import Accepted
from app.oldbooks import service
from app.oldbooks.models import OldBook
from tests.rights.counties import XIANFENG
from tests.rights.writes.base import WORDS, Asked, Case, Prepare, Write, because
from tests.rights.writes.people import ADMIN, FAR_ADMIN, OTHER_ADMIN
from tests.rights.writes.why import ALONE, FILE, FORM, NO_VERSION, PAGE
from tests.support.office import Office

UPLOADER = XIANFENG.username("account_admin")  # neither of those who decide
SHEET = (
    "日期,单位,姓名,身份证号,联系方式\n"
    "2023-09-30,咸丰县公共就业服务中心,向小兰,422899199001012385,15400010001\n".encode(),
    "旧台账.csv",
)


def uploaded(office: Office) -> OldBook:
    """The page shows its second version."""
    made = service.check_sheet(
        office.session,
        actor=office.actor(UPLOADER),
        now=office.tick(),
        accepted=Accepted(SHEET[1], "text/csv", SHEET[0]),
    )
    made.rev = 2
    office.session.flush()
    return made


def book(**sent: object) -> Prepare:
    def make(office: Office) -> Asked:
        return Asked({"book_id": uploaded(office).id}, {"version": 2, **sent})

    return make


THE_OTHER_S = because("the same file is told of, with whose it is: tests/oldbooks", Case.SECOND)
UPLOADS = ALONE | NO_VERSION | FORM | THE_OTHER_S
ROWS: Mapping[str, Write] = {
    "oldbooks.upload": Write(
        ADMIN, lambda _office: Asked({}, {}, {"file": SHEET}), UPLOADS | PAGE, again="same"
    ),
    "oldbooks.confirm": Write(ADMIN, book(), PAGE | FORM, second=OTHER_ADMIN, stranger=FAR_ADMIN),
    "oldbooks.withdraw": Write(
        ADMIN, book(reason=WORDS), PAGE | FORM, second=OTHER_ADMIN, stranger=FAR_ADMIN
    ),
    "api.import_old_book": Write(
        ADMIN, lambda _office: Asked({}, files={"file": SHEET}), UPLOADS | FILE, again="same"
    ),
    "api.confirm_old_book": Write(
        ADMIN, book(), FORM, second=OTHER_ADMIN, again="same", stranger=FAR_ADMIN
    ),
    "api.withdraw_old_book": Write(
        ADMIN,
        book(reason="弄错了。"),
        FORM,
        second=OTHER_ADMIN,
        again="same",
        stranger=FAR_ADMIN,
    ),
}
