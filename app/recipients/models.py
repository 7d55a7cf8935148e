"""Frozen lists with their rows, and the numbers that get nothing."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, enum_column
from app.messaging.audience.types import Block
from app.messaging.types import Operator


class NumberBlock(Base):
    """退订, 黑名单 or 空号: what is lifted is gone, and on record in the audit trail."""

    __tablename__ = "number_block"
    __table_args__ = (
        UniqueConstraint("phone_ref", "kind"),
        Index("ix_number_block_kind", "kind", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    phone_ref: Mapped[bytes]
    phone: Mapped[bytes]
    kind: Mapped[Block] = mapped_column(enum_column(Block))
    source: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime]
    # Who entered it, for which unit; empty where the system did, for who answered 退订.
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))


class ListNumber(Base):
    """The last number of a year. One of a list that was deleted is not given again."""

    __tablename__ = "list_number"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class RecipientList(Base):
    """A list as it was judged: never changed, and deleted only while nothing uses it.

    `funnel` says what became of the rows read, `areas` how many are kept in each division (by its
    code). `used_by` is the ticket that sends to it: one list, one sending.
    """

    __tablename__ = "recipient_list"
    __table_args__ = (Index("ix_recipient_list_unit", "unit_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(Text, unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    template_id: Mapped[int] = mapped_column(ForeignKey("message_template.id"))
    client_key: Mapped[str] = mapped_column(Text, unique=True)  # the same upload is one list
    sheet_sealed: Mapped[bytes]  # the file's name may name people; of the book, what was chosen
    # Its findings name entries of the address book then, not rows of a sheet.
    is_from_book: Mapped[bool] = mapped_column(server_default=text("false"))
    digest: Mapped[bytes]
    funnel: Mapped[dict[str, Any]]
    areas: Mapped[dict[str, Any]]
    # By operator (`word_of`) the version of the template that goes to its numbers, and how many:
    # {"mobile": {"template": 3, "people": 17}, "unknown": …}; those that have nobody are not there.
    versions: Mapped[dict[str, Any]]
    kept: Mapped[int]
    segments: Mapped[int]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    used_by: Mapped[str | None] = mapped_column(Text, unique=True)


class Recipient(Base):
    """One number of a list, with the values of the template's blanks."""

    __tablename__ = "recipient"
    __table_args__ = (UniqueConstraint("list_id", "n"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("recipient_list.id", ondelete="CASCADE"))
    n: Mapped[int]
    phone: Mapped[bytes]
    phone_ref: Mapped[bytes]
    area: Mapped[str] = mapped_column(Text)
    operator: Mapped[Operator | None] = mapped_column(enum_column(Operator))
    values_sealed: Mapped[bytes]
    segments: Mapped[int] = mapped_column(SmallInteger)


class ListFinding(Base):
    """Why a row of the sheet is not on the list: a fault at a column, or a sieve."""

    __tablename__ = "list_finding"
    __table_args__ = (UniqueConstraint("list_id", "n"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("recipient_list.id", ondelete="CASCADE"))
    n: Mapped[int]
    row: Mapped[int]
    column_title: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    message: Mapped[str] = mapped_column(Text)
