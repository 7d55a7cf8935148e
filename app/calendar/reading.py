"""Days as people write them: `2027-01-01 至 2027-01-03 元旦`, `1月1日至3日放假`. Pure."""

import re
from collections.abc import Iterator
from datetime import date

from app.calendar.days import A_DAY, DayKind
from app.calendar.types import MOST_DAYS, Said
from app.core.errors import Fault

PART = "上午|下午|半天"
ASIDE = re.compile(rf"[（(](?![^）)]*(?:{PART}))[^）)]*[）)]")
BREAKS = re.compile(r"[\n、;；。]")
DAY = r"(?:(\d{4})\s*[-./年]\s*)?(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*[日号]?"
RANGE = re.compile(
    rf"{DAY}(?:\s*(?:至|到|~|～|—+|–|\.\.|-)\s*(?:{DAY}|(\d{{1,2}})\s*[日号]))?(?!\d)"
)
FILLING = re.compile(
    r"上午上班|[（(]?(?:下午|半天)+[）)]?|放假调休|放假|调休|补班|上班|共\s*\d+\s*天|[，,：:]"
)
UNREADABLE = "“{}”读不懂。请写成 2027-01-01 至 2027-01-03 元旦，或者 1月1日至3日 元旦，一行一段。"
BACKWARDS = "“{}”的结束早于开始，请改过来。"
HALVES = "“{}”说的是半天：下午放假的写在“下午放假的日子”里，别的半天不用录，期限按整天算。"
TOO_LONG = f"“{{}}”超过 {MOST_DAYS} 天，请核对日期。"


def read_days(text: str, year: int, kind: DayKind) -> tuple[list[Said], list[Fault]]:
    """`year` is that of days written without one. What is in brackets (周五) is left aside."""
    said: list[Said] = []
    faults: list[Fault] = []
    for line in BREAKS.split(ASIDE.sub("", text)):
        if not line.strip():
            continue
        try:
            said += _read(line.strip(), year, kind)
        except ValueError as error:
            faults.append(Fault(kind.value, "days", str(error)))
    return said, faults


def _read(line: str, year: int, kind: DayKind) -> Iterator[Said]:
    """Raises: ValueError, with a sentence."""
    found = RANGE.match(line)
    if found is None:
        raise ValueError(UNREADABLE.format(line[:60]))
    y1, m1, d1, y2, m2, d2, only = found.groups()
    try:
        first = date(int(y1 or year), int(m1), int(d1))
        if only:
            last = first.replace(day=int(only))
        elif d2:
            last = date(int(y2 or first.year), int(m2), int(d2))
        else:
            last = first
    except ValueError as error:
        raise ValueError(UNREADABLE.format(line[:60])) from error
    if last < first:
        raise ValueError(BACKWARDS.format(line[:60]))
    count = (last - first).days + 1
    if count > MOST_DAYS:
        raise ValueError(TOO_LONG.format(line[:60]))
    if "上午" in line.replace("上午上班", "") if kind is DayKind.HALF else re.search(PART, line):
        raise ValueError(HALVES.format(line[:60]))
    name = " ".join(FILLING.sub(" ", line[found.end() :]).split())
    return (Said(first + n * A_DAY, kind, name) for n in range(count))
