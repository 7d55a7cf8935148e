"""How many accounts and permissions each unit has. Written by the database itself (ADR 124)."""

from sqlalchemy import BigInteger, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class HoldingCount(Base):
    """What one statement changed; the sum of a unit's rows is what it has now. `subsystem` and
    `post` say of which permission, and are empty where accounts are counted.

    Triggers on `account` and `grant` add them, whoever writes there; a job adds them up.
    """

    __tablename__ = "holding_count"
    __table_args__ = (Index("ix_holding_count_unit", "unit_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    subsystem: Mapped[str] = mapped_column(Text, server_default=text("''"))
    post: Mapped[str] = mapped_column(Text, server_default=text("''"))
    active: Mapped[int] = mapped_column(server_default=text("0"))
    suspended: Mapped[int] = mapped_column(server_default=text("0"))
    closed: Mapped[int] = mapped_column(server_default=text("0"))
    grants: Mapped[int] = mapped_column(server_default=text("0"))
