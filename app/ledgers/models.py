"""Ledger rows and the counters of their serials. Rows are only ever added: a trigger sees to it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


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
        # The own unit's rows: a subtree is a prefix.
        Index("ix_ledger_row_place", "name", "place", postgresql_ops={"place": "text_pattern_ops"}),
        Index("ix_ledger_row_ticket", "ticket"),
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
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_row.id"), index=True)


class LedgerCounter(Base):
    """The last serial of one book, keeper and year."""

    __tablename__ = "ledger_counter"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]
