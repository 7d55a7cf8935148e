"""S51: refused access is an event, in the unit chain of whom it refused; a flood is few events."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit import service
from app.audit.models import Event, RefusalCount
from app.audit.queries import first_break
from app.core.db import transaction
from tests.support.office import NOW, Browser, Office, race

ROUTE = "GET /tickets/<number>"
Enter = Callable[[str], Browser]


def refusals(session: Session) -> list[Event]:
    session.expire_all()
    statement = select(Event).where(Event.kind == "access.refused").order_by(Event.id)
    return list(session.scalars(statement))


def refuse(session: Session, office: Office, times: int = 1, after: float = 0.0) -> None:
    for _ in range(times):
        service.refuse(
            session,
            actor=office.actor("yaohaiyang"),
            now=NOW + timedelta(seconds=after),
            route=ROUTE,
            code="not_found",
            asked={"number": "QX-CZY-2026-00001"},
        )


def test_another_countys_ticket_and_a_missing_one_are_told_alike(
    browser: Enter, office: Office, session: Session
) -> None:
    """Whether it exists shows neither in the answer nor in the trail."""
    ticket = office.start()
    session.commit()
    stranger = browser("qutianyu")
    for number in (ticket.number, "QX-CZY-2026-99999"):
        assert stranger.get(f"/tickets/{number}").status_code == 404
    (event,) = refusals(session)  # the same address within a minute
    assert event.chain == f"unit:{office.actor('qutianyu').unit_code}"
    assert (event.object, event.result) == (f"ticket:{ticket.number}", "refused")
    assert event.data == {"route": ROUTE, "code": "ticket_not_found", "count": 1}
    assert first_break(session, event.chain) is None


def test_an_act_that_is_not_ones_own_is_on_record(
    browser: Enter, office: Office, session: Session
) -> None:
    """The act is rolled back, its refusal stays."""
    ticket = office.start()
    session.commit()
    assert browser("qinyongan").post(f"/tickets/{ticket.number}/withdraw").status_code == 403
    (event,) = refusals(session)
    assert event.data["code"] == "not_yours"
    assert event.data["route"] == "POST /tickets/<number>/withdraw"


def test_a_position_that_is_missing_is_on_record(browser: Enter, session: Session) -> None:
    assert browser("yaohaiyang").get("/audit").status_code == 403
    (event,) = refusals(session)
    assert (event.object, event.data["code"]) == ("address", "position")


def test_what_is_typed_into_an_address_is_not_written_down(
    browser: Enter, session: Session
) -> None:
    """It may be an ID number."""
    assert browser("yaohaiyang").get("/tickets/422899199001017774").status_code == 404
    (event,) = refusals(session)
    assert "4228991990" not in f"{event.object}{event.data}"


def test_who_is_not_signed_in_fills_no_trail(browser: Enter, session: Session) -> None:
    """Nobody to name, and nothing to bound it by."""
    before = session.scalar(select(func.count()).select_from(RefusalCount))
    anonymous = browser("yaohaiyang")
    anonymous.client.delete_cookie("session")
    assert anonymous.get("/tickets/QX-CZY-2026-00001").status_code == 302
    assert refusals(session) == []
    assert session.scalar(select(func.count()).select_from(RefusalCount)) == before


def test_a_flood_is_a_few_events(session: Session, office: Office) -> None:
    """1st, 10th, 100th in a minute, counted; the next minute begins anew."""
    refuse(session, office, 250)
    refuse(session, office, 1, after=61)
    assert [event.data["count"] for event in refusals(session)] == [1, 10, 100, 1]


def test_a_clock_put_back_does_not_silence_it(session: Session, office: Office) -> None:
    refuse(session, office, 2)
    refuse(session, office, 1, after=-3600)
    assert [event.data["count"] for event in refusals(session)] == [1, 1]


@pytest.mark.committed
def test_two_at_once_are_two(session: Session, office: Office) -> None:
    actor = office.actor("yaohaiyang")
    session.rollback()

    def act(own: Session) -> None:
        service.refuse(own, actor=actor, now=NOW, route=ROUTE, code="not_found", asked={})

    assert race(*[act] * 6) == [None] * 6
    assert [event.data["count"] for event in refusals(session)] == [1]
    with transaction() as own:
        assert own.scalars(select(RefusalCount.count)).all() == [6]
