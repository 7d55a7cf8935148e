"""What hangs on a unit: in words for who would close it, in figures for who would merge it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from app.administration.types import Effect
from app.identity.cover_models import Mandate, Pair
from app.identity.models import Appointment, Login, Person, Unit
from app.identity.region import read_region
from app.identity.types import LoginState, keys_in
from app.processes.queries import list_published
from app.tasks.models import Task
from app.tasks.queries import is_waiting_for
from app.tickets.models import Ticket
from app.tickets.types import TicketState

GOING = (
    *(TicketState.DRAFT, TicketState.RUNNING, TicketState.RETURNED),
    *(TicketState.SUSPENDED, TicketState.WITHDRAWN),
)


def what_is_left(session: Session, unit: Unit, now: datetime) -> list[str]:
    """What still hangs on the unit, in words."""
    return [words for words in _left(session, unit, now) if words]


def _left(session: Session, unit: Unit, now: datetime) -> Iterator[str]:
    for count, words in (
        (select(Unit.id).where(Unit.parent_id == unit.id, Unit.closed_at.is_(None)), "个下属单位"),
        (
            select(Person.id)
            .join(Login, Login.person_id == Person.id)
            .where(Person.unit_id == unit.id, Login.state == LoginState.ACTIVE),
            "人的登录没有停用",
        ),
        (
            select(Appointment.id).where(
                Appointment.unit_id == unit.id,
                or_(Appointment.ends_at.is_(None), Appointment.ends_at > now),
            ),
            "个岗位还有人任职",
        ),
        (
            select(Ticket.number).where(Ticket.unit_id == unit.id, Ticket.state.in_(GOING)),
            "件没有办结",
        ),
    ):
        found = _count(session, count)
        yield f"有 {found} {words}" if found else ""


def _count(session: Session, rows: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(rows.subquery())) or 0


def weigh(session: Session, unit: Unit, now: datetime) -> Effect:
    """What hangs on the unit now. With another name it stays where it is, and is called so."""
    people = select(Person.id).where(Person.unit_id == unit.id)
    waiting = select(Task.id).where(is_waiting_for(keys_in(unit.code)))
    keys = select(func.unnest(Task.candidates).label("key")).where(
        is_waiting_for(keys_in(unit.code))
    )
    named = select(keys.subquery().c.key).distinct()
    drafts = Ticket.state == TicketState.DRAFT
    own = select(Ticket.id).where(Ticket.unit_id == unit.id, Ticket.state.in_(GOING))
    return Effect(
        people=_count(session, people),
        positions=_count(
            session,
            select(Appointment.id).where(
                Appointment.unit_id == unit.id,
                Appointment.ends_at.is_(None) | (Appointment.ends_at > now),
            ),
        ),
        tickets=_count(session, own.where(~drafts)),
        drafts=_count(session, own.where(drafts)),
        tasks=_count(session, waiting),
        keys=sum(key in set(keys_in(unit.code)) for key in session.scalars(named)),
        pairs=_count(
            session, select(Pair.id).where(Pair.unit_id == unit.id, Pair.ends_at.is_(None))
        ),
        mandates=_count(
            session,
            select(Mandate.id).where(
                or_(Mandate.person_id.in_(people), Mandate.deputy_id.in_(people)),
                Mandate.ends_at > now,
            ),
        ),
        functions=_functions(session, unit.code),
    )


def _functions(session: Session, code: str) -> int:
    """Entries of the region's map of counterparts, and processes whose diagrams name the unit."""
    pairs = read_region(session).counterparts.items()
    rule = f"@{code}".encode()
    drawn = sum(rule in version.model for version in list_published(session))
    return sum(code in pair for pair in pairs) + drawn
