"""Ledger rows, the counters of their serials, and the months that are frozen.

Rows are only ever added, and what is frozen stays as it is: triggers see to both.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, deferred, mapped_column

from app.core.actor import Actor
from app.core.db import AT_ONCE, Base
from app.ledgers.types import Column, Ledger, Period, Stand


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
        # How a month stands: its rows, the first and the last serial, counted in the index alone.
        Index("ix_ledger_row_stand", "name", "unit_id", "at", postgresql_include=["serial"]),
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
        # What the books say of one account, in the order it was booked.
        Index(
            "ix_ledger_row_account",
            "account_id",
            "id",
            postgresql_where=text("account_id IS NOT NULL"),
        ),
        Index("ix_ledger_row_words", "words", postgresql_using="gin", postgresql_with=AT_ONCE),
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
    # The managed account it speaks of; a row of another book speaks of none.
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


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
    """The last serial of one book, year and keeper, and how many rows each month has.

    `frozen` has a bit for each month that takes no row any more, January the lowest.
    """

    __tablename__ = "ledger_counter"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    last: Mapped[int]
    months: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    frozen: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))


class LedgerMonth(Base):
    """A month of one keeper's book that is proposed to be frozen, or is.

    The proposal names what stood in the book; the second person puts the seal under just that.
    Names are those of the day. `place` is where the proposer keeps the book.
    """

    __tablename__ = "ledger_month"
    __table_args__ = (UniqueConstraint("name", "unit_id", "year", "month"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    year: Mapped[int]
    month: Mapped[int]
    rows_count: Mapped[int]
    first_serial: Mapped[int]
    last_serial: Mapped[int]
    place: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_name: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime]
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    confirmed_name: Mapped[str | None] = mapped_column(Text)
    frozen_at: Mapped[datetime | None]
    sha256: Mapped[str | None] = mapped_column(Text)
    size: Mapped[int | None]
    xlsx_sealed: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))

    @property
    def period(self) -> Period:
        return Period(self.year, self.month)

    @property
    def stand(self) -> Stand:
        return Stand(self.rows_count, self.first_serial, self.last_serial)

    @property
    def is_frozen(self) -> bool:
        return self.frozen_at is not None

    def propose(self, actor: Actor, place: str, stand: Stand, now: datetime) -> None:
        self.rows_count = stand.rows_count
        self.first_serial, self.last_serial = stand.first_serial, stand.last_serial
        self.proposed_by, self.proposed_name = actor.person_id, actor.name
        self.proposed_at, self.place = now, place

    def freeze(self, actor: Actor, sha256: str, size: int, sealed: bytes, now: datetime) -> None:
        self.confirmed_by, self.confirmed_name = actor.person_id, actor.name
        self.frozen_at = now
        self.sha256, self.size, self.xlsx_sealed = sha256, size, sealed


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
