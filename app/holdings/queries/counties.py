"""Units and counties: who administers them, and how much there is."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.access.types import AccountKind
from app.core.actor import Actor
from app.holdings import policy
from app.holdings.queries.admins import administrators
from app.holdings.queries.counting import counted
from app.holdings.queries.reach import among, units_within
from app.holdings.types import CATEGORY, Administrator, Counts, County, UnitView
from app.identity.models import Unit
from app.identity.queries import in_subtree
from app.identity.region import read_region
from app.identity.types import NoSuchUnit, UnitKind
from app.processes.models import ProcessVersion
from app.tickets.models import Ticket
from app.tickets.types import TicketState

UNDECIDED = (TicketState.RUNNING, TicketState.RETURNED, TicketState.SUSPENDED)


def list_counties(session: Session, *, actor: Actor, now: datetime) -> list[County]:
    """Every 州 and 县市 of the own scope, in the order of the tree: one of a county, its own."""
    units = _units(session, actor)
    divisions = [one for one in units if one.kind is UnitKind.DIVISION]
    ids = [one.id for one in units]
    admins = administrators(session, now, ids)
    counts = _summed(count_units(session, ids), {one.id: one.division_id for one in units})
    return [_county(session, one, admins, counts.get(one.id, Counts())) for one in divisions]


def look_at_unit(session: Session, *, actor: Actor, now: datetime, code: str) -> UnitView:
    """Raises: NoSuchUnit."""
    found = session.scalars(
        select(Unit).where(Unit.code == code, among(Unit.id, units_within(session, actor)))
    ).first()
    if found is None:
        raise NoSuchUnit
    units = session.scalars(select(Unit).where(in_subtree(found.path)).order_by(Unit.path)).all()
    counts = count_units(session, [one.id for one in units])
    division = session.get_one(Unit, found.division_id)
    admins = administrators(session, now, _of_division(session, division))
    whole = _total(counts.values())
    return UnitView(
        code=found.code,
        name=found.name,
        county=_county(session, division, admins, whole if found is division else Counts()),
        is_served_from_above=found is not division,
        counts=whole,
        below=tuple(
            (one.code, one.name, _under(one, units, counts))
            for one in units
            if one.parent_id == found.id and one.closed_at is None
        ),
    )


def count_units(session: Session, ids: Collection[int]) -> dict[int, Counts]:
    """Unit by unit, without those below."""
    processes = select(ProcessVersion.key).where(ProcessVersion.category == CATEGORY)
    requests = _by_unit(
        session,
        select(Ticket.unit_id, func.count())
        .where(among(Ticket.unit_id, ids), Ticket.state.in_(UNDECIDED))
        .where(Ticket.process.in_(processes), ~Ticket.is_confidential)
        .group_by(Ticket.unit_id),
    )
    accounts = counted(session, ids)
    return {unit: Counts(*accounts.get(unit, (0, 0, 0, 0)), requests.get(unit, 0)) for unit in ids}


def _units(session: Session, actor: Actor) -> Sequence[Unit]:
    within = among(Unit.id, units_within(session, actor))
    return session.scalars(select(Unit).where(within).order_by(Unit.path)).all()


def _of_division(session: Session, division: Unit) -> list[int]:
    return list(session.scalars(select(Unit.id).where(Unit.division_id == division.id)))


def _county(
    session: Session, division: Unit, admins: Iterable[Administrator], counts: Counts
) -> County:
    own = [one for one in admins if one.division_id == division.id]
    accounts = tuple(one for one in own if one.kind is AccountKind.ACCOUNT_ADMIN)
    permissions = tuple(one for one in own if one.kind is AccountKind.PERMISSION_ADMIN)
    labels = {one.value: one.label for one in read_region(session).entries("subsystems")}
    missing = [labels[one] for one in policy.unserved(permissions, labels)]
    return County(
        code=division.code,
        name=division.name,
        account_admins=accounts,
        permission_admins=permissions,
        pair=policy.pair_light(len({one.person_id for one in accounts})),
        permissions=policy.permissions_light(len(permissions), missing),
        unserved=tuple(missing),
        counts=counts,
    )


def _summed(counts: Mapping[int, Counts], above: Mapping[int, int]) -> dict[int, Counts]:
    found: dict[int, list[Counts]] = {}
    for unit, one in counts.items():
        found.setdefault(above[unit], []).append(one)
    return {unit: _total(several) for unit, several in found.items()}


def _total(several: Iterable[Counts]) -> Counts:
    every = list(several)
    return Counts(*(sum(getattr(one, name) for one in every) for name in vars(Counts())))


def _under(unit: Unit, units: Sequence[Unit], counts: Mapping[int, Counts]) -> Counts:
    return _total(counts[one.id] for one in units if one.path.startswith(unit.path))


def _by_unit(session: Session, statement: Select[int, int]) -> dict[int, int]:
    rows = session.execute(statement)
    return {row[0]: row[1] for row in rows}
