"""长期未登录 in the browser: what lies idle in the own county, and reviews begun from there."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.access.models import Account
from app.access.types import AccountKind, AccountState, person_ref
from app.core.crypto import seal
from app.demo import people as invented
from app.identity.queries import unit_by_code
from app.processes.service import publishing
from app.tickets.models import Ticket
from tests.support.office import ROOT, Browser, Office

Enter = Callable[[str], Browser]
HERE, THERE = "422826-jyzx", "422827-rsj-jyg"


def idle(office: Office, unit: str, days: int) -> Account:
    """An operator's account that was opened so long ago and never used."""
    row = invented.row(next(office.seeds), post="")
    opened = office.now - timedelta(days=days)
    number = f"QX-CZY-2025-{next(office.seeds):05}"
    account = Account(
        person_ref=person_ref(row["id_number"]),
        name=row["name"],
        id_number=seal(row["id_number"]),
        phone=seal(row["phone"]),
        unit_id=unit_by_code(office.session, unit).id,
        kind=AccountKind.OPERATOR,
        state=AccountState.ACTIVE,
        ticket=number,
        row_no=1,
        at=opened,
        opened_ticket=number,
        opened_row=1,
        opened_source=f"{number}/1#1",
        opened_at=opened,
    )
    office.session.add(account)
    office.session.flush()
    return account


@pytest.fixture
def office(office: Office) -> Office:
    bundle = publishing.Bundle.read(ROOT, "dormant-review")
    made = publishing.deploy(office.session, now=office.now, bundle=bundle)
    publishing.publish(office.session, now=office.now, key=made.key, number=made.number)
    return office


def test_everybody_sees_the_own_county_alone(browser: Enter, office: Office) -> None:
    """By page, by unit, by count of departments and by name (R12, R14)."""
    near, far = idle(office, HERE, 200), idle(office, THERE, 300)
    office.session.commit()
    for who, seen, hidden in (("tanlihua", near, far), ("humin", near, None)):
        page = browser(who).get("/idle-accounts", days=100).text
        assert seen.name in page
        assert hidden is None or hidden.name not in page
        assert hidden is None or "来凤县人社局就业股" not in page
    asked = browser("tanlihua").get("/idle-accounts", days=100, unit=THERE).text
    assert far.name not in asked
    assert "没有这样的账户" in asked
    assert browser("yaohaiyang").get("/idle-accounts").status_code == 403
    assert 'href="/idle-accounts"' not in browser("yaohaiyang").get("/tasks").text
    assert 'href="/idle-accounts"' in browser("tanlihua").get("/tasks").text


@pytest.mark.parametrize("days", ["0", "x", "-1", "99999", "１"])
def test_days_that_are_none(browser: Enter, days: str) -> None:
    assert browser("tanlihua").get("/idle-accounts", days=days).status_code == 400


def test_reviews_are_begun_from_the_page(browser: Enter, office: Office) -> None:
    idle(office, HERE, 200)
    office.session.commit()
    desk = browser("tanlihua")
    page = desk.get("/idle-accounts")
    assert "发起核实（1 个部门）" in page.text
    done = desk.post("/idle-accounts/reviews", unit=HERE)
    assert done.status_code == 302
    ticket = office.session.scalars(select(Ticket).where(Ticket.process == "dormant-review")).one()
    after = desk.get("/idle-accounts").text
    assert ticket.number in after
    assert "核实中" in after
    assert "发起核实（" not in after
    again = desk.post("/idle-accounts/reviews", unit=HERE)
    assert again.status_code == 409
    assert "刚刚有人发起过" in again.text
    stranger = browser("ransiqi").post("/idle-accounts/reviews", unit=HERE)
    assert stranger.status_code == 409
    assert browser("humin").get("/idle-accounts").status_code == 200
    assert browser("humin").post("/idle-accounts/reviews", unit=HERE).status_code == 403
