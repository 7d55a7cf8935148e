"""填报时限: until when a form is to be sent in, counted from a day that it asks for.

It is told while the form is a draft and shown on the ticket; who is late may still file, visibly.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.calendar.lights import Horizon, Light, Shown
from app.calendar.periods import Due, Period
from app.calendar.terms import Counter, settled, since_of
from app.processes import engine
from app.processes.queries import first_answers, first_submitted_at
from app.tickets.models import Ticket

WHAT = "填报"
FILED = {Light.BLUE: "按时填报", Light.RED: "逾期填报"}


def due_of(
    session: Session,
    loaded: engine.Loaded,
    answers: Mapping[str, Any],
    unit_id: int,
    now: datetime,
) -> Due | None:
    """On the calendar of the unit that files; None where nothing is asked, or no day was given."""
    rule = loaded.start.properties.get("deadline")
    deadline = engine.deadline(rule)
    if deadline is None or not deadline.field:
        return None
    since = since_of(deadline.field, answers, now)
    if since is now:
        return None
    text, _ = settled(session, rule or "", deadline.parameter, unit_id, now)
    counted = engine.deadline(text) or deadline
    return Counter(session).count(unit_id, Period(counted.count, counted.unit), since)


def shown(
    session: Session, loaded: engine.Loaded, ticket: Ticket, horizon: Horizon
) -> Shown | None:
    """As it stands of a draft; of what was sent, by what was sent first: mending is no filing."""
    if "deadline" not in loaded.start.properties:
        return None
    filed_at = first_submitted_at(session, ticket.instance_id)
    answers = first_answers(session, ticket.instance_id) if filed_at else (ticket.draft or {})
    due = due_of(session, loaded, answers, ticket.unit_id, horizon.now)
    if due is None:
        return None
    # What came in on paper while the system stood was filed then.
    closed_at = (ticket.paper_at or filed_at) if filed_at else None
    found = horizon.show(due.at, closed_at=closed_at, is_estimate=due.is_estimate)
    return replace(found, left=FILED[found.light]) if found and closed_at else found
