"""Imports of paper ledgers, and their rows."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.actor import Actor
from app.core.db import Base, enum_column
from app.identity.models import Person, Unit
from app.oldbooks.types import (
    BOOK_LABELS,
    ROW_LABELS,
    BookState,
    RowState,
    number_of,
)


class OldBook(Base):
    """One file of one 州 or 县市: uploaded by one person, confirmed by another.

    The counts are those of the report; `tickets` are the reports of problems that it led to,
    `untold` why one could not be sent.
    """

    __tablename__ = "old_book"
    __table_args__ = (
        # The same file is imported once, whoever brings it; withdrawn, it may come again.
        Index(
            "uq_old_book_file",
            "division_id",
            "sha256",
            unique=True,
            postgresql_where=text("state <> 'withdrawn'"),
        ),
        Index("ix_old_book_division", "division_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    division_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    state: Mapped[BookState] = mapped_column(enum_column(BookState))
    rev: Mapped[int] = mapped_column(default=1)
    sha256: Mapped[str] = mapped_column(Text)
    rows: Mapped[int]
    ready: Mapped[int]
    same: Mapped[int]
    refused: Mapped[int]
    conflicts: Mapped[int]
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    uploaded_at: Mapped[datetime]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    confirmed_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    tickets: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default="[]")
    untold: Mapped[str] = mapped_column(Text, default="", server_default="")

    division: Mapped[Unit] = relationship(foreign_keys=[division_id])
    uploaded_by: Mapped[Person] = relationship(foreign_keys=[uploaded_by_id])
    confirmed_by: Mapped[Person | None] = relationship(foreign_keys=[confirmed_by_id])
    withdrawn_by: Mapped[Person | None] = relationship(foreign_keys=[withdrawn_by_id])

    @property
    def number(self) -> str:
        return number_of(self.id)

    @property
    def state_label(self) -> str:
        return BOOK_LABELS[self.state]

    @property
    def is_pending(self) -> bool:
        return self.state is BookState.PENDING

    def confirm(self, actor: Actor, now: datetime) -> None:
        self.state, self.rev = BookState.CONFIRMED, self.rev + 1
        self.confirmed_by_id, self.confirmed_at = actor.person_id, now

    def withdraw(self, actor: Actor | None, reason: str, now: datetime) -> None:
        """Without an actor: nobody confirmed it in time."""
        self.state, self.rev, self.withdrawn_reason = BookState.WITHDRAWN, self.rev + 1, reason
        self.withdrawn_by_id, self.withdrawn_at = actor.person_id if actor else None, now


class OldBookRow(Base):
    """One line of the sheet, with what was found of it. `fields_sealed` is what stood in it, kept
    until it is confirmed or withdrawn; `said` tells it without numbers of persons.
    """

    __tablename__ = "old_book_row"
    __table_args__ = (
        UniqueConstraint("old_book_id", "n"),
        Index("ix_old_book_row_state", "old_book_id", "state", "n"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    old_book_id: Mapped[int] = mapped_column(ForeignKey("old_book.id"))
    n: Mapped[int]  # as the spreadsheet counts
    state: Mapped[RowState] = mapped_column(enum_column(RowState))
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    unit_name: Mapped[str] = mapped_column(Text)
    masked_id: Mapped[str] = mapped_column(Text)
    said: Mapped[str] = mapped_column(Text)
    faults: Mapped[list[Any]] = mapped_column(JSONB)  # [column, reason]
    fields_sealed: Mapped[bytes | None]

    @property
    def state_label(self) -> str:
        return ROW_LABELS[self.state]
