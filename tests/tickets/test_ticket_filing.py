"""填报时限: shown on the draft and on the ticket, counted from the day of the event (E23A §11)."""

from datetime import timedelta

import pytest

from app.calendar.lights import Horizon, Light
from app.tickets import service as tickets
from app.tickets.dues import dues
from app.tickets.models import Ticket
from tests.support.dated import CLERK, KEY, begun, day, on, publish
from tests.support.office import Office


def told(office: Office, ticket: Ticket) -> tuple[str, Light, str] | None:
    horizon = Horizon(office.session, ticket.unit_id, office.now)
    found = [one for one in dues(office.session, ticket, (), horizon) if one.what == "填报"]
    return (day(found[0].shown.at), found[0].shown.light, found[0].shown.left) if found else None


def draft(office: Office, on_day: str, **answers: str) -> Ticket:
    on(office, on_day)
    return tickets.create_draft(
        office.session,
        actor=office.actor(CLERK),
        now=office.tick(),
        process=KEY,
        answers={"note": "一", **answers},
    )


@pytest.mark.parametrize(
    ("event", "last"),
    [
        ("2026-09-18", "2026-09-24 17:30"),
        ("2026-09-24", "2026-10-09 17:30"),  # S1: over Mid-Autumn and National Day
        ("2026-12-28", "2027-01-04 17:30"),
    ],
)
def test_worked_examples(office: Office, event: str, last: str) -> None:
    publish(office, filing="5wd from field:event_date")
    found = told(office, draft(office, event, event_date=event))
    assert found is not None
    assert found[0] == last


def test_in_time_and_late(office: Office) -> None:
    """Late filing goes through, and it is seen."""
    publish(office, filing="5wd from field:event_date")
    ticket = begun(office, "2026-09-28", event_date="2026-09-24")
    assert told(office, ticket) == ("2026-10-09 17:30", Light.BLUE, "按时填报")
    late = begun(office, "2026-10-12", event_date="2026-09-24")
    assert told(office, late) == ("2026-10-09 17:30", Light.RED, "逾期填报")
    assert late.state == "running"


def test_a_draft_turns_yellow_and_red(office: Office) -> None:
    publish(office, filing="5wd from field:event_date")
    ticket = draft(office, "2026-09-24", event_date="2026-09-24")
    seen = []
    for step in ("2026-09-24", "2026-10-08", "2026-10-10"):
        on(office, step)
        seen.append((told(office, ticket) or ("", None, ""))[1])
    assert seen == [Light.GREEN, Light.YELLOW, Light.RED]


def test_nothing_is_told_without_the_day_or_the_rule(office: Office) -> None:
    publish(office, filing="5wd from field:event_date")
    assert told(office, draft(office, "2026-09-24")) is None
    publish(office)
    assert told(office, begun(office, "2026-09-24", event_date="2026-09-24")) is None


def test_mending_is_no_filing(office: Office) -> None:
    publish(office, filing="5wd from field:event_date")
    ticket = begun(office, "2026-10-09", event_date="2026-09-24")
    office.send_back(ticket)
    office.now += timedelta(days=30)
    office.submit(ticket, {"note": "二", "event_date": "2026-09-24"})
    assert told(office, ticket) == ("2026-10-09 17:30", Light.BLUE, "按时填报")
