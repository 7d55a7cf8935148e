"""What must leave the database (print, mail, messages): written with the act, worked off later.

The row is the truth. A wake-up over Redis makes it quick, the beat's sweep makes it sure.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import structlog
from sqlalchemy import BigInteger, Index, Text, UniqueConstraint, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import clock
from app.core.db import Base, after_commit, enum_column, transaction

log = structlog.get_logger()

MAX_ATTEMPTS = 8
LONGEST_PAUSE = timedelta(hours=1)
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


class Outbox(Base):
    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("topic", "key"),
        Index("ix_outbox_due", "due_at", "id", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    topic: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any]]
    state: Mapped[OutboxState] = mapped_column(
        enum_column(OutboxState), default=OutboxState.WAITING
    )
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]

    def failed(self, reason: str, now: datetime) -> None:
        """Count the attempt; try again later and later, then leave it for a person."""
        self.attempts += 1
        self.error = reason[:2000]
        self.due_at = now + min(timedelta(seconds=2**self.attempts * 5), LONGEST_PAUSE)
        if self.attempts >= MAX_ATTEMPTS:
            self.state = OutboxState.DEAD


def configure(wake: Callable[[], object] | None) -> None:
    """Hand over what wakes a worker; without it the sweep alone finds the work."""
    _wake[:] = [wake] if wake else []


def register(topic: str, handler: Handler) -> None:
    _handlers[topic] = handler


def add(session: Session, topic: str, payload: dict[str, Any], *, key: str, now: datetime) -> None:
    """Leave a note for after the commit. `key` makes the effect one per topic."""
    session.add(Outbox(topic=topic, key=key, payload=payload, due_at=now, created_at=now))
    for wake in _wake:
        after_commit(session, wake)


def hold_unfinished(session: Session) -> int:
    """Put everything that is not over into a person's hands; answers how many rows."""
    over = (OutboxState.DONE, OutboxState.DEAD, OutboxState.HELD)
    held = (
        update(Outbox)
        .where(Outbox.state.not_in(over))
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
    for wake in _wake:
        after_commit(session, wake)
    return released


def work_off(limit: int = 50) -> int:
    """Do what is due, each row in a transaction of its own; answers how many were tried."""
    for tried in range(limit):
        if not _work_off_one():
            return tried
    return limit


def _work_off_one() -> bool:
    row_id, failure = None, ""
    try:
        with transaction() as session:
            row = session.scalars(_due()).first()
            if row is None:
                return False
            row_id = row.id
            _handlers[row.topic](session, row.payload)
            row.state, row.done_at, row.attempts = (
                OutboxState.DONE,
                clock.utcnow(),
                row.attempts + 1,
            )
    except Exception as error:
        if row_id is None:
            raise
        failure = f"{type(error).__name__}: {error}"
        log.exception("outbox.failed", outbox_id=row_id)
    if failure:
        with transaction() as session:
            failed = session.get(Outbox, row_id, with_for_update=True)
            if failed is not None and failed.state is OutboxState.WAITING:
                failed.failed(failure, clock.utcnow())
    return True


def _due() -> Any:
    """What is due; also what waits longer than any pause, written before the clock went back."""
    now = clock.utcnow()
    is_due = (Outbox.due_at <= now) | (Outbox.due_at > now + LONGEST_PAUSE)
    return (
        select(Outbox)
        .where(Outbox.state == OutboxState.WAITING, is_due)
        .order_by(Outbox.due_at, Outbox.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
