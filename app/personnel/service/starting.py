"""In whose name a process begins that an event opens."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.access.models import Account
from app.core.actor import Actor
from app.identity.models import Unit
from app.identity.queries import actor_of, get_unit, holders, holders_same_level, unit_above
from app.identity.types import Position
from app.personnel.models import PersonEvent
from app.processes.service.starting import acting_in


def starter_for(
    session: Session, event: PersonEvent, account: Account, now: datetime
) -> Actor | None:
    """Whoever entered the event, if he may ask for accounts; else a contact of the person's unit,
    of one above it, or of the county. Of an investigation nobody else hears (R14).
    """
    enterer = actor_of(session, event.entered_by_id, now)
    unit = get_unit(session, account.unit_id)
    if event.is_secret:
        return enterer if enterer.division_id == unit.division_id else None
    if enterer.division_id == unit.division_id and enterer.holds(Position.CLERK):
        return enterer
    return _contact(session, unit, event.person_id, now)


def _contact(session: Session, unit: Unit, but: int | None, now: datetime) -> Actor | None:
    here: Unit | None = unit
    while here is not None and here.division_id == unit.division_id:
        for holder in holders(session, Position.CLERK, here, now):
            if holder.person_id != but:
                return acting_in(session, actor_of(session, holder.person_id, now), here.id)
        here = unit_above(session, here)
    for holder in holders_same_level(session, Position.CLERK, unit.division_id, now):
        if holder.person_id != but:
            return actor_of(session, holder.person_id, now)
    return None
