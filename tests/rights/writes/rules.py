"""What an office goes by: rule sets."""

from collections.abc import Mapping
from datetime import date

from app.identity.queries import unit_by_code
from app.rules import service as rules
from app.rules.types import Draft
from tests.rights.writes.base import WORDS, Asked, Prepare, Write, plain
from tests.rights.writes.people import FAR_REPAIRER, REPAIRER, SECOND_REPAIRER
from tests.rights.writes.why import FORM, NO_VERSION, PAGE
from tests.support.office import Office

COUNTY = "422826"
RULE = {"key": "some-rules", "unit": COUNTY, "name": "试行办法", "valid_from": "2026-01-01"}


def entered(**sent: object) -> Prepare:
    """Of the county, by its administrator; the page shows its second version."""

    def make(office: Office) -> Asked:
        unit = unit_by_code(office.session, COUNTY)
        made = rules.enter_version(
            office.session,
            actor=office.actor(REPAIRER),
            now=office.tick(),
            draft=Draft("other-rules", unit.id, "办法", "", "", date(2026, 1, 1), None, ()),
        )
        made.rev = 2
        office.session.flush()
        return Asked({"rule_id": made.id}, {"version": 2, **sent})

    return make


ROWS: Mapping[str, Write] = {
    "rules.enter": Write(
        REPAIRER,
        plain(**RULE, articles=WORDS),
        NO_VERSION | PAGE | FORM,
        second=SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
    ),
    "rules.withdraw": Write(
        REPAIRER,
        entered(reason=WORDS),
        PAGE | FORM,
        second=SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
    ),
    "api.create_rule": Write(
        REPAIRER,
        plain(**RULE),
        NO_VERSION | FORM,
        second=SECOND_REPAIRER,
        again="same",
        stranger=FAR_REPAIRER,
    ),
    "api.withdraw_rule": Write(
        REPAIRER,
        entered(reason="录错了。"),
        FORM,
        second=SECOND_REPAIRER,
        again="same",
        stranger=FAR_REPAIRER,
    ),
}
