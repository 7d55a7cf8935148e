"""Units: one, the one above, what they were called, and those that an actor may see."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, or_, select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.paging import Page, page_by_key
from app.identity.models import Unit, UnitName
from app.identity.queries.conditions import in_subtree
from app.identity.region import read_region
from app.identity.types import NoSuchUnit, UnitKind

PREFECTURE = 2  # what level the 州 stands on


def prefecture_of(session: Session, unit: Unit) -> Unit | None:
    """The 州 above a unit, or that it belongs to; none for who stands outside of one."""
    here: Unit | None = unit
    while here is not None and not (here.kind is UnitKind.DIVISION and here.level == PREFECTURE):
        here = unit_above(session, here)
    return here


def unit_above(session: Session, unit: Unit) -> Unit | None:
    return None if unit.parent_id is None else session.get(Unit, unit.parent_id)


def units_above(session: Session, unit: Unit) -> Sequence[Unit]:
    """The unit and all above it; while the caller keeps them, `unit_above` asks nothing."""
    return session.scalars(
        select(Unit).where(literal(unit.path).startswith(Unit.path)).order_by(Unit.path)
    ).all()


def get_unit(session: Session, unit_id: int) -> Unit:
    """Raises: NoSuchUnit."""
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise NoSuchUnit
    return unit


def unit_by_code(session: Session, code: str) -> Unit:
    """Raises: NoSuchUnit."""
    unit = find_unit_by_code(session, code)
    if unit is None:
        raise NoSuchUnit
    return unit


def find_unit_by_code(session: Session, code: str) -> Unit | None:
    return session.scalars(select(Unit).where(Unit.code == code)).first()


def units_named(session: Session, words: str) -> list[int]:
    """The units that have this in their names, or had it once, or for a code."""
    former = select(UnitName.unit_id).where(UnitName.name.icontains(words, autoescape=True))
    named = Unit.name.icontains(words, autoescape=True) | (Unit.code == words)
    return list(session.scalars(select(Unit.id).where(named | Unit.id.in_(former))))


def living(session: Session, unit: Unit) -> Unit:
    """Where the work of a unit is done now: its own, or that of whichever took it over."""
    while unit.successor_id is not None:
        unit = session.get_one(Unit, unit.successor_id)
    return unit


def name_then(session: Session, unit: Unit, at: datetime | None) -> str:
    """What it was called at a moment; None is now. A unit that kept its name costs no statement."""
    if at is None or unit.named_since is None or at >= unit.named_since:
        return unit.name
    return session.scalar(_former(unit.id, at)) or unit.name


def called_at(at: Any, unit: Any = Unit) -> ColumnElement[str]:
    """`name_then` as a column, for queries that join `unit`."""
    former = _former(unit.id, at).correlate_except(UnitName).scalar_subquery()
    return case((unit.named_since > at, func.coalesce(former, unit.name)), else_=unit.name)


def former_names(session: Session, unit_id: int) -> Sequence[UnitName]:
    """The latest first."""
    return session.scalars(
        select(UnitName).where(UnitName.unit_id == unit_id).order_by(UnitName.until.desc())
    ).all()


def _former(unit_id: Any, at: Any) -> Select[str]:
    return (
        select(UnitName.name)
        .where(UnitName.unit_id == unit_id, UnitName.until > at)
        .order_by(UnitName.until)
        .limit(1)
    )


def scope_path(session: Session, actor: Actor) -> str:
    """The subtree an actor may see (R12): the 州 all, a 县市 its own, township and company own."""
    unit = get_unit(session, actor.unit_id)
    if unit.kind in (UnitKind.TOWNSHIP, UnitKind.COMPANY):
        return unit.path
    return get_unit(session, unit.division_id).path


def list_units(
    session: Session, *, actor: Actor, q: str = "", cursor: str | None = None, limit: int = 50
) -> Page[Unit]:
    """Units in the actor's scope, in the order of the tree; `q` is part of a name or a code."""
    within = in_subtree(scope_path(session, actor))
    statement = select(Unit).add_columns(Unit.path).where(within, Unit.closed_at.is_(None))
    if q:
        statement = statement.where(
            or_(Unit.name.contains(q, autoescape=True), Unit.code.startswith(q, autoescape=True))
        )
    page = page_by_key(
        session, statement, key=[Unit.path], cursor=cursor, limit=limit, descending=False
    )
    return page.map(lambda row: row[0])


def counterpart_of(session: Session, unit: Unit) -> Unit | None:
    """对口: the office of the 州 that answers for the business of this one, or of one above it.

    The region's file says so in `counterparts`, by codes of units.
    """
    known = read_region(session).counterparts
    here: Unit | None = unit
    while here is not None:
        if here.code in known:
            found = find_unit_by_code(session, known[here.code])
            return living(session, found) if found else None
        here = unit_above(session, here)
    return None
