"""Import of a region's file: the units into their table, the lists as they are. Safe to repeat."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.identity.models import Region, Unit
from app.identity.region import (
    LISTS,
    TEXTS,
    hours_of_units,
    parse_hours,
    signatures_of_units,
)
from app.identity.types import BadRegion, UnitKind


def import_region(session: Session, *, data: Mapping[str, Any], now: datetime) -> int:
    """Bring units and lists to what the file says; answers how many units it names.

    Units that the file no longer names stay: tickets and people hang on them.
    Raises: BadRegion.
    """
    missing = [key for key in ("region", "units", *TEXTS, *LISTS) if not data.get(key)]
    if missing:
        raise BadRegion(message=f"地区文件缺少：{'、'.join(missing)}。")
    parse_hours(data.get("office_hours") or ())
    unit_hours = hours_of_units(data.get("unit_hours") or {})
    signatures = signatures_of_units(data.get("signatures") or {})
    lists = {key: value for key, value in data.items() if key not in ("region", "units")}
    region = session.get(Region, data["region"])
    if region is None:
        session.add(Region(code=data["region"], data=lists, imported_at=now))
    elif region.data != lists:
        region.data, region.imported_at = lists, now
    known = {unit.code: unit for unit in session.scalars(select(Unit)).all()}
    count = sum(_import_unit(session, known, entry, None) for entry in data["units"])
    for key, named in (("unit_hours", unit_hours), ("signatures", signatures)):
        if strangers := sorted(named.keys() - known.keys()):
            told = f"地区文件的 {key} 里有不认识的单位代码：{'、'.join(strangers)}。"
            raise BadRegion(message=told)
    session.flush()  # so that a contradiction in the file is refused here
    session.info.pop("region", None)  # what this session has read before is old now
    return count


def _import_unit(
    session: Session, known: dict[str, Unit], entry: Mapping[str, Any], parent: Unit | None
) -> int:
    try:
        code, name, kind = str(entry["code"]), str(entry["name"]), UnitKind(entry["kind"])
        level = int(entry["level"]) if "level" in entry or parent is None else parent.level
    except (KeyError, ValueError) as error:
        raise BadRegion(message=f"地区文件中有一个单位写得不对：{error}。") from error
    unit = known.get(code)
    if unit is None:
        # The id is taken beforehand, because a 州 or 县市 is its own division.
        unit = Unit(id=session.scalar(select(func.nextval(_SEQUENCE))), code=code)
        known[code] = unit
        session.add(unit)
    if unit.rev in (None, 1):  # what an administrator keeps on the site is his
        unit.name = name
    unit.kind, unit.level = kind, level
    if unit.successor_id is None:  # a unit that was merged stands below the other
        unit.parent_id = parent.id if parent else None
        unit.path = f"{parent.path if parent else '/'}{code}/"
    if kind is UnitKind.DIVISION or parent is None:
        unit.division_id = unit.id
    else:
        unit.division_id = parent.division_id
    session.flush()  # parents before children, since the table refers to itself
    children: Sequence[Mapping[str, Any]] = entry.get("units", ())
    return 1 + sum(_import_unit(session, known, child, unit) for child in children)


_SEQUENCE = func.pg_get_serial_sequence("unit", "id")
