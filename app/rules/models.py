"""Versions of rule sets (制度依据), values of parameters, official numbers."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, enum_column
from app.rules.types import Article, ChangeState, Taken

PREFIX = {"place": "text_pattern_ops"}


class RuleSet(Base):
    """What diagrams name, in one layer: of the nation (no unit), of a 州 or 县市, of an office."""

    __tablename__ = "rule_set"
    __table_args__ = (
        Index(
            "uq_rule_set_key",
            "key",
            "unit_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(Text)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))


class RuleVersion(Base):
    """A rule set as it stands from one day to another. What it says is never changed.

    An exclusion constraint keeps the days of two versions of one set apart.
    """

    __tablename__ = "rule_version"
    __table_args__ = (Index("ix_rule_version_set_id", "set_id", "valid_from"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("rule_set.id"))
    name: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text, default="")  # 文号; some have none
    issuer: Mapped[str] = mapped_column(Text, default="")
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]  # as its text says, the last day included
    articles: Mapped[list[list[str]]] = mapped_column(JSONB)
    # The version that follows may end it sooner than its text does.
    ended_on: Mapped[date | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("rule_version.id"))
    # Empty for the operator's command line.
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None] = mapped_column(Text)
    warned_days: Mapped[int | None]  # at how many days before its end it was last warned of
    rev: Mapped[int] = mapped_column(default=1)

    @property
    def last_day(self) -> date | None:
        return min((day for day in (self.valid_to, self.ended_on) if day), default=None)

    @property
    def said(self) -> list[Article]:
        return [Article(number, text) for number, text in self.articles]

    def end(self, day: date | None, by_id: int | None) -> None:
        """Or let it stand as its text says, without either."""
        self.ended_on, self.ended_by_id = day, by_id
        self.rev += 1

    def withdraw(self, person_id: int, reason: str, now: datetime) -> None:
        self.withdrawn_by_id, self.withdrawn_at, self.withdrawn_reason = person_id, now, reason
        self.rev += 1


class ParameterChange(Base):
    """A value of a parameter for a unit and all below it, from a day on: proposed by one, confirmed
    by another.
    """

    __tablename__ = "parameter_change"
    __table_args__ = (
        Index(
            "uq_parameter_change_waiting",
            "key",
            "unit_id",
            unique=True,
            postgresql_where=text("state = 'proposed'"),
        ),
        Index(
            "ix_parameter_change_key",
            "key",
            "since",
            postgresql_where=text("state = 'confirmed'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(Text)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    value: Mapped[int]
    since: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[ChangeState] = mapped_column(
        enum_column(ChangeState), default=ChangeState.PROPOSED
    )
    place: Mapped[str] = mapped_column(Text)  # the path of the unit where the proposer sits
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    rev: Mapped[int] = mapped_column(default=1)

    def decide(self, state: ChangeState, person_id: int, now: datetime) -> None:
        self.state, self.decided_by_id, self.decided_at = state, person_id, now
        self.rev += 1


class NumberPattern(Base):
    """编号规则: how the numbers of one name look in a unit and all below it, from a day on."""

    __tablename__ = "number_pattern"
    __table_args__ = (
        Index(
            "uq_number_pattern_since",
            "name",
            "unit_id",
            "since",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(Text)  # what diagrams call it
    title: Mapped[str] = mapped_column(Text)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    pattern: Mapped[str] = mapped_column(Text)
    since: Mapped[date]
    first: Mapped[int]  # where a stem that is new begins
    last: Mapped[int | None]  # beyond it there is no number
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None]
    rev: Mapped[int] = mapped_column(default=1)

    def withdraw(self, person_id: int, now: datetime) -> None:
        self.withdrawn_by_id, self.withdrawn_at = person_id, now
        self.rev += 1


class NumberCounter(Base):
    """The last serial under a stem. Locked from the moment it is taken to the commit: no gaps."""

    __tablename__ = "number_counter"

    stem: Mapped[str] = mapped_column(Text, primary_key=True)
    last: Mapped[int]


class OfficialNumber(Base):
    """编号: taken once, kept for good, also when it is void."""

    __tablename__ = "official_number"
    __table_args__ = (
        UniqueConstraint("number"),
        Index(
            "uq_official_number_taken",
            "ticket",
            "name",
            unique=True,
            postgresql_where=text("voided_at IS NULL"),
        ),
        Index("ix_official_number_ticket", "ticket"),
        Index("ix_official_number_pattern_id", "pattern_id"),
        # The own subtree is a prefix.
        Index("ix_official_number_place", "place", "id", postgresql_ops=PREFIX),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    pattern_id: Mapped[int] = mapped_column(ForeignKey("number_pattern.id"))
    stem: Mapped[str] = mapped_column(Text)
    serial: Mapped[int]
    place: Mapped[str] = mapped_column(Text)  # the path of the unit that asked
    unit_name: Mapped[str] = mapped_column(Text)
    ticket: Mapped[str] = mapped_column(Text)
    taken_at: Mapped[datetime]
    voided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    voided_at: Mapped[datetime | None]
    voided_reason: Mapped[str | None] = mapped_column(Text)
    rev: Mapped[int] = mapped_column(default=1)

    @property
    def shown(self) -> Taken:
        is_void = self.voided_at is not None
        return Taken(self.name, self.title, self.number, self.taken_at, is_void)

    def void(self, person_id: int, reason: str, now: datetime) -> None:
        self.voided_by_id, self.voided_at, self.voided_reason = person_id, now, reason
        self.rev += 1
