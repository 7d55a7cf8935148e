"""Imports, row by row; reorganisations, from being proposed to their day."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.administration.types import (
    IMPORT_LABELS,
    PLAN_LABELS,
    PLAN_STATE_LABELS,
    ROW_LABELS,
    ImportState,
    PlanKind,
    PlanOver,
    PlanState,
    RowState,
)
from app.core.db import Base, enum_column
from app.identity.models import Person, Unit


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


class Reorganisation(Base):
    """机构调整: proposed by one administrator, confirmed by another, carried out on its day."""

    __tablename__ = "reorganisation"
    __table_args__ = (
        Index(
            "uq_reorganisation_live",
            "unit_id",
            unique=True,
            postgresql_where=text("state IN ('proposed', 'confirmed')"),
        ),
        Index("ix_reorganisation_unit", "unit_id", "id"),
        Index("ix_reorganisation_day", "day", "id", postgresql_where=text("state = 'confirmed'")),
        Index("ix_reorganisation_successor", "successor_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[PlanKind] = mapped_column(enum_column(PlanKind))
    state: Mapped[PlanState] = mapped_column(enum_column(PlanState), default=PlanState.PROPOSED)
    version: Mapped[int] = mapped_column(default=1)
    old_name: Mapped[str] = mapped_column(Text)
    new_name: Mapped[str | None] = mapped_column(Text)
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    day: Mapped[date]
    document: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    confirmed_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    done_at: Mapped[datetime | None]
    # Why it could not be carried out on its day; it is tried again until somebody withdraws it.
    stuck: Mapped[str] = mapped_column(Text, default="", server_default="")

    unit: Mapped[Unit] = relationship(foreign_keys=[unit_id])
    successor: Mapped[Unit | None] = relationship(foreign_keys=[successor_id])
    proposed_by: Mapped[Person] = relationship(foreign_keys=[proposed_by_id])
    confirmed_by: Mapped[Person | None] = relationship(foreign_keys=[confirmed_by_id])

    @property
    def kind_label(self) -> str:
        return PLAN_LABELS[self.kind]

    @property
    def state_label(self) -> str:
        return PLAN_STATE_LABELS[self.state]

    @property
    def is_live(self) -> bool:
        return self.state in (PlanState.PROPOSED, PlanState.CONFIRMED)

    @property
    def in_words(self) -> str:
        """What becomes of the unit, in one sentence without its end."""
        other = self.successor.name if self.successor else ""
        if self.kind is PlanKind.RENAME:
            return f"{self.old_name}更名为{self.new_name}"
        if self.kind is PlanKind.MERGE:
            return f"{self.old_name}并入{other}"
        return f"{self.old_name}撤销，由{other}承接" if other else f"{self.old_name}撤销"

    def expect(self, *states: PlanState) -> None:
        """Raises: PlanOver."""
        if self.state not in states:
            raise PlanOver(f"这次机构调整{self.state_label}，不能再办。", current=self.state.value)

    def move(self, target: PlanState) -> None:
        self.state = target
        self.version += 1
