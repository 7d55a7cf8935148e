"""Who is 账户管理员 or 权限管理员: by position, with the account of that kind, if any."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.access.models import Account
from app.access.queries import ADMIN_POSITIONS
from app.access.types import AccountKind, AccountState
from app.core.actor import Actor
from app.holdings.queries.listing import grants_of
from app.holdings.queries.reach import among, units_within
from app.holdings.types import Administrator, Filters
from app.identity.models import Appointment, Person, Unit
from app.identity.queries import holds_at
from forms.normalise import person_name

MOST = 200  # a 州 of a dozen counties has some fifty


def list_administrators(
    session: Session, *, actor: Actor, now: datetime, filters: Filters
) -> list[Administrator]:
    """Those of the own scope that fit; none where something is asked that only accounts have."""
    if filters.subsystem or filters.post or filters.state not in (None, AccountState.ACTIVE):
        return []
    units = units_within(session, actor, filters.unit)
    found = administrators(session, now, units, name=person_name(filters.q))
    return [one for one in found if filters.kind in (None, one.kind)]


def administrators(
    session: Session,
    now: datetime,
    units: Collection[int],
    *,
    name: str = "",
    person_id: int | None = None,
) -> list[Administrator]:
    """Who holds such a position in one of these units now, unit by unit."""
    statement = (
        select(Person.id, Person.name, Appointment.position, Appointment.starts_at)
        .add_columns(Unit.code, Unit.name, Unit.division_id, Account.id)
        .join(Appointment, Appointment.person_id == Person.id)
        .join(Unit, Unit.id == Appointment.unit_id)
        .outerjoin(
            Account,
            and_(
                Account.person_ref == Person.id_index,
                Account.kind == Appointment.position,
                Account.state != AccountState.CLOSED,
            ),
        )
        .where(Appointment.position.in_(ADMIN_POSITIONS), holds_at(now))
        .where(among(Appointment.unit_id, units))
        .order_by(Unit.path, Appointment.position, Appointment.starts_at, Appointment.id)
        .limit(MOST)
    )
    if name:
        statement = statement.where(Person.name.icontains(name, autoescape=True))
    if person_id is not None:
        statement = statement.where(Person.id == person_id)
    rows = session.execute(statement).all()
    served = grants_of(session, [row[7] for row in rows if row[7] is not None])
    return [
        Administrator(
            person_id=row[0],
            name=row[1],
            kind=AccountKind(row[2]),
            since=row[3],
            unit_code=row[4],
            unit_name=row[5],
            division_id=row[6],
            account_id=row[7],
            subsystems=frozenset(one.subsystem for one in served.get(row[7], ())),
        )
        for row in rows
    ]
