"""What leaders ask of those who have a ticket, and what these answer."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, enum_column
from app.supervision.types import State


class Supervision(Base):
    """督办 of a step, or of a whole ticket: one stands at a time. Without a visit of the whole."""

    __tablename__ = "supervision"
    __table_args__ = (
        Index("ix_supervision_instance", "instance_id", "id"),
        Index("ix_supervision_open", "id", postgresql_where=text("state <> 'closed'")),
        Index(
            "uq_supervision_open",
            "instance_id",
            "visit_id",
            unique=True,
            postgresql_where=text("state <> 'closed'"),
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"))
    what: Mapped[str] = mapped_column(Text)
    demand: Mapped[str] = mapped_column(Text)
    answer_by: Mapped[date]
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    opened_unit: Mapped[str] = mapped_column(Text)  # as it was called then
    opened_at: Mapped[datetime]
    state: Mapped[State] = mapped_column(enum_column(State), default=State.OPEN)
    rev: Mapped[int] = mapped_column(default=1)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[datetime | None]
    closing: Mapped[str] = mapped_column(Text, default="")

    def answer(self) -> None:
        self.state = State.ANSWERED
        self.rev += 1

    def close(self, person_id: int | None, words: str, now: datetime) -> None:
        """Without a person the ticket has come to its end."""
        self.state, self.closed_by_id, self.closed_at = State.CLOSED, person_id, now
        self.closing = words
        self.rev += 1


class SupervisionAnswer(Base):
    """Never changed; whoever has more to say answers again."""

    __tablename__ = "supervision_answer"
    __table_args__ = (Index("ix_supervision_answer_of", "supervision_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    supervision_id: Mapped[int] = mapped_column(ForeignKey("supervision.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
