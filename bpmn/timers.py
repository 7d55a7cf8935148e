"""Timers of the diagram: ISO 8601 texts, with or without quotes; working days are not known."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# Years and months have no fixed length, so they are left out rather than guessed.
DURATION = re.compile(
    r"P(?=[\dT])(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,9})S)?)?"
)
CYCLE = re.compile(r"R(?P<times>\d{0,4})/(?:(?P<first>[^P/][^/]*)/)?(?P<every>P[^/]+)")


@dataclass(frozen=True)
class Cycle:
    """A repeating interval; without `times` it never stops, without `first` it starts now."""

    times: int | None
    first: datetime | None
    every: timedelta

    def due_at(self, now: datetime) -> datetime:
        """Return the first time of a cycle that is armed now."""
        return self.first or now + self.every


def bare(text: str) -> str:
    """Return the text without surrounding blanks and quotes."""
    return text.strip().strip("\"'")


def due_at(kind: str, text: str, now: datetime) -> datetime:
    """Return when a timer that is armed now fires; kind is timeDuration, timeDate or timeCycle.

    Raises: ValueError or OverflowError when the text is not one.
    """
    if kind == "timeDuration":
        return now + duration(text)
    return cycle(text).due_at(now) if kind == "timeCycle" else _moment(text)


def duration(text: str) -> timedelta:
    """Raises: ValueError."""
    parts = DURATION.fullmatch(bare(text))
    if parts is None:
        raise ValueError(text)
    return timedelta(**{k: int(v) for k, v in parts.groupdict(default="0").items()})


def cycle(text: str) -> Cycle:
    """Read `R3/PT10H`, `R/P1D` or `R5/2026-12-01T09:00:00+08:00/P1D`, ISO 8601's intervals.

    Raises: ValueError.
    """
    parts = CYCLE.fullmatch(bare(text))
    if parts is None or parts["times"] == "0":
        raise ValueError(text)
    every = duration(parts["every"])
    if every < timedelta(seconds=1):
        raise ValueError(text)
    first = _moment(parts["first"]) if parts["first"] else None
    return Cycle(int(parts["times"]) if parts["times"] else None, first, every)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(bare(text))
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(UTC)
