"""Where a unit may send to: its own 区市, a 市 all of its own (R13)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.identity.models import Unit
from app.identity.queries import get_unit
from app.identity.types import UnitKind
from app.messaging.audience.types import Areas

ENDINGS = ("市", "区", "县")
SHORTEST = 2


def areas_of(session: Session, unit: Unit) -> Areas:
    """Every division of the region by its names; a foreign one is known, so that it is told."""
    divisions = session.scalars(
        select(Unit)
        .where(Unit.kind == UnitKind.DIVISION, Unit.closed_at.is_(None))
        .order_by(Unit.path)
    ).all()
    here = get_unit(session, unit.division_id).path
    known: dict[str, str] = {}
    for one in divisions:
        for name in _names(one):
            known.setdefault(name, one.code)
    return Areas(known, frozenset(one.code for one in divisions if one.path.startswith(here)))


def names_of(session: Session) -> dict[str, str]:
    """What a division is called, by its code, closed ones too: lists outlive them."""
    rows = session.execute(select(Unit.code, Unit.name).where(Unit.kind == UnitKind.DIVISION))
    return {row.code: row.name for row in rows}


def _names(unit: Unit) -> list[str]:
    name = unit.name
    short = name[:-1] if name.endswith(ENDINGS) and len(name) > SHORTEST else name
    return [name, short, unit.code]
