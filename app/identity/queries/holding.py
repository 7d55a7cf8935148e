"""Who holds a position and can sign in."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Text, and_, bindparam, cast, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from app.core.statements import Prepared
from app.core.writing import settle
from app.identity.cover_models import Absence, Mandate
from app.identity.models import Appointment, Login, Person, Unit
from app.identity.queries.conditions import holds_at, opens_at
from app.identity.queries.cover import away_at, mandated_at
from app.identity.queries.people import people_refs, ref_of
from app.identity.types import Holder, Position, UnitKind

HeldUnit = aliased(Unit)


def holders(
    session: Session, position: Position | str, unit: Unit | int, now: datetime
) -> list[Holder]:
    """Who holds `position` in exactly this unit and can sign in."""
    unit_id = unit if isinstance(unit, int) else unit.id
    given = {"now": now, "position": position, "unit_id": unit_id}
    return _holders(session, _HOLDERS_IN_UNIT, given)


def holders_same_level(
    session: Session, position: Position | str, division_id: int, now: datetime
) -> list[Holder]:
    """Who holds `position` in the 州 or 县市 itself and its offices, never below it.

    Townships have no administrators of their own (E23A §7): their division is the county, so
    the county's are found for them.
    """
    given = {"now": now, "position": position, "division_id": division_id}
    return _holders(session, _HOLDERS_AT_LEVEL, given)


def holders_of(
    session: Session, positions: Sequence[str], unit_id: int, now: datetime
) -> list[Holder]:
    """As `holders`, of several positions at once."""
    given = {"now": now, "positions": positions, "unit_id": unit_id}
    return _holders(session, _HOLDERS_OF_SEVERAL_IN_UNIT, given)


def holders_of_level(
    session: Session, positions: Sequence[str], division_id: int, now: datetime
) -> list[Holder]:
    """As `holders_same_level`, of several positions at once."""
    given = {"now": now, "positions": positions, "division_id": division_id}
    return _holders(session, _HOLDERS_OF_SEVERAL_AT_LEVEL, given)


def _holders(session: Session, statement: Prepared, given: dict[str, Any]) -> list[Holder]:
    settle(session, Absence, Appointment, Login, Mandate, Person, Unit)
    rows = statement.rows(session.connection(), given)
    return [Holder(ref_of(row), str(row[6]), row[7], row[8], row[9]) for row in rows]


# Every request and every offer asks these, and putting such a statement together costs more than
# running it: they are made once, with names where values go.
_NOW = bindparam("now", type_=DateTime(timezone=True))
_HOLDERS = (
    people_refs()
    .add_columns(
        Appointment.position,
        HeldUnit.id,
        HeldUnit.code,
        or_(away_at(Person.id, _NOW), mandated_at(Person.id, _NOW)),
    )
    .join(Appointment, Appointment.person_id == Person.id)
    .join(HeldUnit, HeldUnit.id == Appointment.unit_id)
    .where(holds_at(_NOW), opens_at(_NOW))
    .order_by(Appointment.starts_at, Appointment.id)
)
_THIS = Appointment.position == bindparam("position")
_SEVERAL = cast(Appointment.position, Text) == func.any(bindparam("positions", type_=ARRAY(Text)))
_IN_UNIT = Appointment.unit_id == bindparam("unit_id")
_AT_LEVEL = and_(
    HeldUnit.division_id == bindparam("division_id"), HeldUnit.kind != UnitKind.TOWNSHIP
)
_HOLDERS_IN_UNIT = Prepared(_HOLDERS.where(_THIS, _IN_UNIT))
_HOLDERS_AT_LEVEL = Prepared(_HOLDERS.where(_THIS, _AT_LEVEL))
_HOLDERS_OF_SEVERAL_IN_UNIT = Prepared(_HOLDERS.where(_SEVERAL, _IN_UNIT))
_HOLDERS_OF_SEVERAL_AT_LEVEL = Prepared(_HOLDERS.where(_SEVERAL, _AT_LEVEL))


def keys_held(
    session: Session, people: Collection[int], positions: Collection[str], now: datetime
) -> dict[int, tuple[str, ...]]:
    """By which of these positions each of these may be asked now; who holds none is left out."""
    rows = session.execute(
        select(Appointment.person_id, Appointment.position, Unit.code)
        .join(Unit, Unit.id == Appointment.unit_id)
        .where(Appointment.person_id.in_(people), Appointment.position.in_(positions))
        .where(holds_at(now))
        .order_by(Appointment.position, Unit.code)
    )
    found: dict[int, tuple[str, ...]] = {}
    for person, position, unit in rows:
        found[person] = (*found.get(person, ()), f"{position}:{unit}")
    return found
