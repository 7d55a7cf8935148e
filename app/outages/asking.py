"""An outage and a paper as a page sends them."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.core import clock
from app.core.clock import utcnow
from app.core.errors import Fault
from app.identity.queries import find_unit_by_code
from app.outages.judging import faults_of
from app.outages.types import BadOutage, BadPaper, Draft, Paper

FIELDS = ("unit", "from", "to", "last", "reason")
FIRST_YEAR, LAST_YEAR = 2000, 2100


def local_moment(text: str) -> datetime | None:
    """Of the office, as a field for date and time sends it; None for what is none."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if found.tzinfo is not None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        return None
    return found.replace(tzinfo=clock.local(utcnow()).tzinfo)


def draft_of(session: Session, typed: Mapping[str, str], now: datetime) -> Draft:
    """Raises: BadOutage."""
    faults = []
    unit = find_unit_by_code(session, typed.get("unit", "").strip())
    if unit is None:
        faults.append(Fault("unit", "unknown", "请从名单里选单位，或者填单位代码。"))
    since, until = local_moment(typed.get("from", "")), local_moment(typed.get("to", ""))
    for name, at, told in (("from", since, "停机的时间"), ("to", until, "恢复的时间")):
        if at is None:
            faults.append(Fault(name, "required", f"请填{told}，日期和几点几分都要。"))
    last = None
    if text := typed.get("last", "").strip():
        try:
            last = date.fromisoformat(text)
        except ValueError:
            faults.append(Fault("last", "day", "日期要写成 2026-11-21 的样子。"))
    draft = Draft(unit.id if unit else 0, since or now, until or now, typed.get("reason", ""), last)
    if faults:
        named = {one.path for one in faults}
        more = (one for one in faults_of(draft, now) if one.path not in named)
        raise BadOutage([*faults, *(one for one in more if (since and until) or one.path != "to")])
    return draft


def paper_of(typed: Mapping[str, str]) -> Paper | None:
    """None where its switch is off. Raises: BadPaper."""
    if typed.get("paper") != "1":
        return None
    at = local_moment(typed.get("paper-at", ""))
    outage = typed.get("paper-outage", "")
    if at is None:
        told = "请照纸上填日期和几点几分；只有日期的，填收到的大概时间。"
        raise BadPaper([Fault("paper.at", "required", told)])
    number = int(outage) if outage.isascii() and outage.isdecimal() and len(outage) < 19 else 0
    return Paper(at, number, typed.get("paper-remark", "").replace("\0", ""))
