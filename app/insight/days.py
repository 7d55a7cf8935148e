"""The day it was in the office, in statements."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, cast, func, literal_column

from app.core import clock


def office_day(moment: Any) -> ColumnElement[date]:
    """Written out, so that what is grouped by it is the same text."""
    zone: ColumnElement[str] = literal_column(f"'{clock.zone_name()}'")
    return cast(func.timezone(zone, moment), Date)


def places(count: int) -> list[ColumnElement[Any]]:
    """The first columns of a statement, to group by."""
    return [literal_column(str(n)) for n in range(1, count + 1)]
