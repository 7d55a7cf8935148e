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

from app.calendar.marks import MarkKind
from app.calendar.terms import Term
from app.core import crypto
from app.core.db import AT_ONCE, Base, enum_column
from app.processes.models import Instance
from app.tasks.types import (
    ACT_LABELS,
    ACTIVE,
    ADVISING,
    DECIDING,
    TRANSITIONS,
    UNFINISHED,
    BatchAct,
    ItemState,
    NotYourTurn,
    StalePage,
    TaskAlreadyClaimed,
    TaskAlreadyDone,
    TaskKind,
    TaskLapsed,
    TaskState,
    VisitState,
)

# Where a deadline would stand that there is not, for the order of the inbox. Written out in the
# statement, as in the index: a value given with it would hide the one from the other.
NEVER = literal_column("'9999-01-01 00:00:00+00'::timestamptz", DateTime(timezone=True))


class Visit(Term, Base):
    """One entry of a token into a user node; holds the decide rule, the deadline, the outcome."""

    __tablename__ = "visit"
    __table_args__ = (
        UniqueConstraint("instance_id", "key"),
        # Those that are counted anew when a calendar changes.
        Index(
            "ix_visit_due",
            "instance_id",
            "id",
            postgresql_where=text("state = 'open' AND due_rule IS NOT NULL"),
        ),
        # What is to be told next.
        Index(
            "ix_visit_next",
            "due_next_at",
            "id",
            postgresql_where=text("state = 'open' AND due_next_at IS NOT NULL"),
        ),
        # What stands at a step, what is due first on top; as NEVER has it.
        Index(
            "ix_visit_board",
            "node",
            text("coalesce(due_at, '9999-01-01 00:00:00+00'::timestamptz)"),
            "id",
            postgresql_where=text("state = 'open'"),
        ),
        # What is near and over, as leaders list it.
        Index(
            "ix_visit_due_at",
            "due_at",
            "id",
            postgresql_where=text("state = 'open' AND due_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    key: Mapped[str] = mapped_column(Text)
    node: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    round: Mapped[int]
    decide: Mapped[str] = mapped_column(Text, default="any")
    # How many tasks it has had. With one alone nobody else need be asked when that is done.
    shares: Mapped[int] = mapped_column(default=1)
    state: Mapped[VisitState] = mapped_column(enum_column(VisitState), default=VisitState.OPEN)
    outcome: Mapped[str | None] = mapped_column(Text)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    @property
    def has_lapsed(self) -> bool:
        """Its time was over, and the token has gone on without anybody's word."""
        is_told = any(mark.startswith(MarkKind.LAPSE) for mark in self.due_told or ())
        return is_told and self.state is VisitState.CANCELLED


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
        # By what is late, whoever has it: lists of tickets are narrowed to those.
        Index(
            "ix_task_due",
            "due_at",
            "instance_id",
            postgresql_where=text("state IN ('open', 'claimed') AND due_at IS NOT NULL"),
        ),
        Index(
            "ix_task_done",
            "assignee_id",
            "done_at",
            "id",
            postgresql_where=text("state = 'done'"),
        ),
        Index(
            "ix_task_for",
            "for_id",
            "id",
            postgresql_where=text("for_id IS NOT NULL AND state IN ('open', 'claimed')"),
        ),
        # Whose turn has not come: few, and asked for when its holder goes on leave.
        Index(
            "ix_task_waiting",
            "assignee_id",
            "id",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_task_candidates",
            "candidates",
            postgresql_using="gin",
            postgresql_with=AT_ONCE,
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
    kind: Mapped[TaskKind] = mapped_column(enum_column(TaskKind), default=TaskKind.MAIN)
    # The task whose holder added this one; who goes when, where one goes after the other.
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"))
    place: Mapped[int] = mapped_column(default=0)
    state: Mapped[TaskState] = mapped_column(enum_column(TaskState), default=TaskState.OPEN)
    version: Mapped[int] = mapped_column(default=1)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    candidates: Mapped[list[str]] = mapped_column(ARRAY(Text))
    excluded: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    # Several people could have taken it: what one of them took can be given back.
    is_shared: Mapped[bool] = mapped_column(default=False)
    # On whose behalf the assignee acts (代); his own name stands first everywhere.
    for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    outcome: Mapped[str | None] = mapped_column(Text)
    opinion: Mapped[str | None] = mapped_column(Text)
    answers_sealed: Mapped[bytes | None]
    signature: Mapped[bytes | None]
    opened_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]
    # 催办: when somebody last asked to hurry, and how often.
    urged_at: Mapped[datetime | None]
    urge_count: Mapped[int] = mapped_column(default=0)

    visit: Mapped[Visit] = relationship(lazy="raise_on_sql")
    instance: Mapped[Instance] = relationship(lazy="raise_on_sql")

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED

    @property
    def is_living(self) -> bool:
        """A share that its visit consists of now."""
        return (
            self.state is not TaskState.CANCELLED
            and self.voided_at is None
            and self.kind is not TaskKind.HANDED
        )

    @property
    def decides(self) -> bool:
        """Its outcome counts for the visit; that of who only advises does not."""
        return self.kind in DECIDING

    @property
    def advises(self) -> bool:
        return self.kind in ADVISING

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
        """None is a page that saw no version: refused too.

        Raises: TaskAlreadyDone, NotYourTurn, StalePage.
        """
        if self.state is TaskState.WAITING:
            raise NotYourTurn(current="open", version=self.version)
        if not self.is_active:
            gone = TaskLapsed if self.visit.has_lapsed else TaskAlreadyDone
            raise gone(current=self.state.value, version=self.version)
        if version != self.version:
            raise StalePage(current=self.state.value, version=self.version)

    def offer(
        self,
        assignee_id: int | None,
        candidates: Sequence[str],
        *,
        excluded: list[int],
        is_shared: bool,
        for_id: int | None = None,
    ) -> None:
        """To one person alone, or to whoever takes it first. A claim made before is void."""
        self.assignee_id, self.candidates = assignee_id, list(candidates)
        self.for_id = for_id
        self.excluded, self.is_shared = excluded, is_shared
        if self.state is TaskState.CLAIMED:
            self.state = TaskState.OPEN
        self.claimed_at = None

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

    def wait(self) -> None:
        """Somebody goes first; `resume` brings it back."""
        self._move(TaskState.WAITING)

    def resume(self, now: datetime) -> None:
        """Its turn: as it was when it began to wait; what never opened arrives now."""
        if self.claimed_at is None:
            self.opened_at = now
        self._move(TaskState.OPEN if self.claimed_at is None else TaskState.CLAIMED)

    def hand_to(self, person_id: int, candidates: Sequence[str], for_id: int | None) -> None:
        """To one other person alone, who finds it new in his inbox."""
        if self.state is TaskState.CLAIMED:
            self._move(TaskState.OPEN)
        else:
            self.version += 1
        self.claimed_at, self.is_shared = None, False
        self.assignee_id, self.candidates, self.for_id = person_id, list(candidates), for_id

    def release(self) -> None:
        """Back to the others who could have taken it; what waits for its turn goes on waiting."""
        if self.state is TaskState.WAITING:
            self.version += 1
        else:
            self._move(TaskState.OPEN)
        self.assignee_id, self.claimed_at, self.for_id = None, None, None

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


class TaskBatch(Base):
    """Tasks that one person does at once, each on its own, worked off behind the page."""

    __tablename__ = "task_batch"
    __table_args__ = (
        UniqueConstraint("person_id", "client_key"),
        Index("ix_task_batch_person", "person_id", "created_at", "id"),
        Index("ix_task_batch_created", "created_at"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    client_key: Mapped[str] = mapped_column(Text)
    act: Mapped[BatchAct] = mapped_column(enum_column(BatchAct))
    given: Mapped[dict[str, Any]]  # what all share: the opinion
    created_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]

    items: Mapped[list["TaskBatchItem"]] = relationship(
        order_by="TaskBatchItem.n", passive_deletes=True, back_populates="batch"
    )

    @property
    def act_label(self) -> str:
        return ACT_LABELS[self.act]

    @property
    def is_running(self) -> bool:
        return bool(self.of(ItemState.WAITING))

    def of(self, *states: ItemState) -> list["TaskBatchItem"]:
        return [item for item in self.items if item.state in states]


class TaskBatchItem(Base):
    """One task of a batch: `seen` is the version that was confirmed, `outcome` what it becomes."""

    __tablename__ = "task_batch_item"
    __table_args__ = (
        UniqueConstraint("batch_id", "n"),
        Index("ix_task_batch_item_waiting", "batch_id", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("task_batch.id", ondelete="CASCADE"))
    n: Mapped[int]
    task_id: Mapped[int] = mapped_column(BigInteger)  # as it was asked for; perhaps of no task
    seen: Mapped[int | None]
    number: Mapped[str] = mapped_column(Text, default="")
    node_title: Mapped[str] = mapped_column(Text, default="")
    outcome: Mapped[str] = mapped_column(Text, default="")
    label: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[ItemState] = mapped_column(enum_column(ItemState), default=ItemState.WAITING)
    why: Mapped[str] = mapped_column(Text, default="")
    tries: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]

    batch: Mapped[TaskBatch] = relationship(back_populates="items")

    def finish(self, now: datetime) -> None:
        self.state, self.why, self.done_at = ItemState.DONE, "", now

    def refuse(self, why: str) -> None:
        self.state, self.why = ItemState.REFUSED, why

    def wait_again(self) -> None:
        self.state, self.why = ItemState.WAITING, ""
        self.tries += 1


class Copy(Base):
    """抄送: somebody is told of a ticket. As long as he belongs to its division he may read it."""

    __tablename__ = "ticket_copy"
    __table_args__ = (
        Index("ix_ticket_copy_instance", "instance_id", "person_id"),
        # Unseen first, as lists have it and the menu counts it.
        Index(
            "ix_ticket_copy_person",
            "person_id",
            text("((seen_at IS NULL)::int)"),  # as copies.UNSEEN has it
            "at",
            "id",
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text, default="")
    seen_at: Mapped[datetime | None]
