"""Tickets, their numbers, and the people they name."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.calendar.terms import Term
from app.core import crypto
from app.core.db import Base, enum_column
from app.outages.types import Paper
from app.processes.models import Instance
from app.tickets.types import (
    COMMENT_STANDS_AFTER,
    TRANSITIONS,
    CommentStands,
    DraftElsewhere,
    DraftPage,
    LinkKind,
    TicketState,
    WrongState,
)


class Ticket(Term, Base):
    """What people talk about. Its deadline is that of the whole process, where it has one."""

    __tablename__ = "ticket"
    __table_args__ = (
        UniqueConstraint("requester_id", "client_key"),
        Index("ix_ticket_number", "number", postgresql_using="hash"),
        Index("ix_ticket_requester", "requester_id", "updated_at", "id"),
        Index("ix_ticket_requester_state", "requester_id", "state", "updated_at", "id"),
        Index("ix_ticket_state", "state", "updated_at", "id"),
        Index("ix_ticket_unit", "unit_id", "updated_at", "id"),
        Index("ix_ticket_updated", "updated_at", "id"),
        Index(
            "ix_ticket_due",
            "instance_id",
            "id",
            postgresql_where=text("closed_at IS NULL AND due_rule IS NOT NULL"),
        ),
        # What is to be told next.
        Index(
            "ix_ticket_next",
            "due_next_at",
            "id",
            postgresql_where=text("closed_at IS NULL AND due_next_at IS NOT NULL"),
        ),
        # What is near and over, as leaders list it.
        Index(
            "ix_ticket_due_at",
            "due_at",
            "id",
            postgresql_where=text("closed_at IS NULL AND due_at IS NOT NULL"),
        ),
        # 密件 are few: what hides them looks here.
        Index("ix_ticket_confidential", "number", postgresql_where=text("is_confidential")),
        # What a unit has asked for and is not over: few, whatever is closed.
        Index(
            "ix_ticket_undecided",
            "unit_id",
            "process",
            "state",
            postgresql_where=text("state IN ('running', 'returned', 'suspended', 'withdrawn')"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(Text, unique=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), unique=True)
    client_key: Mapped[str | None] = mapped_column(Text)
    process: Mapped[str] = mapped_column(Text)
    process_title: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    state: Mapped[TicketState] = mapped_column(enum_column(TicketState), default=TicketState.DRAFT)
    # What it was when it was suspended, and is again afterwards.
    held_state: Mapped[TicketState | None] = mapped_column(enum_column(TicketState))
    requester_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    submission: Mapped[int] = mapped_column(default=0)
    # 依据: the versions of rule sets that were in force when it began.
    rule_ids: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    draft_sealed: Mapped[bytes | None]
    draft_stamp: Mapped[str | None] = mapped_column(Text)  # the page that wrote last, and its turn
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]  # as its run has it
    submitted_at: Mapped[datetime | None]  # the last time
    # 补录: asked for on paper while the system stood; its run has the moment too.
    paper_at: Mapped[datetime | None]
    outage_id: Mapped[int | None] = mapped_column(ForeignKey("outage.id"))
    paper_remark: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[datetime | None]
    is_confidential: Mapped[bool] = mapped_column(default=False, server_default=text("false"))

    instance: Mapped[Instance] = relationship(lazy="raise_on_sql")

    @property
    def draft(self) -> dict[str, Any] | None:
        """What was typed and not yet submitted; survives a lost session."""
        if self.draft_sealed is None:
            return None
        answers: dict[str, Any] = crypto.unseal_json(self.draft_sealed)
        return answers

    @property
    def paper(self) -> Paper | None:
        if self.paper_at is None or self.outage_id is None:
            return None
        return Paper(self.paper_at, self.outage_id, self.paper_remark or "")

    def has_turn(self, page: DraftPage) -> bool:
        """What this page sends has come before, or something newer of it."""
        key, _, turn = (self.draft_stamp or "").rpartition(":")
        return key == page.key and int(turn) >= page.turn

    def begin_turn(self, page: DraftPage) -> None:
        """Raises: DraftElsewhere, when another page has written since this one was opened."""
        stamp = self.draft_stamp or ""
        if stamp != page.base and stamp.rpartition(":")[0] != page.key:
            raise DraftElsewhere(stamp=stamp, saved_at=self.updated_at.isoformat())
        self.draft_stamp = page.stamp

    def move(self, target: TicketState, now: datetime) -> None:
        """Raises: WrongState."""
        if target not in TRANSITIONS[self.state]:
            raise WrongState(current=self.state.value)
        self.state, self.updated_at = target, now

    def hold(self, now: datetime) -> None:
        """Raises: WrongState."""
        before = self.state
        self.move(TicketState.SUSPENDED, now)
        self.held_state = before

    def go_on(self, now: datetime) -> None:
        """As it was before it was held. Raises: WrongState."""
        if self.held_state is None:
            raise WrongState(current=self.state.value)
        self.move(self.held_state, now)
        self.held_state = None

    def put(self, *, at_requester: bool, now: datetime) -> None:
        """Where an administrator has put it: at the start form, or on its road."""
        target = TicketState.RETURNED if at_requester else TicketState.RUNNING
        if self.state is TicketState.SUSPENDED:
            self.held_state, self.updated_at = target, now
        elif self.state is not target:
            self.move(target, now)


class TicketPerson(Base):
    """People named in the current submission: search by name, uniqueness by blind index."""

    __tablename__ = "ticket_person"
    __table_args__ = (
        UniqueConstraint("ticket_id", "row"),
        Index("ix_ticket_person_name", "name"),
        Index("ix_ticket_person_index", "blind_index"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    row: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    blind_index: Mapped[bytes | None]


class Comment(Base):
    """What somebody says beside a ticket. Taken back, it stays and stands struck out."""

    __tablename__ = "ticket_comment"
    __table_args__ = (
        UniqueConstraint("person_id", "client_key"),
        Index("ix_ticket_comment_instance", "instance_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    # Which page wrote it: its second click finds it.
    client_key: Mapped[str | None] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    def withdraw(self, now: datetime) -> None:
        """Raises: CommentStands."""
        if now - self.at > COMMENT_STANDS_AFTER:
            raise CommentStands
        self.withdrawn_at = now


class Link(Base):
    """关联: two tickets that have to do with one another. Removed, it stays for the record.

    `low` and `high` are their runs in the order of the ids, so that a pair is a pair from either
    side; `from_id` is the one that it was linked on.
    """

    __tablename__ = "ticket_link"
    __table_args__ = (
        Index("ix_ticket_link_high", "high_id"),
        Index("ix_ticket_link_low", "low_id"),
        Index(
            "uq_ticket_link_pair",
            "low_id",
            "high_id",
            unique=True,
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    low_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    high_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    from_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[LinkKind] = mapped_column(enum_column(LinkKind))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    def other(self, instance_id: int) -> int:
        return self.high_id if instance_id == self.low_id else self.low_id


class RevealCount(Base):
    """What somebody saw whole on one day: numbers, and printed forms that hold them (S44)."""

    __tablename__ = "reveal_count"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    used: Mapped[int] = mapped_column(default=0)
    printed: Mapped[int] = mapped_column(default=0, server_default=text("0"))


class TicketNumber(Base):
    """Last number given under a pattern; gaps are allowed here (official 编号 is another thing)."""

    __tablename__ = "ticket_number"

    prefix: Mapped[str] = mapped_column(Text, primary_key=True)
    last: Mapped[int]
