"""Tables of cover: who is away, who stands in for whom, and the AB pairs."""

from datetime import date, datetime, timedelta

from sqlalchemy import BigInteger, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.core.db import Base, enum_column
from app.identity.cover_types import AbsenceKind, CoverMoved, CoverOver, Standing
from app.identity.models import Person, Unit
from app.identity.types import Position


class Period:
    """From one day of the office to another. What follows from either end is worked off once."""

    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]  # the first moment it holds no more
    # When the tasks were offered anew because it had begun, and because it was over.
    begun_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    # Somebody ended it before its last day.
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]

    @property
    def first_on(self) -> date:
        return clock.local(self.starts_at).date()

    @property
    def last_on(self) -> date:
        """The last day it holds or held, whole or in part."""
        last = self.ends_at - timedelta(microseconds=1)
        return clock.local(max(last, self.starts_at)).date()

    def standing(self, now: datetime) -> Standing:
        if self.ends_at <= self.starts_at:
            return Standing.CANCELLED
        if now < self.starts_at:
            return Standing.PLANNED
        return Standing.CURRENT if now < self.ends_at else Standing.OVER

    def covers(self, now: datetime) -> bool:
        return self.starts_at <= now < self.ends_at

    def expect(self, version: int | None, now: datetime) -> None:
        """Raises: CoverOver, CoverMoved."""
        if self.standing(now) not in (Standing.PLANNED, Standing.CURRENT):
            raise CoverOver(current=self.standing(now).value, version=self.version)
        if version != self.version:
            raise CoverMoved(current=self.standing(now).value, version=self.version)

    def shift(self, ends_at: datetime) -> None:
        self.ends_at = ends_at
        self.version += 1

    def end(self, now: datetime) -> None:
        """Now; before its first day it never begins."""
        self.ended_at = now
        self.shift(max(now, self.starts_at))


class Absence(Period, Base):
    """Somebody is away: leave, travel, study."""

    __tablename__ = "absence"
    __table_args__ = (
        Index("ix_absence_person", "person_id", "ends_at"),
        Index("ix_absence_list", "starts_at", "id"),
        Index("ix_absence_begins", "starts_at", postgresql_where=text("begun_at IS NULL")),
        Index("ix_absence_finishes", "ends_at", postgresql_where=text("finished_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[AbsenceKind] = mapped_column(enum_column(AbsenceKind))
    note: Mapped[str] = mapped_column(Text)
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    person: Mapped[Person] = relationship(foreign_keys=[person_id])


class Mandate(Period, Base):
    """委托: a deputy acts for the principal, in all processes or in those named."""

    __tablename__ = "mandate"
    __table_args__ = (
        Index("ix_mandate_person", "person_id", "ends_at"),
        Index("ix_mandate_deputy", "deputy_id", "ends_at"),
        Index("ix_mandate_list", "starts_at", "id"),
        Index("ix_mandate_begins", "starts_at", postgresql_where=text("begun_at IS NULL")),
        Index("ix_mandate_finishes", "ends_at", postgresql_where=text("finished_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    deputy_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    processes: Mapped[list[str]] = mapped_column(ARRAY(Text))  # none named: all
    reason: Mapped[str] = mapped_column(Text)
    written_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    # The principal took it back: what the deputy has in hand is his no more.
    revoked_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    deputy: Mapped[Person] = relationship(foreign_keys=[deputy_id])

    def revoke(self, now: datetime) -> None:
        self.revoked_at = now
        self.end(now)

    def names(self, process: str | None) -> bool:
        return not self.processes or process is None or process in self.processes

    def says_the_same(self, other: "Mandate") -> bool:
        """A second click on the same form."""
        names = ("deputy_id", "processes", "first_on", "ends_at", "written_by_id")
        return all(getattr(self, name) == getattr(other, name) for name in names)

    def meets(self, processes: list[str]) -> bool:
        """Whether one of these kinds is among its own; none named are all."""
        mine, others = set(self.processes), set(processes)
        return not mine or not others or not mine.isdisjoint(others)


class Pair(Base):
    """AB角 in a position of a unit: each stands in for the other."""

    __tablename__ = "pair"
    __table_args__ = (
        *(
            Index(
                f"uq_pair_{one}",
                f"{one}_id",
                "position",
                unique=True,
                postgresql_where=text("ends_at IS NULL"),
            )
            for one in ("a", "b")
        ),
        Index("ix_pair_unit", "unit_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    position: Mapped[Position] = mapped_column(enum_column(Position))
    a_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    b_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    unit: Mapped[Unit] = relationship()
    a: Mapped[Person] = relationship(foreign_keys=[a_id])
    b: Mapped[Person] = relationship(foreign_keys=[b_id])

    @property
    def key(self) -> str:
        return f"{self.position}:{self.unit.code}"

    def expect(self, version: int | None) -> None:
        """Raises: CoverOver, CoverMoved."""
        if self.ends_at is not None:
            raise CoverOver(current="over", version=self.version)
        if version != self.version:
            raise CoverMoved(current="current", version=self.version)

    def end(self, now: datetime) -> None:
        self.ends_at = now
        self.version += 1
