"""What an office goes by: rule sets, parameters, official numbers."""

from collections.abc import Mapping
from datetime import date, timedelta

from app.core.clock import local, today
from app.identity.queries import unit_by_code
from app.rules import service as rules
from app.rules.types import Draft, Numbering, Proposal
from tests.rights.writes.base import WORDS, Asked, Prepare, Write, plain
from tests.rights.writes.people import FAR_REPAIRER, REPAIRER, SECOND_REPAIRER
from tests.rights.writes.why import FORM, NO_VERSION, NUMBER, ONLY_OTHER, PAGE
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


CHANGE = {"unit": COUNTY, "since": str(today() + timedelta(days=30)), "reason": WORDS}


def proposed(by: str) -> Prepare:
    """Of the county; the page shows its second version."""

    def make(office: Office) -> Asked:
        made = rules.propose_change(
            office.session,
            actor=office.actor(by),
            now=office.tick(),
            proposal=Proposal(
                "rating_fix",
                unit_by_code(office.session, COUNTY).id,
                10,
                today() + timedelta(days=30),
                WORDS,
            ),
        )
        made.rev = 2
        office.session.flush()
        return Asked({"change_id": made.id}, {"version": 2})

    return make


def of(key: str, **sent: object) -> Prepare:
    return lambda _office: Asked({"parameter": key}, sent)


PATTERN = {
    "name": "some-numbers",
    "title": "试编号",
    "unit": COUNTY,
    "pattern": "SHI-{serial:3}",
    "since": str(today() + timedelta(days=30)),
}


def numbered(*, taken: bool, **sent: object) -> Prepare:
    """A pattern of the county, and a number by it; the page shows the second version."""

    def make(office: Office) -> Asked:
        unit, actor = unit_by_code(office.session, COUNTY), office.actor(REPAIRER)
        day = local(office.tick()).date()
        made = rules.enter_pattern(
            office.session,
            actor=actor,
            now=office.now,
            numbering=Numbering("other-numbers", "编号", unit.id, "BIE-{serial:3}", day),
        )
        made.rev = 2
        if not taken:
            office.session.flush()
            return Asked({"pattern_id": made.id}, {"version": 2, **sent})
        number = rules.take_number(
            office.session,
            actor=actor,
            now=office.now,
            name=made.name,
            unit_id=unit.id,
            ticket="T-1",
        )
        number.rev = 2
        office.session.flush()
        return Asked({"number_id": number.id}, {"version": 2, **sent})

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
    "rules.propose": Write(
        REPAIRER,
        of("rating_fix", **CHANGE, value="10"),
        NO_VERSION | PAGE | FORM,
        second=SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
    ),
    "rules.confirm": Write(
        REPAIRER,
        proposed(SECOND_REPAIRER),
        PAGE | FORM | ONLY_OTHER,
        stranger=FAR_REPAIRER,
    ),
    "rules.withdraw_change": Write(
        REPAIRER,
        proposed(REPAIRER),
        PAGE | FORM,
        second=SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
    ),
    "api.propose_parameter": Write(
        REPAIRER,
        of("rating_fix", **CHANGE, value=10),
        NO_VERSION | FORM,
        second=SECOND_REPAIRER,
        again="same",
        stranger=FAR_REPAIRER,
    ),
    "api.confirm_parameter": Write(
        REPAIRER,
        proposed(SECOND_REPAIRER),
        FORM | NUMBER | ONLY_OTHER,
        again="same",
        stranger=FAR_REPAIRER,
    ),
    "api.withdraw_parameter": Write(
        REPAIRER,
        proposed(REPAIRER),
        FORM | NUMBER,
        second=SECOND_REPAIRER,
        again="same",
        stranger=FAR_REPAIRER,
    ),
    "rules.enter_pattern": Write(
        REPAIRER,
        plain(**PATTERN, first="1"),
        NO_VERSION | PAGE | FORM,
        second=SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
    ),
    "rules.withdraw_pattern": Write(
        REPAIRER,
        numbered(taken=False),
        PAGE | FORM,
        second=SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
    ),
    "rules.void_number": Write(
        REPAIRER,
        numbered(taken=True, reason=WORDS),
        PAGE | FORM,
        second=SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
    ),
    "api.create_pattern": Write(
        REPAIRER,
        plain(**PATTERN),
        NO_VERSION | FORM,
        second=SECOND_REPAIRER,
        again="same",
        stranger=FAR_REPAIRER,
    ),
    "api.withdraw_pattern": Write(
        REPAIRER,
        numbered(taken=False),
        FORM | NUMBER,
        second=SECOND_REPAIRER,
        again="same",
        stranger=FAR_REPAIRER,
    ),
    "api.void_number": Write(
        REPAIRER,
        numbered(taken=True, reason=WORDS),
        FORM,
        second=SECOND_REPAIRER,
        again="same",
        stranger=FAR_REPAIRER,
    ),
}
