"""The hours in which a unit may send, by its parameters: a form asks for a time in them, and the
engine sends in no others.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from app.core import clock
from app.rules.queries.parameters import parameter


@dataclass(frozen=True)
class Hours:
    """Of the office's clock, days off included; `ends` may be 24."""

    begins: int
    ends: int

    def hold(self, moment: datetime) -> bool:
        return self.begins <= clock.local(moment).hour < self.ends


def hours_of(session: Session, unit_id: int, day: date) -> Hours:
    begins, ends = (
        parameter(session, key, unit_id, day).value for key in ("send_from", "send_until")
    )
    return Hours(begins, ends)


def may_send(session: Session, unit_id: int, moment: datetime) -> bool:
    return hours_of(session, unit_id, clock.local(moment).date()).hold(moment)


def next_opening(session: Session, unit_id: int, moment: datetime) -> datetime:
    """The first moment at or after this one at which the unit's messages may go."""
    local = clock.local(moment)
    hours = hours_of(session, unit_id, local.date())
    if hours.hold(moment):
        return moment
    day = local.date() + timedelta(days=local.hour >= hours.ends)
    begins = hours_of(session, unit_id, day).begins
    return datetime.combine(day, time(begins), local.tzinfo)
