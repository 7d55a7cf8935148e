"""What the pages of figures show: rows and the facts beside them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from app.insight.spread import PLACES

MONTHS = 12
FIRST_YEAR = 2000
How = str  # on_time, late or none: how a ticket was closed
ON_TIME, LATE, NONE = "on_time", "late", "none"


@dataclass(frozen=True)
class Bucket:
    """What is due at one time of the days ahead: the own tasks, and those one covers (代)."""

    label: str
    light: str  # red, yellow, green, grey, or nothing without a deadline
    own: int
    covering: int
    until: date | None = None

    @property
    def total(self) -> int:
        return self.own + self.covering


@dataclass(frozen=True)
class MyDay:
    buckets: tuple[Bucket, ...]
    claimable: int
    copied: int
    done_today: int
    done_this_week: int
    running: int  # own requests that others have
    returned: int  # own requests that wait for oneself

    @property
    def own(self) -> int:
        return sum(one.own for one in self.buckets)

    @property
    def covering(self) -> int:
        return sum(one.covering for one in self.buckets)

    def of_light(self, light: str) -> int:
        return sum(one.total for one in self.buckets if one.light == light)


@dataclass
class Lights:
    """Open tasks by the light of their deadline."""

    late: int = 0
    soon: int = 0
    ahead: int = 0
    paused: int = 0
    free: int = 0  # without a deadline

    @property
    def total(self) -> int:
        return self.late + self.soon + self.ahead + self.paused + self.free

    def add(self, other: "Lights") -> None:
        self.late += other.late
        self.soon += other.soon
        self.ahead += other.ahead
        self.paused += other.paused
        self.free += other.free


@dataclass(frozen=True)
class HeldRow:
    """What a process, or a person, has in hand. `key` is the process's, or the user name."""

    key: str
    label: str
    lights: Lights
    unit_code: str = ""
    unit_name: str = ""


@dataclass(frozen=True)
class AskedRow:
    """What the unit has asked for and is not over, of one process."""

    key: str
    label: str
    running: int
    returned: int
    suspended: int
    withdrawn: int

    @property
    def total(self) -> int:
        return self.running + self.returned + self.suspended + self.withdrawn


@dataclass(frozen=True)
class UnitFigures:
    """`people` is None for who may not see figures of persons."""

    lights: Lights
    processes: tuple[HeldRow, ...]
    people: tuple[HeldRow, ...] | None
    asked: tuple[AskedRow, ...]


@dataclass
class Closings:
    """Tickets that were closed, and the days that they took."""

    closed: int = 0
    on_time: int = 0
    late: int = 0
    paused: int = 0
    days: list[int] = field(default_factory=lambda: [0] * PLACES)

    @property
    def free(self) -> int:
        """Without a deadline."""
        return self.closed - self.on_time - self.late

    def share(self, count: int, of: int) -> int | None:
        """Of a hundred; None of nothing."""
        return round(100 * count / of) if of else None

    @property
    def on_time_share(self) -> int | None:
        """Of those that had a deadline."""
        return self.share(self.on_time, self.on_time + self.late)

    @property
    def paused_share(self) -> int | None:
        return self.share(self.paused, self.closed)

    def add(self, closed: int, on_time: int, late: int, paused: int, days: Sequence[int]) -> None:
        self.closed += closed
        self.on_time += on_time
        self.late += late
        self.paused += paused
        for place, count in enumerate(days):
            self.days[place] += count


@dataclass(frozen=True)
class ProcessClosings:
    key: str
    label: str
    closings: Closings


@dataclass(frozen=True)
class Timeliness:
    year: int
    months: tuple[Closings, ...]  # up to this month
    processes: tuple[ProcessClosings, ...]
    is_behind: bool  # somewhere something was closed that is not yet counted

    @property
    def whole(self) -> Closings:
        found = Closings()
        for one in self.months:
            found.add(one.closed, one.on_time, one.late, one.paused, one.days)
        return found


@dataclass(frozen=True)
class Closed:
    """So many tickets that were alike: whose, what, the days of first submission and of the end."""

    unit_id: int
    process: str
    since: date
    until: date
    pauses: tuple[datetime, ...]
    how: How
    was_paused: bool
    count: int


@dataclass(frozen=True)
class Standing:
    """Tickets in the sums, tickets that should be, and those that wait for longer than usual."""

    summed: int
    closed: int
    late: int


Key = tuple[int, int, str]  # year, unit, process


def every_month(year: int, today: date) -> Iterator[int]:
    """Those of the year that have begun."""
    last = today.month if year == today.year else MONTHS
    yield from range(1, (last if year <= today.year else 0) + 1)
