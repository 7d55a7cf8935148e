"""Agreements as they were signed. Written by an operation only, never deleted."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class Agreement(Base):
    """One signing: it holds from `starts_on` to the last of its days, or until it was ended."""

    __tablename__ = "agreement"
    __table_args__ = (
        Index("ix_agreement_person", "person_ref", "ends_on"),
        Index("ix_agreement_ended", "ended_ticket"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    person_ref: Mapped[bytes]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    ended_on: Mapped[date | None]  # the first day on which it holds no more
    ticket: Mapped[str] = mapped_column(Text, unique=True)
    ended_ticket: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime]
