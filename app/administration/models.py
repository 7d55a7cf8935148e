"""Imports: a sheet that was checked row by row, and what became of each row."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.administration.types import IMPORT_LABELS, ROW_LABELS, ImportState, RowState
from app.core.db import Base, enum_column


class Import(Base):
    """One upload of one administrator. `rows` counts those of the sheet that are not empty."""

    __tablename__ = "people_import"
    __table_args__ = (
        UniqueConstraint("person_id", "client_key"),
        Index("ix_people_import_person", "person_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    client_key: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[ImportState] = mapped_column(enum_column(ImportState))
    rows: Mapped[int]
    refused: Mapped[int]
    same: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    @property
    def ready(self) -> int:
        """What a confirmation would import, or has set out to."""
        return self.rows - self.refused - self.same

    @property
    def over(self) -> int:
        return self.done + self.failed

    @property
    def is_running(self) -> bool:
        return self.state is ImportState.RUNNING

    @property
    def state_label(self) -> str:
        return IMPORT_LABELS[self.state]


class ImportRow(Base):
    """One row of the sheet. What stood in it is sealed, and goes once it is done with."""

    __tablename__ = "people_import_row"
    __table_args__ = (
        UniqueConstraint("import_id", "n"),
        Index("ix_people_import_row_state", "import_id", "state", "n"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    import_id: Mapped[str] = mapped_column(ForeignKey("people_import.id", ondelete="CASCADE"))
    n: Mapped[int]  # as the spreadsheet counts
    state: Mapped[RowState] = mapped_column(enum_column(RowState))
    name: Mapped[str] = mapped_column(Text)
    username: Mapped[str] = mapped_column(Text)
    data_sealed: Mapped[bytes | None]
    faults: Mapped[list[Any]] = mapped_column(JSONB)  # [column, reason]

    @property
    def state_label(self) -> str:
        return ROW_LABELS[self.state]
