"""Ledgers, frozen months and the trail."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from app.identity.queries import unit_by_code
from app.ledgers import freezing
from app.ledgers.models import LedgerCounter
from app.ledgers.service import append_rows
from app.ledgers.types import Period
from app.processes.queries import unit_ref
from tests.ledgers.books import entry
from tests.rights.counties import XIANFENG
from tests.rights.writes.base import WORDS, Asked, Case, Write, because, plain
from tests.rights.writes.people import ADMIN, FAR_ADMIN, OTHER_ADMIN, PERMISSIONS
from tests.rights.writes.why import ALONE, EACH, FORM, NO_VERSION, PAGE
from tests.support.office import Office


def october_book(office: Office) -> Asked:
    """Two rows of a month that is over, in the county's book."""
    unit = unit_ref(office.session, unit_by_code(office.session, XIANFENG.holders_unit).id)
    day = datetime(2026, 10, 12, 2, 0, tzinfo=UTC)
    append_rows(office.session, now=day, unit=unit, entries=[entry("T1#1"), entry("T1#2")])
    seen = {"rows": 2, "last_serial": seen_last(office), "unit": XIANFENG.code}
    return Asked({"name": "accounts", "month": "2026-10"}, seen)


def seen_last(office: Office) -> int:
    return office.session.scalars(
        select(LedgerCounter.last).where(
            LedgerCounter.name == "accounts",
            LedgerCounter.unit_id == unit_by_code(office.session, XIANFENG.code).id,
        )
    ).one()


def proposed(office: Office) -> Asked:
    asked = october_book(office)
    _by(office, PERMISSIONS, freezing.propose, asked)
    return asked


def frozen(office: Office) -> Asked:
    asked = proposed(office)
    _by(office, OTHER_ADMIN, freezing.confirm, asked)
    return Asked(asked.values, {"unit": XIANFENG.code})


def _by(office: Office, who: str, act: Callable[..., Any], asked: Asked) -> None:
    act(
        office.session,
        actor=office.actor(who),
        now=office.tick(),
        name=asked.values["name"],
        period=Period.parse(asked.values["month"]),
        seen=freezing.Seen(asked.sent["rows"], asked.sent["last_serial"]),
        unit=asked.sent["unit"],
    )


ROWS: Mapping[str, Write] = {
    "audit.verify": Write(
        XIANFENG.username("auditor"),
        plain(reason=WORDS),
        ALONE
        | NO_VERSION
        | PAGE
        | FORM
        | EACH
        | because("reads only; every reading is on record", Case.SECOND),
    ),
    "ledgers.export": Write(
        ADMIN,
        lambda _office: Asked({"name": "accounts"}, {"q": WORDS, "from": "2026-11-01"}),
        ALONE
        | NO_VERSION
        | PAGE
        | EACH
        | because("everybody has rows of their own", Case.SECOND)
        | because("no answers of a form in it", Case.READ_ONLY, Case.ROWS),
        answers=None,
    ),
    "ledgers.freeze": Write(
        ADMIN,
        october_book,
        PAGE | FORM,
        second=OTHER_ADMIN,
        stranger=FAR_ADMIN,
        seen="rows",
    ),
    "ledgers.confirm": Write(
        ADMIN,
        proposed,
        PAGE | FORM,
        second=OTHER_ADMIN,
        stranger=FAR_ADMIN,
        seen="rows",
    ),
    "ledgers.take_month": Write(
        ADMIN,
        frozen,
        PAGE | EACH | NO_VERSION | FORM | because("everybody takes a copy of his own", Case.SECOND),
        stranger=FAR_ADMIN,
    ),
    "api.freeze_month": Write(
        ADMIN,
        october_book,
        FORM,
        second=OTHER_ADMIN,
        again="same",
        stranger=FAR_ADMIN,
        seen="rows",
    ),
    "api.confirm_month": Write(
        ADMIN,
        proposed,
        FORM,
        second=OTHER_ADMIN,
        again="same",
        stranger=FAR_ADMIN,
        seen="rows",
    ),
}
