"""Units: added below another, renamed, closed when nothing is left in them, opened again."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.administration import policy, queries
from app.administration.remains import what_is_left
from app.administration.types import (
    CodeTaken,
    MayNotClose,
    Refused,
    UnitClosed,
    UnitNotEmpty,
)
from app.audit import service as audit
from app.core.actor import Actor
from app.core.errors import Forbidden
from app.identity.models import Unit
from app.identity.queries import find_unit_by_code
from app.identity.types import UnitKind

MERGED = "这个单位已经并入别的单位，人和事都在那里，不能再启用。要恢复，请增设一个单位。"


def add_unit(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    unit_id: int,
    seen: int,
    code: str,
    name: str,
    kind: UnitKind,
) -> Unit:
    """Below `unit_id`, in its 州 or 县市. Raises: NotFound, StaleUnit, UnitClosed, CodeTaken."""
    above = access_to_keep(session, unit_id, actor, seen)
    if above.closed_at is not None:
        raise UnitClosed
    if kind is UnitKind.DIVISION:
        raise Refused(("kind", "不能选行政区划：那是地区文件里的。"))
    if find_unit_by_code(session, code) is not None:
        raise CodeTaken
    unit = Unit(
        code=code,
        name=name,
        kind=kind,
        level=above.level,
        parent_id=above.id,
        division_id=above.division_id,
        path=f"{above.path}{code}/",
    )
    session.add(unit)
    session.flush()  # the event names it
    _record(session, actor, now, "unit.created", unit, {"unit": above.code, "to": name})
    return unit


def rename_unit(
    session: Session, *, actor: Actor, now: datetime, unit_id: int, seen: int, name: str
) -> Unit:
    """A name that was written wrong, also for what was asked for under it; forms that are printed
    already keep it. Another name from a day on is a reorganisation.

    Raises: NotFound, StaleUnit, Refused.
    """
    unit = access_to_keep(session, unit_id, actor, seen)
    if name == unit.name:
        raise Refused(("unit_name", "和原来一样，没有要改的。"))
    _record(session, actor, now, "unit.renamed", unit, {"from": unit.name, "to": name})
    unit.name = name
    return unit


def close_unit(session: Session, *, actor: Actor, now: datetime, unit_id: int, seen: int) -> Unit:
    """Nobody can be registered or appointed there any more; what it did stays.

    Raises: NotFound, StaleUnit, MayNotClose, UnitNotEmpty.
    """
    unit = access_to_keep(session, unit_id, actor, seen)
    if unit.closed_at is not None:
        raise UnitClosed
    if unit.kind is UnitKind.DIVISION or unit.id == actor.unit_id:
        raise MayNotClose
    left = what_is_left(session, unit, now)
    if left:
        raise UnitNotEmpty(f"还不能关闭{unit.name}：{'；'.join(left)}。请先办完、调走或者停用。")
    unit.closed_at = now
    _record(session, actor, now, "unit.closed", unit, {})
    return unit


def reopen_unit(session: Session, *, actor: Actor, now: datetime, unit_id: int, seen: int) -> Unit:
    """Raises: NotFound, StaleUnit, UnitClosed where the one above is closed."""
    unit = access_to_keep(session, unit_id, actor, seen)
    if unit.successor_id is not None:
        raise MayNotClose(MERGED)
    above = session.get(Unit, unit.parent_id) if unit.parent_id else None
    if above is not None and above.closed_at is not None:
        raise UnitClosed(f"{above.name}已经关闭，请先启用它。")
    unit.closed_at = None
    _record(session, actor, now, "unit.reopened", unit, {})
    return unit


def access_to_keep(session: Session, unit_id: int, actor: Actor, seen: int) -> Unit:
    """The unit, locked, as the page has seen it. Raises: NotFound, Forbidden, StaleUnit."""
    if not policy.can_administer(actor):
        raise Forbidden
    unit = queries.access_unit(session, unit_id, actor, seen=seen)
    unit.rev += 1
    return unit


def _record(
    session: Session, actor: Actor, now: datetime, kind: str, unit: Unit, data: dict[str, str]
) -> None:
    audit.record(session, now=now, actor=actor, kind=kind, object=f"unit:{unit.code}", data=data)
