"""Visits and tasks, and the moves a task can make by itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import crypto
from app.core.db import Base, enum_column
from app.processes.models import Instance
from app.tasks.types import (
    ACTIVE,
    TRANSITIONS,
    StalePage,
    TaskAlreadyClaimed,
    TaskAlreadyDone,
    TaskState,
    VisitState,
)

# Where a deadline would stand that there is not, for the order of the inbox. Written out in the
# statement, as in the index: a value given with it would hide the one from the other.
NEVER = literal_column("'9999-01-01 00:00:00+00'::timestamptz", DateTime(timezone=True))


class Visit(Base):
    """One entry of a token into a user node; holds the decide rule and the outcome."""

    __tablename__ = "visit"
    __table_args__ = (UniqueConstraint("instance_id", "key"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    key: Mapped[str] = mapped_column(Text)
    node: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    round: Mapped[int]
    decide: Mapped[str] = mapped_column(Text, default="any")
    state: Mapped[VisitState] = mapped_column(enum_column(VisitState), default=VisitState.OPEN)
    outcome: Mapped[str | None] = mapped_column(Text)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Task(Base):
    """One person's share of a visit: what the inbox lists."""

    __tablename__ = "task"
    __table_args__ = (
        # Of a ticket, and what somebody has had of each of those that a search has found.
        Index("ix_task_instance", "instance_id", postgresql_using="hash"),
        # Where tickets stand: open tasks are few, whatever is done.
        Index(
            "ix_task_active",
            "instance_id",
            "id",
            postgresql_where=text("state IN ('open', 'claimed')"),
        ),
        # Without those that wait for anybody: they are found by their candidates alone.
        Index(
            "ix_task_todo",
            "assignee_id",
            text("coalesce(due_at, '9999-01-01 00:00:00+00'::timestamptz)"),  # as NEVER has it
            "opened_at",
            "id",
            postgresql_where=text("state IN ('open', 'claimed') AND assignee_id IS NOT NULL"),
        ),
        Index("ix_task_done", "assignee_id", "done_at", "id"),
        Index(
            "ix_task_candidates",
            "candidates",
            postgresql_using="gin",
            postgresql_where=text("state = 'open' AND assignee_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    node: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    round: Mapped[int]
    submission: Mapped[int]
    state: Mapped[TaskState] = mapped_column(enum_column(TaskState), default=TaskState.OPEN)
    version: Mapped[int] = mapped_column(default=1)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    candidates: Mapped[list[str]] = mapped_column(ARRAY(Text))
    excluded: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    # Several people could have taken it: what one of them took can be given back.
    is_shared: Mapped[bool] = mapped_column(default=False)
    outcome: Mapped[str | None] = mapped_column(Text)
    opinion: Mapped[str | None] = mapped_column(Text)
    answers_sealed: Mapped[bytes | None]
    signature: Mapped[bytes | None]
    opened_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]

    visit: Mapped[Visit] = relationship(lazy="raise_on_sql")
    instance: Mapped[Instance] = relationship(lazy="raise_on_sql")

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE

    @property
    def holds(self) -> bool:
        """Done, and not made void by a return or taken back."""
        return self.state is TaskState.DONE and self.voided_at is None

    @property
    def is_unclaimed(self) -> bool:
        return self.state is TaskState.OPEN

    @property
    def answers(self) -> dict[str, Any]:
        """What was filled at this node beside outcome and opinion."""
        if self.answers_sealed is None:
            return {}
        answers: dict[str, Any] = crypto.unseal_json(self.answers_sealed)
        return answers

    def expect(self, version: int | None) -> None:
        """Raises: TaskAlreadyDone, StalePage. None is a page that saw no version: refused too."""
        if not self.is_active:
            raise TaskAlreadyDone(current=self.state.value, version=self.version)
        if version != self.version:
            raise StalePage(current=self.state.value, version=self.version)

    def offer(
        self,
        assignee_id: int | None,
        candidates: Sequence[str],
        *,
        excluded: list[int],
        is_shared: bool,
    ) -> None:
        """To one person alone, or to whoever takes it first. A claim made before is void."""
        self.assignee_id, self.candidates = assignee_id, list(candidates)
        self.excluded, self.is_shared = excluded, is_shared
        if self.state is TaskState.CLAIMED:
            self.state, self.claimed_at = TaskState.OPEN, None

    def claim(self, person_id: int, now: datetime) -> None:
        """Claiming one's own task twice is fine. Raises: TaskAlreadyClaimed, TaskAlreadyDone."""
        if self.state is TaskState.CLAIMED and self.assignee_id == person_id:
            return
        if not self.is_active:
            raise TaskAlreadyDone(current=self.state.value, version=self.version)
        if self.assignee_id not in (None, person_id):
            raise TaskAlreadyClaimed(current=self.state.value, version=self.version)
        self._move(TaskState.CLAIMED)
        self.assignee_id, self.claimed_at = person_id, now

    def release(self) -> None:
        """Back to the others who could have taken it."""
        self._move(TaskState.OPEN)
        self.assignee_id, self.claimed_at = None, None

    def finish(self, person_id: int, outcome: str, opinion: str, now: datetime) -> None:
        self._move(TaskState.DONE)
        self.assignee_id, self.outcome, self.opinion = person_id, outcome, opinion or None
        self.done_at = now

    def take_back(self, now: datetime) -> None:
        """What was decided is void; the record keeps it."""
        self.voided_at = now
        self.version += 1

    def cancel(self, now: datetime) -> None:
        self._move(TaskState.CANCELLED)
        self.done_at = now

    def _move(self, target: TaskState) -> None:
        if target not in TRANSITIONS[self.state]:
            raise TaskAlreadyDone(current=self.state.value, version=self.version)
        self.state = target
        self.version += 1
