"""Migrations of many tickets: a rehearsal or the real thing, with a line for each ticket."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, enum_column
from app.repairs.types import MIGRATION_STATES, MigrationState, MovedState


class Migration(Base):
    """All running tickets of one version that are within reach of whoever asked for it."""

    __tablename__ = "migration"
    __table_args__ = (
        UniqueConstraint("person_id", "client_key"),
        UniqueConstraint("rehearsal_id"),
        Index("ix_migration_key", "key", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    client_key: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    from_version_id: Mapped[int] = mapped_column(ForeignKey("process_version.id"))
    to_version_id: Mapped[int] = mapped_column(ForeignKey("process_version.id"))
    # Empty for a rehearsal; the real thing does what one has found possible, once.
    rehearsal_id: Mapped[str | None] = mapped_column(ForeignKey("migration.id"))
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[MigrationState] = mapped_column(
        enum_column(MigrationState), default=MigrationState.RUNNING
    )
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    @property
    def is_rehearsal(self) -> bool:
        return self.rehearsal_id is None

    @property
    def is_running(self) -> bool:
        return self.state is MigrationState.RUNNING

    @property
    def state_label(self) -> str:
        return MIGRATION_STATES[self.state]


class MigrationItem(Base):
    """One ticket: whether it could go, and what was told of it."""

    __tablename__ = "migration_item"
    __table_args__ = (
        UniqueConstraint("migration_id", "number"),
        Index("ix_migration_item_state", "migration_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    migration_id: Mapped[str] = mapped_column(ForeignKey("migration.id"))
    number: Mapped[str] = mapped_column(Text)
    state: Mapped[MovedState] = mapped_column(enum_column(MovedState), default=MovedState.WAITING)
    told: Mapped[list[Any]] = mapped_column(JSONB)
