"""How often was asked lately."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class ProgressCount(Base):
    """Questions from one address, or for one number, since `first_at`.

    Keyed by a blind index: what people type by mistake may be anything.
    """

    __tablename__ = "progress_count"
    __table_args__ = (Index("ix_progress_count_first_at", "first_at"),)

    key: Mapped[bytes] = mapped_column(primary_key=True)
    asked: Mapped[int]
    first_at: Mapped[datetime]
