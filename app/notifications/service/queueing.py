"""What leaves the house for somebody who was told: by which line, and when at the earliest."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.calendar.queries import calendar_for, next_working_day
from app.core import clock
from app.identity.models import Person
from app.identity.region import read_region
from app.notifications import outside
from app.notifications.choosing import after_quiet, choice_of
from app.notifications.kinds import UNCHOSEN, Kind
from app.notifications.models import Delivery, Preference
from app.notifications.types import CHAT, MAIL, DeliveryState, Way
from app.tickets.models import Ticket

OPENS = time(8, 30)  # in a region that says nothing


def queue(
    session: Session,
    made: Sequence[tuple[int, int]],
    kind: Kind,
    chosen: Mapping[int, Preference],
    now: datetime,
    ticket: str | None = None,
) -> None:
    """`made`: notifications with their readers. Who has chosen nothing gets nothing.

    A chat is read by many: of a confidential ticket nothing is said there.
    """
    values = [
        value
        for number, person in made
        if person in chosen
        for value in _deliveries(session, number, chosen[person], kind, now)
        if not value["line"].startswith(f"{CHAT}:") or _is_open(session, ticket)
    ]
    if values:
        session.execute(insert(Delivery), values)


def _is_open(session: Session, ticket: str | None) -> bool:
    secret = select(Ticket.id).where(Ticket.number == ticket, Ticket.is_confidential)
    return ticket is None or session.scalar(secret) is None


def opens_at(session: Session) -> time:
    hours = read_region(session).office_hours
    return hours[0].opens if hours else OPENS


def digest_moment(session: Session, unit_id: int, now: datetime, at: time) -> datetime:
    """The next working day's hour; today's, as long as it has not come."""
    here = clock.local(now)
    today = here.date()
    is_worked = calendar_for(session, unit_id, today, today).is_working(today)
    if is_worked and here.time() < at:
        return datetime.combine(today, at, here.tzinfo)
    return datetime.combine(next_working_day(session, unit_id, today), at, here.tzinfo)


def _deliveries(
    session: Session, number: int, preference: Preference, kind: Kind, now: datetime
) -> Iterator[dict[str, Any]]:
    if kind.key in UNCHOSEN:
        return
    choice, ways = choice_of(preference, kind), outside.current()
    if ways.smtp and preference.confirmed_at and choice.mail is not Way.NEVER:
        yield _delivery(session, number, preference, MAIL, choice.mail, now)
    if ways.chats and preference.channel_id and choice.chat is not Way.NEVER:
        line = f"{CHAT}:{preference.channel_id}"
        yield _delivery(session, number, preference, line, choice.chat, now)


def _delivery(
    session: Session, number: int, preference: Preference, line: str, way: Way, now: datetime
) -> dict[str, Any]:
    at = now
    if way is Way.DIGEST:
        unit_id = session.scalars(
            select(Person.unit_id).where(Person.id == preference.person_id)
        ).one()
        at = digest_moment(session, unit_id, now, preference.digest_at or opens_at(session))
    return {
        "notification_id": number,
        "person_id": preference.person_id,
        "line": line,
        "is_digest": way is Way.DIGEST,
        "state": DeliveryState.WAITING,
        "due_at": after_quiet(at, preference.quiet_from, preference.quiet_until),
        "created_at": now,
    }
