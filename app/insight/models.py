"""Sums of closed tickets by year, unit and process, and those that are not yet in them."""

from sqlalchemy import BigInteger, ForeignKey, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.insight.spread import PLACES
from app.insight.types import MONTHS


class Closing(Base):
    """A run that was closed and is not yet counted: written with its end, gone when it is."""

    __tablename__ = "closing"

    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), primary_key=True)


class ClosingYear(Base):
    """One year of a unit and a process, month by month. `days` has `PLACES` counts for each month.

    A year in a row, so that a page reads as many rows whatever was closed (ADR 109).
    """

    __tablename__ = "closing_year"

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    unit_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("unit.id"), primary_key=True, autoincrement=False
    )
    process: Mapped[str] = mapped_column(Text, primary_key=True)
    closed: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    on_time: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    late: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    paused: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    days: Mapped[list[int]] = mapped_column(ARRAY(Integer))

    @classmethod
    def empty(cls, year: int, unit_id: int, process: str) -> "ClosingYear":
        return cls(
            year=year,
            unit_id=unit_id,
            process=process,
            closed=[0] * MONTHS,
            on_time=[0] * MONTHS,
            late=[0] * MONTHS,
            paused=[0] * MONTHS,
            days=[0] * MONTHS * PLACES,
        )

    @property
    def counts(self) -> tuple[list[int], ...]:
        return self.closed, self.on_time, self.late, self.paused, self.days

    def add(self, other: "ClosingYear") -> None:
        """New lists: a list that was changed in its place would not be written."""
        self.closed = _sum(self.closed, other.closed)
        self.on_time = _sum(self.on_time, other.on_time)
        self.late = _sum(self.late, other.late)
        self.paused = _sum(self.paused, other.paused)
        self.days = _sum(self.days, other.days)

    def spread_of(self, month: int) -> list[int]:
        return self.days[(month - 1) * PLACES : month * PLACES]


def _sum(one: list[int], other: list[int]) -> list[int]:
    return [a + b for a, b in zip(one, other, strict=True)]
