"""Reads for the rules of administrators: who works where, is in another form, has handed over."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, aliased

from app.access.administrators.types import (
    ROLES,
    AdminRow,
    Facts,
    Home,
    Level,
    Place,
    Worker,
)
from app.access.models import Account
from app.access.queries import known_people
from app.access.types import AccountKind, AccountState
from app.identity.models import Appointment, Person, Unit
from app.identity.queries import holds_at, prefecture_of
from app.identity.types import Position
from app.processes.models import Instance, ProcessVersion
from app.processes.types import UnitRef
from app.tickets.models import Ticket, TicketPerson
from app.tickets.types import TicketState

FORMS = ("admin-account", "operator-account", "region-bootstrap")
HANDOVER = "admin-handover"
UNDERWAY = (TicketState.RUNNING, TicketState.SUSPENDED)
DONE = (TicketState.CLOSED, TicketState.ARCHIVED)


def facts_of(
    session: Session,
    *,
    now: datetime,
    unit: UnitRef,
    rows: Sequence[AdminRow],
    ticket: str | None,
) -> Facts:
    """All that the rules need, in a fixed number of statements whatever the number of rows."""
    refs = {row.person_ref for row in rows}
    place = place_of(session, unit)
    return Facts(
        place=place,
        people=known_people(session, now, refs),
        workers=workers_of(session, now, refs),
        pending=pending_of(session, refs, ticket),
        handed_over=handed_over(session, refs),
        admins=account_admins(session, now, place.division_id),
    )


def place_of(session: Session, unit: UnitRef) -> Place:
    own = session.get_one(Unit, unit.id)
    division = session.get_one(Unit, unit.division_id)
    return Place(own.id, own.kind, division.id, division.name)


def level_of(session: Session, unit: UnitRef) -> Level:
    above = prefecture_of(session, session.get_one(Unit, unit.id))
    is_own = above is None or above.id == unit.division_id
    return Level.PREFECTURE if is_own else Level.COUNTY


def workers_of(session: Session, now: datetime, refs: Collection[bytes]) -> dict[bytes, Worker]:
    rows = session.execute(
        select(Person, Unit, Appointment.position)
        .join(Unit, Unit.id == Person.unit_id)
        .outerjoin(Appointment, (Appointment.person_id == Person.id) & holds_at(now))
        .where(Person.id_index.in_(refs))
    ).all()
    held: dict[bytes, set[Position]] = defaultdict(set)
    found: dict[bytes, tuple[Person, Unit]] = {}
    for person, unit, position in rows:
        ref = person.id_index or b""
        found[ref] = person, unit
        if position is not None:
            held[ref].add(position)
    return {
        ref: Worker(
            person.id, unit.id, unit.name, unit.kind, unit.division_id, frozenset(held[ref])
        )
        for ref, (person, unit) in found.items()
    }


def pending_of(session: Session, refs: Collection[bytes], ticket: str | None) -> dict[bytes, str]:
    """Another form underway that names one of these: of two at once the earlier goes first.

    Not yet sent, or sent back, a form waits for all that are underway.
    """
    own = session.scalars(select(Ticket).where(Ticket.number == ticket)).first() if ticket else None
    statement = (
        select(TicketPerson.blind_index, Ticket.number)
        .join(Ticket, Ticket.id == TicketPerson.ticket_id)
        .join(Instance, Instance.id == Ticket.instance_id)
        .join(ProcessVersion, ProcessVersion.id == Instance.version_id)
        .where(
            TicketPerson.blind_index.in_(refs),
            Ticket.state.in_(UNDERWAY),
            ProcessVersion.key.in_(FORMS),
        )
        .order_by(Ticket.id.desc())
    )
    if own is not None:
        statement = statement.where(Ticket.id != own.id)
        if own.state in UNDERWAY:
            earlier = Ticket.submitted_at < own.submitted_at
            same = (Ticket.submitted_at == own.submitted_at) & (Ticket.id < own.id)
            statement = statement.where(or_(earlier, same))
    return {ref: number for ref, number in session.execute(statement) if ref is not None}


def handed_over(session: Session, refs: Collection[bytes]) -> frozenset[bytes]:
    """Whose handover is closed, since the account that he leaves was opened."""
    finished = exists().where(
        Ticket.requester_id == Person.id,
        Ticket.state.in_(DONE),
        Ticket.closed_at >= Account.opened_at,
        Instance.id == Ticket.instance_id,
        ProcessVersion.id == Instance.version_id,
        ProcessVersion.key == HANDOVER,
    )
    found = session.scalars(
        select(Account.person_ref)
        .join(Person, Person.id_index == Account.person_ref)
        .where(Account.person_ref.in_(refs), finished)
    )
    return frozenset(found)


def homes_of(session: Session, codes: Collection[str]) -> dict[str, Home]:
    """The units that a bootstrap names, and which roles their levels have begun with."""
    division = aliased(Unit)
    units = session.execute(
        select(Unit, division.name)
        .join(division, division.id == Unit.division_id)
        .where(Unit.code.in_(codes), Unit.closed_at.is_(None))
    ).all()
    home = aliased(Unit)
    begun: dict[int, set[AccountKind]] = defaultdict(set)
    for division_id, kind in session.execute(
        select(home.division_id, Account.kind)
        .join(home, home.id == Account.unit_id)
        .where(
            home.division_id.in_({unit.division_id for unit, _ in units}),
            Account.kind.in_(ROLES),
            Account.state != AccountState.CLOSED,
        )
        .distinct()
    ):
        begun[division_id].add(kind)
    return {
        unit.code: Home(
            unit.id, unit.kind, unit.division_id, name, frozenset(begun[unit.division_id])
        )
        for unit, name in units
    }


def lock_levels(session: Session, codes: Collection[str]) -> None:
    """Two bootstraps of one level follow each other, so that the second sees what the first began.

    Whatever else names these units goes on.
    """
    levels = select(Unit.division_id).where(Unit.code.in_(codes))
    locked = select(Unit.id).where(Unit.id.in_(levels)).order_by(Unit.id)
    session.execute(locked.with_for_update(key_share=True))


def account_admins(session: Session, now: datetime, division_id: int) -> frozenset[bytes]:
    """Who has such an account in the 州 or 县市 itself, or holds the position here."""
    home = aliased(Unit)
    accounts = (
        select(Account.person_ref)
        .join(home, home.id == Account.unit_id)
        .where(
            home.division_id == division_id,
            Account.kind == AccountKind.ACCOUNT_ADMIN,
            Account.state == AccountState.ACTIVE,
        )
    )
    held = (
        select(Person.id_index)
        .join(Appointment, Appointment.person_id == Person.id)
        .join(home, home.id == Appointment.unit_id)
        .where(
            home.division_id == division_id,
            Appointment.position == Position.ACCOUNT_ADMIN,
            holds_at(now),
            Person.id_index.is_not(None),
        )
    )
    return frozenset(one for one in session.scalars(accounts.union(held)) if one is not None)
