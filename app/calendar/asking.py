"""A notice as the form sends it: every fault of what was typed at once."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from app.calendar.days import DayKind
from app.calendar.judging import faults_of, tidy
from app.calendar.reading import read_days
from app.calendar.types import BadNotice, Draft
from app.core.errors import Fault
from app.identity.layers import NATION
from app.identity.queries import find_unit_by_code

FIELDS = ("unit", "year", "number", "title", "text", "off", "work", "half", "replaces")
NO_UNIT = f"请从名单里选，或者填单位代码；国家的通知填“{NATION}”。"


def draft_of(session: Session, typed: Mapping[str, str]) -> Draft:
    """Raises: BadNotice."""
    faults: list[Fault] = []
    unit = None
    code = typed.get("unit", "").strip()
    if code != NATION:
        unit = find_unit_by_code(session, code)
        if unit is None:
            faults.append(Fault("unit", "unknown", NO_UNIT))
    year = _year(typed.get("year", ""))
    days = []
    for kind in DayKind:
        said, wrong = read_days(typed.get(kind.value, ""), year or 2000, kind)
        days += said
        faults += wrong if year else ()
    draft = Draft(
        unit.id if unit else None,
        year,
        typed.get("number", ""),
        typed.get("title", ""),
        tuple(days) if year else (),
        typed.get("text", ""),
        typed.get("replaces") == "1",
    )
    if faults or not year:
        named = {fault.path for fault in faults}
        more = [one for one in faults_of(tidy(draft)) if one.path not in named]
        raise BadNotice([*faults, *(one for one in more if year or one.path != "off")])
    return draft


def _year(text: str) -> int:
    """0 for what is none, which is out of the range of years."""
    plain = text.strip()
    return int(plain) if plain.isascii() and plain.isdecimal() and len(plain) == 4 else 0
