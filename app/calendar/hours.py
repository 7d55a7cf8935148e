"""When an office closes, for the day and for noon: the hours at which a deadline's last day ends;
and when it opens.

The region's file says it for all, and for a unit with all below it; the nearest is heard.
"""

from sqlalchemy.orm import Session

from app.calendar.periods import NOON, Hours
from app.identity.models import Unit
from app.identity.region import read_region


def hours_of(session: Session, unit_id: int | None) -> Hours:
    """Raises: NotFound before the first import of a region."""
    region = read_region(session)
    said = region.office_hours
    if region.unit_hours and unit_id is not None:
        path = session.get_one(Unit, unit_id).path
        codes = [code for code in path.split("/") if code in region.unit_hours]
        said = region.unit_hours[codes[-1]] if codes else said
    if not said:
        return Hours()
    first, last = said[0], said[-1]
    return Hours(
        first.opens, last.closes, min(NOON, last.closes) if first is last else first.closes
    )
