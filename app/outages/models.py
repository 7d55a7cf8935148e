"""Outages as they were declared."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class Outage(Base):
    """The system stood for a unit and all below it. Never changed: a wrong one is withdrawn, as
    long as nothing was entered under it.
    """

    __tablename__ = "outage"
    __table_args__ = (
        Index("ix_outage_from", "from_at", "id"),
        Index("ix_outage_last", "last_on", postgresql_where=text("withdrawn_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    from_at: Mapped[datetime]
    to_at: Mapped[datetime]
    last_on: Mapped[date]  # the last day on which papers of it may be entered
    reason: Mapped[str] = mapped_column(Text)
    entered_count: Mapped[int] = mapped_column(default=0)
    declared_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    declared_at: Mapped[datetime]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None] = mapped_column(Text)
    rev: Mapped[int] = mapped_column(default=1)
