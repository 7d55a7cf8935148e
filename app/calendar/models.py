"""Notices, and the days they speak of."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.calendar.days import DayKind
from app.calendar.types import NoticeSource
from app.core.db import Base, enum_column


class Notice(Base):
    """A notice of one layer: of the nation (no unit), of a 州 or 县市, of an office.

    It is never changed: who finds a mistake withdraws it and enters it anew.
    """

    __tablename__ = "calendar_notice"
    __table_args__ = (
        Index("ix_calendar_notice_year", "year", "id"),
        Index(
            "uq_calendar_notice_number",
            "unit_id",
            "number",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    year: Mapped[int]
    number: Mapped[str] = mapped_column(Text)  # 文号
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text, default="")  # 原文
    source: Mapped[NoticeSource] = mapped_column(enum_column(NoticeSource))
    # Empty for what the program came with, and for the operator's command line.
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None] = mapped_column(Text)
    # Of what the program came with: the notice that stands instead of it.
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("calendar_notice.id"))
    rev: Mapped[int] = mapped_column(default=1)


class NoticeDay(Base):
    """What a notice says of one day. The layer stands here too: it says one thing of a day."""

    __tablename__ = "calendar_day"
    __table_args__ = (
        Index(
            "uq_calendar_day_said",
            "unit_id",
            "day",
            unique=True,
            postgresql_where=text("stands"),
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_calendar_day_day", "day", postgresql_where=text("stands")),
    )

    notice_id: Mapped[int] = mapped_column(ForeignKey("calendar_notice.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[DayKind] = mapped_column(enum_column(DayKind))
    name: Mapped[str] = mapped_column(Text, default="")
    stands: Mapped[bool] = mapped_column(default=True)  # until its notice is withdrawn
