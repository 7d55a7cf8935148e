"""Ledger rows and the counters of their serials. Rows are only ever added."""

from datetime import datetime
from typing import Any

from sqlalchemy import DDL, BigInteger, ForeignKey, Index, Text, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base

REFUSE_CHANGE = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION USING
    ERRCODE = 'restrict_violation',
    MESSAGE = TG_TABLE_NAME || ': rows are only ever added';
END
$body$
"""


def append_only(table: str) -> tuple[str, ...]:
    """SQL that makes a table refuse UPDATE, DELETE and TRUNCATE, for migrations."""
    refuse = "EXECUTE FUNCTION refuse_change()"
    row = f"BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {refuse}"
    whole = f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}"
    return (
        REFUSE_CHANGE,
        f"CREATE TRIGGER {table}_append_only {row}",
        f"CREATE TRIGGER {table}_no_truncate {whole}",
    )


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


# Schemas made without migrations (tests) refuse changes as well.
for _statement in append_only(LedgerRow.__tablename__):
    event.listen(
        LedgerRow.__table__,
        "after_create",
        DDL(_statement),  # type: ignore[no-untyped-call]
    )
