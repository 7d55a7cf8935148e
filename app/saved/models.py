"""What people keep."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class SavedFilter(Base):
    """A list narrowed down, under a name; the default one is what the bare list shows."""

    __tablename__ = "saved_filter"
    __table_args__ = (
        UniqueConstraint("person_id", "list", "name"),
        Index(
            "uq_saved_filter_default",
            "person_id",
            "list",
            unique=True,
            postgresql_where=text("is_default"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    list: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    given: Mapped[dict[str, Any]]  # the words of the address
    is_default: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class Phrases(Base):
    """常用语: what somebody often writes in an opinion, in his order. No row: the usual ones."""

    __tablename__ = "phrases"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    texts: Mapped[list[str]] = mapped_column(ARRAY(Text))
    rev: Mapped[int] = mapped_column(default=1)
