"""Ledger rows and the counters of their serials. Rows are only ever added: a trigger sees to it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.ledgers.types import Column, Ledger


class LedgerRow(Base):
    """One booked act. The unit is the keeper of the book (the 州 or 县市), `place` the path of
    the unit that asked: who may read is decided by both.
    """

    __tablename__ = "ledger_row"
    __table_args__ = (
        UniqueConstraint("name", "source"),
        UniqueConstraint("name", "unit_id", "year", "serial", name="uq_ledger_row_serial"),
        # Within one keeper ids rise with serials, so paging by id is paging by serial.
        Index("ix_ledger_row_keeper", "name", "unit_id", "id"),
        Index("ix_ledger_row_name", "name", "id"),
        # By days: the moment leads, the id tells acts of one moment apart.
        Index("ix_ledger_row_at", "name", "at", "id"),
        # The own unit's rows: a subtree is a prefix.
        Index(
            "ix_ledger_row_place",
            "name",
            "place",
            "id",
            postgresql_ops={"place": "text_pattern_ops"},
        ),
        # Few rows correct another; the others need not be in it.
        Index(
            "ix_ledger_row_corrects_id",
            "corrects_id",
            postgresql_where=text("corrects_id IS NOT NULL"),
        ),
        Index("ix_ledger_row_ticket", "ticket"),
        Index("ix_ledger_row_words", "words", postgresql_using="gin"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    unit_code: Mapped[str] = mapped_column(Text)
    unit_name: Mapped[str] = mapped_column(Text)
    year: Mapped[int]
    serial: Mapped[int]
    at: Mapped[datetime]
    place: Mapped[str] = mapped_column(Text)
    ticket: Mapped[str] = mapped_column(Text)
    row_no: Mapped[int]
    source: Mapped[str] = mapped_column(Text)
    values: Mapped[dict[str, Any]]
    # By which it is found: the ticket, and what its book lets search when it is booked.
    words: Mapped[str] = mapped_column(TSVECTOR)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_row.id"))


class LedgerBook(Base):
    """How a book that a process describes looks on the screen; its rows know nothing of it."""

    __tablename__ = "ledger_book"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    process: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    help: Mapped[str] = mapped_column(Text)
    columns: Mapped[list[list[str]]] = mapped_column(JSONB)
    search: Mapped[list[str]] = mapped_column(JSONB)
    keepers: Mapped[list[str]] = mapped_column(JSONB)
    described_at: Mapped[datetime]

    def take(self, ledger: Ledger, now: datetime) -> None:
        """Look like `ledger`, and keep columns that only older rows fill."""
        columns = [[one.key, one.label, one.kind] for one in ledger.columns]
        kept = {one.key for one in ledger.columns}
        own = [column for column in self.columns if column[0] not in kept]
        tail = next(n for n, one in enumerate(ledger.columns) if one.key == "_row")
        self.columns = columns[:tail] + own + columns[tail:]
        self.title, self.help = ledger.title, ledger.help
        self.search, self.keepers = list(ledger.search), sorted(ledger.keepers)
        self.described_at = now

    @property
    def ledger(self) -> Ledger:
        return Ledger(
            self.name,
            self.title,
            self.help,
            tuple(Column(*column) for column in self.columns),
            search=tuple(self.search),
            keepers=frozenset(self.keepers),
        )


class LedgerCounter(Base):
    """The last serial of one book, year and keeper, and how many rows each month has."""

    __tablename__ = "ledger_counter"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    last: Mapped[int]
    months: Mapped[list[int]] = mapped_column(ARRAY(Integer))


class LedgerPlace(Base):
    """The share that one unit has in a book and year, month by month."""

    __tablename__ = "ledger_place"
    __table_args__ = (
        Index(
            "ix_ledger_place", "name", "year", "place", postgresql_ops={"place": "text_pattern_ops"}
        ),
    )

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    place: Mapped[str] = mapped_column(Text, primary_key=True)
    months: Mapped[list[int]] = mapped_column(ARRAY(Integer))
