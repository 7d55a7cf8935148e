"""What the forms of the room send: every fault of what was typed at once."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy.orm import Session

from app.identity.layers import NATION
from app.identity.models import Unit
from app.identity.queries import find_unit_by_code
from app.rules.reading import faults_of, read_articles, read_date, tidy
from app.rules.types import BadChange, BadPattern, BadRule, Draft, Numbering, Proposal
from forms import FieldError

MOST_DIGITS = 10
NUMBERING = ("name", "title", "unit", "pattern", "since", "first", "last")
FIELDS = ("key", "unit", "name", "number", "issuer", "valid_from", "valid_to", "articles", "ends")
NO_UNIT = f"请从名单里选，或者填单位代码；全国都一样的填“{NATION}”。"


def draft_of(session: Session, typed: Mapping[str, str]) -> Draft:
    """Raises: BadRule."""
    unit, faults = layer_of(session, typed)
    days = {name: day_of(typed, name, faults) for name in ("valid_from", "valid_to")}
    draft = Draft(
        typed.get("key", ""),
        unit.id if unit else None,
        typed.get("name", ""),
        typed.get("number", ""),
        typed.get("issuer", ""),
        days["valid_from"],
        days["valid_to"],
        read_articles(typed.get("articles", "")),
        typed.get("ends") == "1",
    )
    if faults:
        named = {fault.path for fault in faults}
        more = [one for one in faults_of(tidy(draft)) if one.path not in named]
        raise BadRule([*faults, *more])
    return draft


def proposal_of(session: Session, key: str, typed: Mapping[str, str]) -> Proposal:
    """A number that is none is out of bounds. Raises: BadChange."""
    unit = find_unit_by_code(session, typed.get("unit", "").strip())
    if unit is None:
        raise BadChange([FieldError("unit", "unknown", "请从名单里选，或者填单位代码。")])
    return Proposal(
        key,
        unit.id,
        _number(typed.get("value", "")),
        read_date(typed.get("since", "")),
        typed.get("reason", ""),
    )


def numbering_of(session: Session, typed: Mapping[str, str]) -> Numbering:
    """Raises: BadPattern."""
    unit = find_unit_by_code(session, typed.get("unit", "").strip())
    if unit is None:
        raise BadPattern([FieldError("unit", "unknown", "请从名单里选，或者填单位代码。")])
    last = typed.get("last", "").strip()
    return Numbering(
        typed.get("name", "").strip(),
        typed.get("title", ""),
        unit.id,
        typed.get("pattern", ""),
        read_date(typed.get("since", "")),
        _number(typed.get("first", "")),
        (_number(last) or 0) if last else None,
    )


def _number(text: str) -> int | None:
    """None for what is none."""
    plain = text.strip()
    is_number = plain.isascii() and plain.isdecimal() and len(plain) < MOST_DIGITS
    return int(plain) if is_number else None


def layer_of(session: Session, typed: Mapping[str, str]) -> tuple[Unit | None, list[FieldError]]:
    """None is the nation, or a fault."""
    code = typed.get("unit", "").strip()
    unit = None if code == NATION else find_unit_by_code(session, code)
    if unit is None and code != NATION:
        return None, [FieldError("unit", "unknown", NO_UNIT)]
    return unit, []


def day_of(typed: Mapping[str, str], name: str, faults: list[FieldError]) -> date | None:
    text = typed.get(name, "").strip()
    day = read_date(text)
    if text and day is None:
        faults.append(FieldError(name, "date", "日期要写成 2026-11-21 的样子。"))
    return day
