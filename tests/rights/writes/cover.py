"""Absences, mandates and pairs."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from app.core import clock
from app.identity import service as identity
from tests.rights.writes.base import WORDS, Asked, Prepare, Write, plain
from tests.rights.writes.people import CLERK, FAR_REPAIRER, HEAD, REPAIRER, SECOND_REPAIRER
from tests.rights.writes.why import FORM, NO_VERSION, OWN, PAGE
from tests.support.office import Office


def soon(days: int) -> str:
    return (clock.today() + timedelta(days=days)).isoformat()


def leaving(**sent: Any) -> Prepare:
    return lambda _office: Asked({}, {"from": soon(3), "to": soon(5), **sent})


def absent(**sent: Any) -> Prepare:
    """An absence that 姚海洋 has planned, of which a page shows the second version."""

    def make(office: Office) -> Asked:
        days = {"first": clock.today() + timedelta(3), "last": clock.today() + timedelta(5)}
        given: dict[str, Any] = {"actor": office.actor(CLERK), "now": clock.utcnow(), **days}
        made = identity.enter_absence(office.session, username="", kind="study", **given)
        made.version = 2
        office.session.flush()
        return Asked({"absence_id": made.id}, {"version": 2, **sent})

    return make


def mandated(**sent: Any) -> Prepare:
    def make(office: Office) -> Asked:
        days = {"first": clock.today() + timedelta(3), "last": clock.today() + timedelta(5)}
        given: dict[str, Any] = {"actor": office.actor(CLERK), "now": clock.utcnow(), **days}
        made = identity.write_mandate(office.session, deputy=HEAD, **given)
        made.version = 2
        office.session.flush()
        return Asked({"mandate_id": made.id}, {"version": 2, **sent})

    return make


def paired(office: Office) -> Asked:
    given: dict[str, Any] = {"actor": office.actor(REPAIRER), "now": clock.utcnow()}
    made = identity.enter_pair(office.session, **given, **PAIR)
    made.version = 2
    office.session.flush()
    return Asked({"pair_id": made.id}, {"version": 2})


# Not in the position in which the county's own pair stands.
PAIR = {"unit": "422826-jyzx", "position": "dept_head", "a": HEAD, "b": CLERK}

ROWS: Mapping[str, Write] = {
    "identity.enter_absence": Write(
        CLERK,
        leaving(kind="study", note="", reason=WORDS),
        OWN | NO_VERSION | PAGE | FORM,
        again="same",
    ),
    "identity.change_absence": Write(
        CLERK, absent(to=soon(4)), PAGE | FORM, second=SECOND_REPAIRER
    ),
    "identity.end_absence": Write(CLERK, absent(), PAGE | FORM, second=SECOND_REPAIRER),
    "identity.write_mandate": Write(
        CLERK,
        leaving(deputy=HEAD, reason=WORDS),
        OWN | NO_VERSION | PAGE | FORM,
        again="same",
    ),
    "identity.change_mandate": Write(
        CLERK, mandated(to=soon(4)), PAGE | FORM, second=SECOND_REPAIRER
    ),
    "identity.end_mandate": Write(CLERK, mandated(), PAGE | FORM, second=SECOND_REPAIRER),
    "identity.revoke_mandate": Write(CLERK, mandated(), PAGE | FORM, second=SECOND_REPAIRER),
    "identity.enter_pair": Write(
        REPAIRER,
        plain(reason=WORDS, **PAIR),
        NO_VERSION | PAGE | FORM,
        second=SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
    ),
    "identity.end_pair": Write(
        REPAIRER, paired, PAGE | FORM, second=SECOND_REPAIRER, stranger=FAR_REPAIRER
    ),
    "api.create_absence": Write(
        CLERK,
        leaving(kind="study"),
        OWN | NO_VERSION | FORM,
        again="same",
    ),
    "api.change_absence": Write(
        CLERK, absent(to=soon(4)), FORM, second=SECOND_REPAIRER, again="same"
    ),
    "api.end_absence": Write(CLERK, absent(), FORM, second=SECOND_REPAIRER, again="same"),
    "api.create_mandate": Write(
        CLERK,
        leaving(deputy=HEAD),
        OWN | NO_VERSION | FORM,
        again="same",
    ),
    "api.change_mandate": Write(
        CLERK, mandated(to=soon(4)), FORM, second=SECOND_REPAIRER, again="same"
    ),
    "api.end_mandate": Write(CLERK, mandated(), FORM, second=SECOND_REPAIRER, again="same"),
    "api.revoke_mandate": Write(CLERK, mandated(), FORM, second=SECOND_REPAIRER, again="same"),
    "api.create_pair": Write(
        REPAIRER,
        plain(**PAIR),
        NO_VERSION | FORM,
        second=SECOND_REPAIRER,
        again="same",
        stranger=FAR_REPAIRER,
    ),
    "api.end_pair": Write(
        REPAIRER, paired, FORM, second=SECOND_REPAIRER, again="same", stranger=FAR_REPAIRER
    ),
}
