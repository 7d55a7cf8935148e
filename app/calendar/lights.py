"""The light of a deadline, and what is left of it in words (DOMAIN §6.7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property

from sqlalchemy.orm import Session

from app.calendar.days import A_DAY, Calendar, NoWorkingDay
from app.calendar.hours import hours_of
from app.calendar.periods import Hours, day_of
from app.calendar.queries import calendar_for
from app.core.clock import local
from app.core.days import midnight

BACK, AHEAD = timedelta(days=60), timedelta(days=120)  # days of which one says how many are left


class Light(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"  # at most one working day is left
    RED = "red"  # over
    GREY = "grey"  # its clock stands
    BLUE = "blue"  # closed in time


@dataclass(frozen=True)
class Shown:
    """A deadline as pages and REST show it."""

    light: Light
    at: datetime
    left: str
    why: str = ""  # days that did not count, and what is not sure
    is_estimate: bool = False


@dataclass(frozen=True)
class Horizon:
    """The days around now as the unit of a reader has them: asked once, when first needed."""

    session: Session
    unit_id: int
    now: datetime

    @property
    def today(self) -> date:
        return day_of(self.now)

    @cached_property
    def calendar(self) -> Calendar:
        return calendar_for(self.session, self.unit_id, self.today - BACK, self.today + AHEAD)

    @cached_property
    def soon_ends(self) -> datetime:
        """The midnight after the next working day."""
        try:
            day = self.calendar.working_days(self.today, 1).last
        except NoWorkingDay:
            day = self.today + A_DAY
        return midnight(day + A_DAY)

    def light(
        self, due_at: datetime | None, *, stands: bool = False, closed_at: datetime | None = None
    ) -> Light | None:
        if due_at is None:
            return None
        if closed_at is not None:
            return Light.BLUE if closed_at <= due_at else Light.RED
        if stands:
            return Light.GREY
        if due_at <= self.now:
            return Light.RED
        return Light.YELLOW if due_at < self.soon_ends else Light.GREEN

    def show(
        self,
        due_at: datetime | None,
        *,
        stands: bool = False,
        closed_at: datetime | None = None,
        told: str | None = None,
        is_estimate: bool | None = None,
    ) -> "Shown | None":
        """What a page says of a deadline; how it was found, from this calendar where not told."""
        light = self.light(due_at, stands=stands, closed_at=closed_at)
        if due_at is None or light is None:
            return None
        if closed_at is not None:
            return Shown(light, due_at, "按时办结" if light is Light.BLUE else "超期办结")
        day = day_of(due_at)
        if is_estimate is None:
            is_estimate = day.year not in self.calendar.known
        if told is None:
            told = explained(self._free(day), is_estimate=is_estimate)
        if stands:
            return Shown(light, due_at, "暂停计时", told, is_estimate)
        told = "；".join(filter(None, (told, self._noon(due_at))))
        return Shown(light, due_at, self.left(due_at), told, is_estimate)

    def _noon(self, due_at: datetime) -> str:
        """Why a last day ends at noon, where it does so in the reader's unit."""
        if not self.calendar.is_half(day_of(due_at)):
            return ""
        return at_noon(due_at, self.calendar, hours_of(self.session, self.unit_id))

    def _free(self, until: date) -> list[date]:
        """Days off from today to a day that is near enough to be known."""
        days = (min(until, self.today + AHEAD) - self.today).days
        ahead = (self.today + n * A_DAY for n in range(1, days + 1))
        return [day for day in ahead if not self.calendar.is_working(day)]

    def left(self, due_at: datetime) -> str:
        """What is left, or how long it is over."""
        day = day_of(due_at)
        if due_at <= self.now:
            days = self._worked(day, self.today)
            return f"超期 {days} 个工作日" if days else "已超期"
        if day == self.today:
            return "今天到期"
        days = self._worked(self.today, day)
        if days is None:
            return ""
        return f"剩 {days} 个工作日" if days else "不到 1 个工作日"

    def _worked(self, after: date, until: date) -> int | None:
        """How many days are worked after the one and up to the other; None beyond what is known."""
        if after < self.today - BACK or until > self.today + AHEAD:
            return None
        days = (after + n * A_DAY for n in range(1, (until - after).days + 1))
        return sum(map(self.calendar.is_working, days))


def at_noon(due_at: datetime, calendar: Calendar, hours: Hours) -> str:
    """For whoever asks why a last day ends so early; nothing where it does not."""
    day = day_of(due_at)
    if not calendar.is_half(day) or local(due_at).time() != hours.noon:
        return ""
    return f"{day.month}月{day.day}日下午放假，到中午为止"


def explained(skipped: Sequence[date] | None, *, is_estimate: bool) -> str:
    """For whoever asks how a date was found: the days that did not count, and what is not sure."""
    words = []
    if skipped:
        words.append(f"已跳过休息日 {_ranges(skipped)}")
    if is_estimate:
        words.append("暂估：下一年的放假通知还没有录入，录入以后自动重算")
    return "；".join(words)


def _ranges(days: Sequence[date]) -> str:
    """Consecutive days together: 10月1日—7日、10月11日."""
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and day - runs[-1][-1] == A_DAY:
            runs[-1].append(day)
        else:
            runs.append([day])
    return "、".join(_range(run[0], run[-1]) for run in runs)


def _range(first: date, last: date) -> str:
    begin = f"{first.month}月{first.day}日"
    if first == last:
        return begin
    end = f"{last.day}日" if first.month == last.month else f"{last.month}月{last.day}日"
    return f"{begin}—{end}"
