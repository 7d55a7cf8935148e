"""What the system found for a review, kept as it was found until people have judged it."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class Review(Base):
    """One review of a 州 or 县市 for a period; `period` is written as its process writes it.
    Where departments are reviewed one by one, `unit_id` is the department.

    A review that was given up leaves its period to the next one.
    """

    __tablename__ = "review"
    __table_args__ = (
        UniqueConstraint("process", "division_id", "period"),
        Index("ix_review_unit", "unit_id", "id", postgresql_where=text("unit_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    process: Mapped[str] = mapped_column(Text)
    division_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    period: Mapped[str] = mapped_column(Text)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), unique=True)
    looked_count: Mapped[int]
    at: Mapped[datetime]


class ReviewRow(Base):
    """One thing to judge. `no` counts from 1, `values` are the columns that the form lays out."""

    __tablename__ = "review_row"
    __table_args__ = (UniqueConstraint("review_id", "no"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id", ondelete="CASCADE"))
    no: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    values: Mapped[dict[str, str]] = mapped_column(JSONB)
