"""Notices of days off."""

from collections.abc import Mapping

from app.calendar import service as calendar
from app.calendar.days import DayKind
from app.calendar.reading import read_days
from app.calendar.types import Draft
from app.identity.queries import unit_by_code
from tests.rights.writes.base import WORDS, Asked, Prepare, Write, plain
from tests.rights.writes.people import FAR_REPAIRER, REPAIRER, SECOND_REPAIRER
from tests.rights.writes.why import FORM, NO_VERSION, PAGE
from tests.support.office import Office

COUNTY = "422826"
NOTICE = {"unit": COUNTY, "year": "2026", "number": "试〔2026〕1号", "title": "试放假的通知"}
DAY = {"from": "2026-08-19", "kind": "off", "name": "州庆"}


def entered(**sent: object) -> Prepare:
    """Of the county, by its administrator; the page shows its second version."""

    def make(office: Office) -> Asked:
        days, _ = read_days("2026-08-19", 2026, DayKind.OFF)
        made = calendar.enter_notice(
            office.session,
            actor=office.actor(REPAIRER),
            now=office.tick(),
            draft=Draft(
                unit_by_code(office.session, COUNTY).id, 2026, "试〔2026〕2号", "试", tuple(days)
            ),
        )
        made.rev = 2
        office.session.flush()
        return Asked({"notice_id": made.id}, {"version": 2, **sent})

    return make


ROWS: Mapping[str, Write] = {
    "calendar.enter": Write(
        REPAIRER,
        plain(**NOTICE, off="8月19日 州庆", text=WORDS, step="enter"),
        NO_VERSION | PAGE | FORM,
        second=SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
    ),
    "calendar.withdraw": Write(
        REPAIRER,
        entered(reason=WORDS),
        PAGE | FORM,
        second=SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
    ),
    "api.create_notice": Write(
        REPAIRER,
        plain(**NOTICE | {"year": 2026}, days=[DAY]),
        NO_VERSION | FORM,
        second=SECOND_REPAIRER,
        again="same",
        stranger=FAR_REPAIRER,
    ),
    "api.withdraw_notice": Write(
        REPAIRER,
        entered(reason="录错了。"),
        FORM,
        second=SECOND_REPAIRER,
        again="same",
        stranger=FAR_REPAIRER,
    ),
}
