"""When the office closes: the hour at which a deadline's last day ends; and when it opens."""

from datetime import time

from sqlalchemy.orm import Session

from app.identity.region import read_region

MIDNIGHT = time(23, 59, 59)  # the last second of a day in a region that says nothing


def closing_time(session: Session) -> time:
    """In the office's zone. Raises: NotFound before the first import of a region."""
    hours = read_region(session).office_hours
    return hours[-1].closes if hours else MIDNIGHT


def opening_time(session: Session) -> time:
    """In the office's zone. Raises: NotFound before the first import of a region."""
    hours = read_region(session).office_hours
    return hours[0].opens if hours else time()
