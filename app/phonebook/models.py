"""Numbers of an area, and the sheets they came in."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, enum_column
from app.messaging.types import Operator
from app.phonebook.types import Kind, Source, State, Verification


class PhoneEntry(Base):
    """One number of one person or employer of an area.

    `name` is compared sign by sign, so that what begins with some words is found by its index.
    `wrong_in`: the request whose message found nobody there.
    """

    __tablename__ = "phone_entry"
    __table_args__ = (
        UniqueConstraint("phone_ref", "area_id", "kind"),
        Index("ix_phone_entry_area", "area_id", "id"),
        Index("ix_phone_entry_group", "area_id", "group_name", "id"),
        Index("ix_phone_entry_name", "name", "id"),
        # Few are out of use, and whoever mends them wants those alone.
        Index(
            "ix_phone_entry_state",
            "area_id",
            "state",
            "id",
            postgresql_where=text("state <> 'active'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[Kind] = mapped_column(enum_column(Kind))
    name: Mapped[str] = mapped_column(Text(collation="C"))
    phone: Mapped[bytes]
    phone_ref: Mapped[bytes]
    operator: Mapped[Operator | None] = mapped_column(enum_column(Operator))
    area_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    source: Mapped[Source] = mapped_column(enum_column(Source))
    collected_on: Mapped[date]
    verification: Mapped[Verification] = mapped_column(enum_column(Verification))
    verified_on: Mapped[date | None]
    group_name: Mapped[str] = mapped_column(Text)
    state: Mapped[State] = mapped_column(enum_column(State), server_default=State.ACTIVE.value)
    state_at: Mapped[datetime | None]
    state_reason: Mapped[str] = mapped_column(Text, server_default="")
    wrong_in: Mapped[str | None] = mapped_column(Text)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("phone_import.id"))
    rev: Mapped[int] = mapped_column(server_default="1")


class PhoneImport(Base):
    """A sheet that was read: how many of its rows are in the book now."""

    __tablename__ = "phone_import"
    __table_args__ = (Index("ix_phone_import_unit", "unit_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    client_key: Mapped[str] = mapped_column(Text, unique=True)  # the same upload is one import
    sheet_sealed: Mapped[bytes]  # the file's name may name people
    read_count: Mapped[int]
    taken_count: Mapped[int]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class PhoneFinding(Base):
    """Why a row of a sheet is not in the book, at a column."""

    __tablename__ = "phone_finding"
    __table_args__ = (UniqueConstraint("import_id", "n"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("phone_import.id", ondelete="CASCADE"))
    n: Mapped[int]
    row: Mapped[int]
    column_title: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    message: Mapped[str] = mapped_column(Text)
