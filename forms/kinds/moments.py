"""Days, times of day, and moments with their offset."""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from forms import normalise
from forms.definition import Component
from forms.kinds.base import Problem, Reading, wrong
from forms.types import Context


def moment(component: Component, raw: Any, context: Context) -> Reading:
    if not isinstance(raw, str):
        return wrong(raw, "写成文字的日期或时间")
    value = normalise.line(raw)
    if not value:
        return Reading("")
    return _MOMENTS[component.subtype](component, value, context)


def _date(component: Component, value: str, context: Context) -> Reading:
    try:
        day = date.fromisoformat(value) if re.fullmatch(r"[0-9-]{10}", value) else None
    except ValueError:
        day = None
    if day is None:
        hint = "要写成 2026-11-21 这样的日期，并且确有这一天"
        return Reading(value, (Problem("date", hint),))
    return Reading(day.isoformat(), _bounds(component, day, context))


def _instant(component: Component, value: str, context: Context) -> Reading:
    try:
        moment = datetime.fromisoformat(value) if re.match(r"[0-9-]{10}T", value) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        hint = "要写成 2026-11-21T10:24:00+08:00 这样的时间"
        return Reading(value, (Problem("date", hint),))
    return Reading(moment.isoformat(), _bounds(component, moment.date(), context))


def _time(_component: Component, value: str, _context: Context) -> Reading:
    if not re.fullmatch(r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?", value):
        return Reading(value, (Problem("date", "要写成 10:24 这样的时刻"),))
    return Reading(time.fromisoformat(value).isoformat("minutes"))


def _bounds(component: Component, day: date, context: Context) -> tuple[Problem, ...]:
    first, last = (_day(bound, context) for bound in (component.rules.min, component.rules.max))
    if first and day < first:
        return (Problem("too_early", f"不能早于 {first:%Y-%m-%d}"),)
    if last and day > last:
        return (Problem("too_late", f"不能晚于 {last:%Y-%m-%d}"),)
    return ()


def _day(bound: Any, context: Context) -> date | None:
    if not isinstance(bound, str):
        return None
    return context.today if bound == "today" else date.fromisoformat(bound)


_MOMENTS: dict[str, Callable[[Component, str, Context], Reading]] = {
    "date": _date,
    "datetime": _instant,
    "time": _time,
}
