"""When an office closes: the hour at which a deadline's last day ends; and when it opens.

The region's file says it for all, and for a unit with all below it; the nearest is heard.
"""

from datetime import time
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.identity.models import Unit
from app.identity.region import read_region

MIDNIGHT = time(23, 59, 59)  # the last second of a day in a region that says nothing


class Hours(NamedTuple):
    """In the office's zone."""

    opens: time = time()
    closes: time = MIDNIGHT


def hours_of(session: Session, unit_id: int | None) -> Hours:
    """Raises: NotFound before the first import of a region."""
    region = read_region(session)
    said = region.office_hours
    if region.unit_hours and unit_id is not None:
        path = session.get_one(Unit, unit_id).path
        codes = [code for code in path.split("/") if code in region.unit_hours]
        said = region.unit_hours[codes[-1]] if codes else said
    return Hours(said[0].opens, said[-1].closes) if said else Hours()
