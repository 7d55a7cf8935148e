"""Days of the office: read from an address, and turned into the moments between which rows lie."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement

from app.core import clock
from app.core.errors import Malformed

TYPED = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
LAST = date.max - timedelta(days=2)  # later ones have no next midnight


def parse_day(text: str) -> date | None:
    """Raises: Malformed."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Malformed("日期要写成 2026-11-21 的样子。") from error


def typed_day(text: str) -> date | None:
    """As people write one: 2026-1-5, 2026/01/05, 2026.1.5, 2026年1月5日. None: it is none."""
    found = TYPED.fullmatch(text.strip())
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def midnight(day: date) -> datetime:
    """The first moment of a day in the office's zone."""
    zone = clock.local(datetime.combine(day, time.min, UTC)).tzinfo
    return datetime.combine(day, time.min, zone)


def within(moment: Any, since: date | None, until: date | None) -> Iterator[ColumnElement[bool]]:
    """Conditions for a column; both days are included."""
    if since:
        yield moment >= midnight(min(since, LAST))
    if until:
        yield moment < midnight(min(until, LAST) + timedelta(days=1))
