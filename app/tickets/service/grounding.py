"""依据: the versions of rule sets that a ticket begins under, which it keeps to its end."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.core import clock
from app.processes import engine
from app.processes.queries import unit_ref
from app.rules.queries import in_force
from app.tickets.models import Ticket


def pin_rules(session: Session, ticket: Ticket, loaded: engine.Loaded, now: datetime) -> None:
    """Once, when it begins; 补录 as on the day of its paper. No sets named: asks nothing."""
    keys = engine.split(loaded.definition.properties.get("rule_sets", ""))
    if not keys or ticket.rule_ids is not None:
        return
    place, day = unit_ref(session, ticket.unit_id).path, clock.local(ticket.paper_at or now).date()
    ticket.rule_ids = [version.id for version in in_force(session, keys, place, day)]
