"""Outages, whose papers are entered afterwards."""

from collections.abc import Mapping
from datetime import timedelta

from app.identity.queries import unit_by_code
from app.outages import service as outages
from app.outages.types import Draft
from tests.rights.writes.base import WORDS, Asked, Prepare, Write, plain
from tests.rights.writes.people import FAR_REPAIRER, REPAIRER, SECOND_REPAIRER
from tests.rights.writes.why import FORM, NO_VERSION, PAGE
from tests.support.office import Office

COUNTY = "422826"


def declared(**sent: object) -> Prepare:
    """Of the county, by its administrator; the page shows its second version."""

    def make(office: Office) -> Asked:
        made = outages.declare(
            office.session,
            actor=office.actor(REPAIRER),
            now=office.tick(),
            draft=Draft(
                unit_by_code(office.session, COUNTY).id,
                office.now - timedelta(days=300),
                office.now - timedelta(days=299),
                "停电",
            ),
        )
        made.rev = 2
        office.session.flush()
        return Asked({"outage_id": made.id}, {"version": 2, **sent})

    return make


ROWS: Mapping[str, Write] = {
    "outages.declare": Write(
        REPAIRER,
        plain(
            **{"unit": COUNTY, "from": "2026-08-19T08:00", "to": "2026-08-19T18:00"}, reason=WORDS
        ),
        NO_VERSION | PAGE | FORM,
        second=SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
    ),
    "outages.withdraw": Write(
        REPAIRER,
        declared(reason=WORDS),
        PAGE | FORM,
        second=SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
    ),
    "api.create_outage": Write(
        REPAIRER,
        plain(
            **{
                "unit": COUNTY,
                "from": "2026-08-19T08:00:00+08:00",
                "to": "2026-08-19T18:00:00+08:00",
                "reason": "停电",
            }
        ),
        NO_VERSION | FORM,
        second=SECOND_REPAIRER,
        again="same",
        stranger=FAR_REPAIRER,
    ),
    "api.withdraw_outage": Write(
        REPAIRER,
        declared(reason="录错了。"),
        FORM,
        second=SECOND_REPAIRER,
        again="same",
        stranger=FAR_REPAIRER,
    ),
}
