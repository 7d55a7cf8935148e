"""What is wrong with a notice, as far as it can be told from itself and the days as they count."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from app.calendar.days import Calendar, DayKind
from app.calendar.types import (
    FIRST_YEAR,
    LAST_YEAR,
    LONGEST_NAME,
    LONGEST_NUMBER,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_DAYS,
    Draft,
    Said,
)
from app.core.errors import Fault

WORDS = (
    ("number", "文号", LONGEST_NUMBER),
    ("title", "标题", LONGEST_TITLE),
)
BELOW = "调休上班那天要下午放假的，由下一级单位录下午放假。"


def tidy(draft: Draft) -> Draft:
    """Without stray blanks; what is said twice, once."""
    days = {(one.day, one.kind): one for one in draft.days}
    return replace(
        draft,
        number=_line(draft.number),
        title=_line(draft.title),
        text=draft.text.replace("\0", "").strip(),
        days=tuple(
            Said(one.day, one.kind, _line(one.name))
            for one in sorted(days.values(), key=lambda one: (one.day, one.kind))
        ),
    )


def _line(text: str) -> str:
    return " ".join(text.replace("\0", "").split())


def faults_of(draft: Draft) -> list[Fault]:
    """Of a tidy one."""
    return [*_words(draft), *_year(draft), *_days(draft)]


def _words(draft: Draft) -> Iterator[Fault]:
    for name, label, most in WORDS:
        text = getattr(draft, name)
        if not text:
            yield Fault(name, "required", f"请填{label}。")
        elif len(text) > most:
            yield Fault(name, "too_long", f"{label}最多 {most} 个字，请写短一些。")
    if len(draft.text) > LONGEST_TEXT:
        yield Fault("text", "too_long", f"原文最多 {LONGEST_TEXT} 个字，请只留要紧的。")


def _year(draft: Draft) -> Iterator[Fault]:
    if not FIRST_YEAR <= draft.year <= LAST_YEAR:
        yield Fault("year", "range", f"年份要在 {FIRST_YEAR} 到 {LAST_YEAR} 之间。")


def _days(draft: Draft) -> Iterator[Fault]:
    if not draft.days:
        yield Fault("off", "required", "还没有写哪几天放假、哪几天上班、哪几天下午放假。")
    if len(draft.days) > MOST_DAYS:
        yield Fault("off", "too_many", f"一份通知最多 {MOST_DAYS} 天，请核对日期。")
    yield from _both(draft)
    for one in draft.days:
        if not _belongs(one.day, draft.year):
            told_year = f"{told(one.day)}不在 {draft.year} 年，也不是紧挨着的十二月或一月，请核对。"
            yield Fault(one.kind.value, "year", told_year)
        if len(one.name) > LONGEST_NAME:
            yield Fault(one.kind.value, "name", f"节日名称最多 {LONGEST_NAME} 个字。")


def _both(draft: Draft) -> Iterator[Fault]:
    """A notice says one thing of a day."""
    kinds = {kind: {one.day for one in draft.days if one.kind is kind} for kind in DayKind}
    for day in sorted(kinds[DayKind.OFF] & kinds[DayKind.WORK]):
        yield Fault("work", "both", f"{told(day)}既写了放假，又写了上班，请去掉一处。")
    for day in sorted(kinds[DayKind.HALF] & kinds[DayKind.OFF]):
        yield Fault("half", "both", f"{told(day)}既写了放假，又写了下午放假，请去掉一处。")
    for day in sorted(kinds[DayKind.HALF] & kinds[DayKind.WORK]):
        message = f"{told(day)}既写了上班，又写了下午放假，同一级对一天只能说一次，请去掉一处。"
        yield Fault("half", "both", message + BELOW)


def _belongs(day: date, year: int) -> bool:
    """A notice of a year may reach into the December before it and the January after it."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return False
    return (
        day.year == year
        or (day.year == year - 1 and day.month == 12)
        or (day.year == year + 1 and day.month == 1)
    )


def known_already(draft: Draft, calendar: Calendar) -> list[Fault]:
    """A day that is worked anyway is mostly a slip of the pen; days off may name a weekend, as
    notices do (“10月1日至7日”). So is an afternoon off of a day that nobody works.
    """
    faults = []
    for one in draft.days:
        if one.kind is DayKind.WORK and _is_whole(calendar, one.day):
            message = f"{told(one.day)}本来就上班，不用写。请核对是不是写错了日期。"
            faults.append(Fault("work", "worked", message))
        elif one.kind is DayKind.HALF and not calendar.is_working(one.day):
            message = f"{told(one.day)}本来就休息，不用写下午放假。请核对是不是写错了日期。"
            faults.append(Fault("half", "rest", message))
    return faults


def _is_whole(calendar: Calendar, day: date) -> bool:
    return calendar.is_working(day) and not calendar.is_half(day)


def told(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日（周{'一二三四五六日'[day.weekday()]}）"
