"""What must leave the database (print, mail, messages): written with the act, worked off later.

The row is the truth. A wake-up over Redis makes it quick, the beat's sweep makes it sure. An
attempt is counted before it is made, so that one which ends its process costs an attempt too.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import structlog
from sqlalchemy import BigInteger, Index, Text, UniqueConstraint, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import clock, events
from app.core.db import Base, after_commit, enum_column, transaction
from app.core.masking import masked

log = structlog.get_logger()

MAX_ATTEMPTS = 8
LONGEST_PAUSE = timedelta(hours=1)
CUT_OFF = "执行它的进程在中途断了。"
Handler = Callable[[Session, dict[str, Any]], None]
_handlers: dict[str, Handler] = {}
_wake: list[Callable[[], object]] = []


class OutboxState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"
    # Waited when a backup was taken that was restored since: it may have been done after the
    # backup, so a person decides.
    HELD = "held"
    # A person decided that it is not to be done.
    DISCARDED = "discarded"


OVER = frozenset({OutboxState.DONE, OutboxState.DEAD, OutboxState.HELD, OutboxState.DISCARDED})


class Hopeless(Exception):
    """Trying again by itself cannot help: a handler leaves its row for a person at once."""


class Unfinished(Exception):
    """It did not work this time, and the text says why in words for people."""


@dataclass(frozen=True)
class OutboxDied:
    """All attempts are used up: a person must see to it."""

    row_id: int
    topic: str
    ticket: str | None
    error: str
    at: datetime


@dataclass(frozen=True)
class OutboxMended:
    """What a person had sent on its way again is done."""

    row_id: int
    ticket: str | None
    at: datetime


@dataclass(frozen=True)
class OutboxDiscarded:
    """A person decided that it is not to be done, and said why."""

    row_id: int
    topic: str
    person_id: int | None
    reason: str
    at: datetime


class Outbox(Base):
    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("topic", "key"),
        Index("ix_outbox_due", "due_at", "id", postgresql_where=text("state = 'waiting'")),
        Index("ix_outbox_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    topic: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any]]
    ticket: Mapped[str | None] = mapped_column(Text)  # the number, where it belongs to one
    state: Mapped[OutboxState] = mapped_column(
        enum_column(OutboxState), default=OutboxState.WAITING
    )
    attempts: Mapped[int] = mapped_column(default=0)
    retries: Mapped[int] = mapped_column(default=0)  # how often a person sent it on its way again
    error: Mapped[str | None] = mapped_column(Text)
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]

    def begin(self, now: datetime) -> None:
        """Count the attempt that is about to be made. If nothing else is heard of it, it was cut
        off, and comes again after the same pause as one that failed.
        """
        self.attempts += 1
        self.error = CUT_OFF
        self.due_at = now + pause_after(self.attempts)

    def done(self, now: datetime) -> None:
        self.state, self.done_at, self.error = OutboxState.DONE, now, None

    def failed(self, reason: str, now: datetime, *, is_hopeless: bool = False) -> None:
        """Try again later and later, then leave it for a person."""
        self.error = masked(reason)[:2000]
        self.due_at = now + pause_after(self.attempts)
        if self.is_exhausted or is_hopeless:
            self.state = OutboxState.DEAD

    @property
    def is_exhausted(self) -> bool:
        return self.attempts >= MAX_ATTEMPTS

    def send_again(self, now: datetime) -> None:
        """All attempts anew, from now on."""
        self.state, self.attempts, self.due_at = OutboxState.WAITING, 0, now
        self.retries += 1

    def discard(self) -> None:
        self.state = OutboxState.DISCARDED


def pause_after(attempts: int) -> timedelta:
    return min(timedelta(seconds=2**attempts * 5), LONGEST_PAUSE)


def configure(wake: Callable[[], object] | None) -> None:
    """Hand over what wakes a worker; without it the sweep alone finds the work."""
    _wake[:] = [wake] if wake else []


def register(topic: str, handler: Handler) -> None:
    _handlers[topic] = handler


def add(
    session: Session,
    topic: str,
    payload: dict[str, Any],
    *,
    key: str,
    now: datetime,
    ticket: str | None = None,
) -> None:
    """Leave a note for after the commit. `key` makes the effect one per topic."""
    session.add(
        Outbox(topic=topic, key=key, payload=payload, ticket=ticket, due_at=now, created_at=now)
    )
    wake_after_commit(session)


def wake_after_commit(session: Session) -> None:
    for wake in _wake:
        after_commit(session, wake)


def wake() -> None:
    """At once, best effort: the sweep finds what no message tells of."""
    for one in _wake:
        try:
            one()
        except Exception:
            log.warning("wake.failed", exc_info=True)


def hold_unfinished(session: Session) -> int:
    """Put everything that is not over into a person's hands; answers how many rows."""
    held = (
        update(Outbox)
        .where(Outbox.state.not_in(OVER))
        .values(state=OutboxState.HELD)
        .returning(Outbox.id)
    )
    return len(session.scalars(held).all())


def list_held(session: Session) -> Sequence[Outbox]:
    held = select(Outbox).where(Outbox.state == OutboxState.HELD).order_by(Outbox.id)
    return session.scalars(held).all()


def release(session: Session, *, now: datetime, ids: Sequence[int] | None = None) -> list[int]:
    """Let held rows go on (all, or these); what is not held is left alone. Answers which went."""
    chosen = Outbox.state == OutboxState.HELD
    if ids is not None:
        chosen &= Outbox.id.in_(ids)
    freed = (
        update(Outbox)
        .where(chosen)
        .values(state=OutboxState.WAITING, due_at=now)
        .returning(Outbox.id)
    )
    released = sorted(session.scalars(freed).all())
    wake_after_commit(session)
    return released


def work_off(limit: int = 50, seconds: float = math.inf) -> int:
    """Do what is due, each row in a transaction of its own; answers how many were tried.

    No row is begun after so many seconds.
    """
    until = time.monotonic() + seconds
    for tried in range(limit):
        if time.monotonic() >= until or not _work_off_one():
            return tried
    return limit


def _work_off_one() -> bool:
    claimed = _claim()
    if claimed is None:
        return False
    try:
        with transaction() as session:
            row = _held(session, *claimed)
            if row is not None:
                _handlers[row.topic](session, row.payload)
                now = clock.utcnow()
                row.done(now)
                if row.retries:
                    events.publish(session, OutboxMended(row.id, row.ticket, now))
    except Hopeless as error:
        log.warning("outbox.hopeless", outbox_id=claimed[0])
        _note_failure(claimed, str(error), is_hopeless=True)
    except Unfinished as error:
        log.warning("outbox.unfinished", outbox_id=claimed[0])
        _note_failure(claimed, str(error))
    except Exception as error:
        log.exception("outbox.failed", outbox_id=claimed[0])
        _note_failure(claimed, f"{type(error).__name__}: {error}")
    return True


def _claim() -> tuple[int, int] | None:
    """Take what is due, and count the attempt in a transaction of its own before it is made.

    The due time it leaves behind is the lease for the moment until the row is locked again.
    """
    with transaction() as session:
        row = session.scalars(_due()).first()
        if row is None:
            return None
        now = clock.utcnow()
        if row.is_exhausted:  # the last attempt was cut off, so nobody could say that it failed
            row.failed(row.error or CUT_OFF, now)
            _tell_of_death(session, row, now)
        else:
            row.begin(now)
        return row.id, row.attempts


def _held(session: Session, row_id: int, attempt: int) -> Outbox | None:
    """The row of this very attempt, locked until it is over; PostgreSQL frees it if we die."""
    return session.scalars(
        select(Outbox)
        .where(Outbox.id == row_id, Outbox.state == OutboxState.WAITING, Outbox.attempts == attempt)
        .with_for_update()
    ).first()


def _note_failure(claimed: tuple[int, int], reason: str, *, is_hopeless: bool = False) -> None:
    with transaction() as session:
        row = _held(session, *claimed)
        if row is None:
            return
        now = clock.utcnow()
        row.failed(reason, now, is_hopeless=is_hopeless)
        if row.state is OutboxState.DEAD:
            _tell_of_death(session, row, now)


def _tell_of_death(session: Session, row: Outbox, now: datetime) -> None:
    log.error("outbox.dead", outbox_id=row.id, topic=row.topic)
    events.publish(session, OutboxDied(row.id, row.topic, row.ticket, row.error or "", now))


def _due() -> Any:
    """What is due; also what was written before the clock went back: in a time to come, or to wait
    longer than any pause.
    """
    now = clock.utcnow()
    is_left_behind = (Outbox.created_at > now) | (Outbox.due_at > now + LONGEST_PAUSE)
    is_due = (Outbox.due_at <= now) | is_left_behind
    return (
        select(Outbox)
        .where(Outbox.state == OutboxState.WAITING, is_due)
        .order_by(Outbox.due_at, Outbox.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
