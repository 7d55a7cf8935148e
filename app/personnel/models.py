"""Events of people as they were entered."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core import crypto
from app.core.db import Base, enum_column
from app.personnel.types import EventKind, EventState, LeaveKind, Matter

STANDS = "is_open AND matter IN ('left', 'away', 'inquiry')"


class PersonEvent(Base):
    """One change in somebody's service. Never changed: a wrong one is cancelled before its day."""

    __tablename__ = "person_event"
    __table_args__ = (
        # The same event once, whoever enters it and however often.
        Index(
            "uq_person_event_once",
            *("person_ref", "kind", "on_day"),
            unique=True,
            postgresql_where=text("state <> 'cancelled'"),
        ),
        # Somebody has left, is away, or is under investigation once at a time.
        Index(
            "uq_person_event_stands",
            *("person_ref", "matter"),
            unique=True,
            postgresql_where=text(STANDS),
        ),
        Index("ix_person_event_unit", "unit_id", "on_day", "id"),
        Index("ix_person_event_list", "on_day", "id"),
        Index(
            "ix_person_event_due",
            *("due_on", "id"),
            postgresql_where=text("state = 'planned' AND is_open"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[EventKind] = mapped_column(enum_column(EventKind))
    matter: Mapped[Matter] = mapped_column(enum_column(Matter))
    leave: Mapped[LeaveKind | None] = mapped_column(enum_column(LeaveKind))
    person_ref: Mapped[bytes]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[str] = mapped_column(Text)
    id_number: Mapped[bytes]
    on_day: Mapped[date]
    # Of leaves that follow each other without a day between them: when the first began.
    since_day: Mapped[date]
    until_day: Mapped[date | None]
    note_sealed: Mapped[bytes]
    is_late: Mapped[bool]
    state: Mapped[EventState] = mapped_column(enum_column(EventState))
    is_open: Mapped[bool]  # neither cancelled nor ended by a return
    due_on: Mapped[date | None]
    again_at: Mapped[datetime | None]  # what it opens could not be opened: when that is tried next
    done_at: Mapped[datetime | None]
    tickets: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    outcome: Mapped[str] = mapped_column(Text, default="")  # what followed, in a sentence
    file_by: Mapped[date | None]  # an administrator's 附件1 is to be filed by this day
    absence_id: Mapped[int | None] = mapped_column(ForeignKey("absence.id"))
    ended_on: Mapped[date | None]
    source: Mapped[str] = mapped_column(Text)
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]
    cancelled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    cancelled_at: Mapped[datetime | None]
    cancelled_reason: Mapped[str | None] = mapped_column(Text)
    rev: Mapped[int] = mapped_column(default=1)

    @property
    def note(self) -> str:
        return crypto.unseal(self.note_sealed).decode() if self.note_sealed else ""

    @property
    def is_secret(self) -> bool:
        return self.matter is Matter.INQUIRY

    def say(self, words: str) -> None:
        self.outcome = f"{self.outcome}{words}" if words not in self.outcome else self.outcome

    def end(self, on: date) -> None:
        """A return, or a leave that follows. What fell due stays done."""
        self.is_open, self.ended_on, self.rev = False, on, self.rev + 1
        if self.state is EventState.PLANNED:
            self.state = EventState.OVER


class PersonEventImport(Base):
    """A sheet that was checked and waits for a word; the rows go when it is confirmed or old."""

    __tablename__ = "person_event_import"
    __table_args__ = (
        UniqueConstraint("person_id", "client_key"),
        Index("ix_person_event_import_created", "created_at"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    client_key: Mapped[str] = mapped_column(Text)
    report_sealed: Mapped[bytes]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]

    @property
    def report(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = crypto.unseal_json(self.report_sealed)["rows"]
        return found

    @report.setter
    def report(self, rows: list[dict[str, Any]]) -> None:
        self.report_sealed = crypto.seal_json({"rows": rows})
