"""Offices, readers and entries for tests of the books."""

from sqlalchemy.orm import Session

from app.core.actor import Actor, Held
from app.identity.models import Unit
from app.identity.types import UnitKind
from app.ledgers.types import ACCOUNTS, Entry
from app.processes.types import UnitRef
from tests.access.county import make_unit


def office(session: Session, division: Unit, code: str = "rsj") -> Unit:
    return make_unit(
        session, f"{division.code}-{code}", f"{division.name}{code}", UnitKind.BUREAU, division
    )


def ref(unit: Unit) -> UnitRef:
    return UnitRef(unit.id, unit.code, unit.name, unit.path, unit.division_id)


def actor_in(unit: Unit, *positions: str) -> Actor:
    where = (unit.id, unit.code, unit.path, unit.division_id)
    held = frozenset(Held(position, *where) for position in positions)
    return Actor(
        person_id=1,
        username="tanlihua",
        name="谭丽华",
        unit_id=unit.id,
        unit_code=unit.code,
        unit_name=unit.name,
        unit_path=unit.path,
        division_id=unit.division_id,
        positions=held,
    )


def entry(source: str, *, name: str = "姚海洋", ledger: str = ACCOUNTS.name) -> Entry:
    ticket, _, row = source.partition("#")
    return Entry(ledger, source, ticket, int(row or 1), {"name": name, "act": "创建"})
