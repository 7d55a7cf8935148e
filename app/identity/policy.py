"""Rules of the room, without database: sessions, delays, exclusive positions, scope."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.identity.types import ADMINS, EXCLUSIVE, SECOND_FACTOR, Position, SessionKind

ABSOLUTE = timedelta(hours=12)
IDLE_MINUTES = 30
IDLE_MINUTES_ADMIN = 15
WINDOW = timedelta(minutes=15)
FREE_FAILURES_ACCOUNT = 5
FREE_FAILURES_ADDRESS = 60
FREE_FAILURES_ALL = 600
ONE_TIME = timedelta(hours=24)
KNOWN_ADDRESS = timedelta(days=30)
PASSWORD_AGE_ADMIN = timedelta(days=90)
SESSIONS = 2
SESSIONS_ADMIN = 1
CHALLENGE = timedelta(minutes=5)
CHALLENGE_TRIES = 5
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(minutes=15)
LONGEST_DELAY_ALL = timedelta(minutes=1)
# Who enters the absences of a unit's people, beside themselves and the system administrator.
ENTERS_ABSENCES = frozenset({Position.DEPT_HEAD, Position.UNIT_LEADER, Position.BUREAU_LEADER})


def idle_minutes(kind: SessionKind, positions: Iterable[str]) -> int | None:
    if kind is SessionKind.TOKEN:
        return None
    return IDLE_MINUTES_ADMIN if is_admin(positions) else IDLE_MINUTES


def is_admin(positions: Iterable[str]) -> bool:
    return not ADMINS.isdisjoint(positions)


def session_limit(positions: Iterable[str]) -> int:
    return SESSIONS_ADMIN if is_admin(positions) else SESSIONS


def needs_second_factor(positions: Iterable[str]) -> bool:
    return not SECOND_FACTOR.isdisjoint(positions)


def password_is_old(changed_at: datetime, positions: Iterable[str], now: datetime) -> bool:
    return is_admin(positions) and now >= changed_at + PASSWORD_AGE_ADMIN


def delay_after(failures: int, free: int, longest: timedelta = LONGEST_DELAY) -> timedelta | None:
    """Doubling from half a minute to a quarter of an hour, never a lock for good (S5)."""
    if failures < free:
        return None
    doublings = min(failures - free, 10)  # past the longest delay; keeps 2**n small
    return min(FIRST_DELAY * (1 << doublings), longest)


def may_hold(position: Position, held: Iterable[Position]) -> bool:
    """Whether `position` may be added to those a person holds at the same time."""
    others = EXCLUSIVE.intersection(held) - {position}
    return position not in EXCLUSIVE or not others


def may_stand_in(principal: Iterable[Position], deputy: Iterable[Position]) -> bool:
    """Whether who holds these may act for somebody who holds those: never two exclusive roles."""
    held = frozenset(deputy)
    return all(may_hold(position, held) for position in EXCLUSIVE.intersection(principal))


def in_scope(scope_path: str, unit_path: str) -> bool:
    return unit_path.startswith(scope_path)
