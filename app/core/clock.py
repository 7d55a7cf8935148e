"""Now, in one place: aware, in UTC, movable in demonstrations, shown in the office's zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class _Clock:
    zone: ZoneInfo
    offset_file: Path | None


_clock = _Clock(ZoneInfo("Asia/Shanghai"), None)


def configure(*, timezone: str, offset_file: Path | None) -> None:
    """Set the office's zone and, in demonstrations only, the file that moves the clock."""
    global _clock  # noqa: PLW0603 - set once by the wiring
    _clock = _Clock(ZoneInfo(timezone), offset_file)


def zone_name() -> str:
    """The office's zone as PostgreSQL knows it, such as `Asia/Shanghai`."""
    return _clock.zone.key


def utcnow() -> datetime:
    return datetime.now(UTC) + offset()


def local(moment: datetime) -> datetime:
    return moment.astimezone(_clock.zone)


def today() -> date:
    """The day it is in the office."""
    return local(utcnow()).date()


def offset() -> timedelta:
    """Seconds in `CLOCK_OFFSET_FILE`, read at each use; a missing or empty file moves nothing."""
    if _clock.offset_file is None:
        return timedelta()
    try:
        text = _clock.offset_file.read_text().strip()
    except FileNotFoundError:
        return timedelta()
    return timedelta(seconds=float(text or 0))
