"""Hints, each for one thing for ever, and the runs that look for them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Float, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.actor import Actor
from app.core.db import Base, enum_column
from app.hints.types import Colour, Finding, HintState, Verdict


class RiskHint(Base):
    """What a rule found wrong with a thing. A thing that goes wrong again is the same hint."""

    __tablename__ = "risk_hint"
    __table_args__ = (
        UniqueConstraint("rule", "subject"),
        Index("ix_risk_hint_unit", "unit_id", "id"),
        Index("ix_risk_hint_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    rule: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    colour: Mapped[Colour] = mapped_column(enum_column(Colour))
    facts: Mapped[dict[str, Any]]
    state: Mapped[HintState] = mapped_column(enum_column(HintState))
    found_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    times: Mapped[int] = mapped_column(default=1)  # how often it was raised anew
    sign_by: Mapped[date]
    handle_by: Mapped[date]
    signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    signed_at: Mapped[datetime | None]
    handled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    handled_at: Mapped[datetime | None]
    verdict: Mapped[Verdict | None] = mapped_column(enum_column(Verdict))
    handling: Mapped[str | None] = mapped_column(Text)
    gone_at: Mapped[datetime | None]
    rev: Mapped[int] = mapped_column(default=1)

    def is_to_be_raised(self, finding: Finding) -> bool:
        """It had gone or was put right, and is there again; what somebody has found to be in order
        stays so as long as nothing about it changes.
        """
        if self.state is HintState.HANDLED and self.verdict is Verdict.MISTAKEN:
            return self.facts != dict(finding.facts)
        return self.state in (HintState.HANDLED, HintState.GONE)

    def raise_again(self, sign_by: date, handle_by: date) -> None:
        self.state, self.times, self.rev = HintState.OPEN, self.times + 1, self.rev + 1
        self.sign_by, self.handle_by = sign_by, handle_by
        self.signed_by_id = self.signed_at = self.handled_by_id = self.handled_at = None
        self.verdict = self.handling = self.gone_at = None

    def see(self, finding: Finding, now: datetime) -> None:
        self.seen_at = now
        if self.facts != dict(finding.facts):
            self.facts = dict(finding.facts)

    def go(self, now: datetime) -> None:
        self.state, self.gone_at, self.rev = HintState.GONE, now, self.rev + 1

    def sign(self, actor: Actor, handle_by: date, now: datetime) -> None:
        self.state, self.rev = HintState.SIGNED, self.rev + 1
        self.signed_by_id, self.signed_at, self.handle_by = actor.person_id, now, handle_by

    def handle(self, actor: Actor, verdict: Verdict, words: str, now: datetime) -> None:
        self.state, self.rev = HintState.HANDLED, self.rev + 1
        self.handled_by_id, self.handled_at = actor.person_id, now
        self.verdict, self.handling = verdict, words


class Recheck(Base):
    """One run over all the books."""

    __tablename__ = "recheck"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[datetime]
    raised: Mapped[int]
    seen: Mapped[int]
    gone: Mapped[int]
    seconds: Mapped[float] = mapped_column(Float)
