"""Reviews of idle accounts, begun for all departments at once."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from app.access.models import Account
from app.access.types import AccountKind, AccountState, person_ref
from app.core.crypto import seal
from app.demo import people as invented
from app.identity.queries import unit_by_code
from app.processes.queries import list_published
from app.processes.service import publishing
from tests.rights.counties import XIANFENG
from tests.rights.writes.base import Asked, Case, Prepare, Write, because
from tests.rights.writes.people import OTHER_ADMIN
from tests.rights.writes.why import ALONE, FORM, PAGE, STATE
from tests.support.office import ROOT, Office

ADMIN = XIANFENG.username("account_admin")
PROCESS = "dormant-review"
OFFICE = "422826-jyzx"
LISTED = because("its one member is a list", Case.LIST)


def idle(sent: Callable[[], dict[str, Any]]) -> Prepare:
    """An account that nobody has used for long."""

    def make(office: Office) -> Asked:
        session = office.session
        if PROCESS not in {one.key for one in list_published(session)}:
            bundle = publishing.Bundle.read(ROOT, PROCESS)
            made = publishing.deploy(session, now=office.now, bundle=bundle)
            publishing.publish(session, now=office.now, key=PROCESS, number=made.number)
        row, long_ago = invented.row(4001, post=""), office.now - timedelta(days=400)
        session.add(
            Account(
                person_ref=person_ref(row["id_number"]),
                name=row["name"],
                id_number=seal(row["id_number"]),
                phone=seal(row["phone"]),
                unit_id=unit_by_code(session, OFFICE).id,
                kind=AccountKind.OPERATOR,
                state=AccountState.ACTIVE,
                ticket="QX-CZY-2025-00001",
                row_no=1,
                at=long_ago,
                opened_ticket="QX-CZY-2025-00001",
                opened_row=1,
                opened_source="QX-CZY-2025-00001/1#1",
                opened_at=long_ago,
            )
        )
        session.flush()
        return Asked({}, sent())

    return make


ROWS: Mapping[str, Write] = {
    "dormant.begin": Write(
        ADMIN, idle(lambda: {"unit": OFFICE}), ALONE | STATE | FORM | PAGE, second=OTHER_ADMIN
    ),
    "api.begin_idle_reviews": Write(
        ADMIN,
        idle(lambda: {"units": [OFFICE]}),
        ALONE | STATE | FORM | LISTED,
        second=OTHER_ADMIN,
        again="same",
    ),
}
