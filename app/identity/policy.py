"""Rules of the room, without database: sessions, delays, exclusive positions, scope."""

from collections.abc import Iterable
from datetime import timedelta

from app.identity.types import ADMINS, EXCLUSIVE, Position, SessionKind

ABSOLUTE = timedelta(hours=12)
IDLE_MINUTES = 30
IDLE_MINUTES_ADMIN = 15
WINDOW = timedelta(minutes=15)
FREE_FAILURES_ACCOUNT = 5
FREE_FAILURES_ADDRESS = 60
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(minutes=15)


def idle_minutes(kind: SessionKind, positions: Iterable[str]) -> int | None:
    if kind is SessionKind.TOKEN:
        return None
    return IDLE_MINUTES_ADMIN if ADMINS.intersection(positions) else IDLE_MINUTES


def delay_after(failures: int, free: int) -> timedelta | None:
    """Doubling from half a minute to a quarter of an hour, never a lock for good (S5)."""
    if failures < free:
        return None
    doublings = min(failures - free, 10)  # past the longest delay; keeps 2**n small
    return min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)


def may_hold(position: Position, held: Iterable[Position]) -> bool:
    """Whether `position` may be added to those a person holds at the same time."""
    others = EXCLUSIVE.intersection(held) - {position}
    return position not in EXCLUSIVE or not others


def in_scope(scope_path: str, unit_path: str) -> bool:
    return unit_path.startswith(scope_path)
